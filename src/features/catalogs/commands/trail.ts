/** What the audit trail says of resources. Where a notification goes is not in it: the address may carry a key. */
import type { GraphWork } from '../../../platform/graph/model.ts';
import { recordAudit } from '../../audit/store.ts';
import type { Catalog, CatalogResource } from '../model.ts';

/** A change of a resource: what it was, and what it is. At least one of them. */
export interface ResourceChange {
  readonly activity: string;
  readonly operation: 'Add' | 'Update' | 'Delete';
  readonly catalog: Pick<Catalog, 'id' | 'displayName'>;
  readonly before?: CatalogResource;
  readonly after?: CatalogResource;
}

/** Records a change of a resource of a catalog. */
export async function auditResource(work: GraphWork, { activity, operation, catalog, before, after }: ResourceChange): Promise<void> {
  const resource = after ?? before;
  await recordAudit(work.tx, work, {
    activity, operation, category: 'EntitlementManagement',
    targets: [
      ...(resource === undefined ? [] : [{
        id: resource.id, type: 'AccessPackageResource', displayName: resource.displayName,
        ...(before === undefined ? {} : { before: shown(before) }), ...(after === undefined ? {} : { after: shown(after) }),
      }]),
      { id: catalog.id, type: 'AccessPackageCatalog', displayName: catalog.displayName },
    ],
  });
}

const shown = ({ originSystem, originId, displayName, description, externalEnvironmentId, notificationEndpoint }: CatalogResource): Readonly<Record<string, unknown>> => ({
  originSystem, originId, displayName, description, ...(externalEnvironmentId === null ? {} : { environmentId: externalEnvironmentId }),
  ...(notificationEndpoint === null ? {} : { notifies: notificationEndpoint['logicAppWorkflowName'] ?? 'an endpoint' }),
});
