/** Making, changing and removing catalogs. */
import { flagAt, type JsonRecord, textAt } from '../../../kernel/json.ts';
import { refuse } from '../../../kernel/problem.ts';
import { uniqueViolation } from '../../../platform/db/transaction.ts';
import type { GraphWork, Input, Outcome } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { recordAudit } from '../../audit/store.ts';
import { entitlementReach } from '../../roles/rules.ts';
import type { Catalog } from '../model.ts';
import { deleteCatalog, holdsApiPermissions, insertCatalog, insertCatalogOwner, listPackageNamesOfCatalog, updateCatalog } from '../store.ts';
import { demandPrivilege, lockManagedCatalog, neededFor, stampOf } from './reach.ts';

/** POST catalogs. Whoever makes one without governing all becomes its owner. */
export async function createCatalog(work: GraphWork, { body }: Input): Promise<Outcome> {
  if (!entitlementReach(work.caller, 'createCatalog').all) refuse('forbidden', { reason: neededFor('createCatalog') });
  const catalog = withBody({
    id: newId(), displayName: '', description: null, state: 'published', isExternallyVisible: false, privilegeLevel: 'standard', uniqueName: null,
  }, body);
  if (catalog.privilegeLevel === 'privileged') demandPrivilege(work);
  await refusingTakenName(insertCatalog(work.tx, catalog, stampOf(work)));
  if (!entitlementReach(work.caller, 'manageCatalog').all) {
    await insertCatalogOwner(work.tx, { id: newId(), catalogId: catalog.id, principalId: work.caller.principalId });
  }
  await audit(work, { activity: 'Create catalog', operation: 'Add', catalog, after: shown(catalog) });
  return { answer: 'created', id: catalog.id };
}

/** PATCH catalogs/{id}. It is standard again only without API permissions. */
export async function changeCatalog(work: GraphWork, { id, body }: Input): Promise<Outcome> {
  const before = await lockManagedCatalog(work, id);
  const after = withBody(before, body);
  if (after.privilegeLevel === 'privileged') demandPrivilege(work);
  if (after.privilegeLevel === 'standard' && before.privilegeLevel === 'privileged' && await holdsApiPermissions(work.tx, id)) {
    refuse('ruleBroken', { field: 'privilegeLevel', reason: 'The catalog holds API permissions and stays privileged. Remove its OAuthApplication resources first.' });
  }
  await refusingTakenName(updateCatalog(work.tx, after, stampOf(work)));
  await audit(work, { activity: 'Update catalog', operation: 'Update', catalog: after, before: shown(before), after: shown(after) });
  return { answer: 'entity', id };
}

/** DELETE catalogs/{id}: only without packages. Its resources go with it. */
export async function removeCatalog(work: GraphWork, { id }: Input): Promise<Outcome> {
  const catalog = await lockManagedCatalog(work, id);
  const packages = await listPackageNamesOfCatalog(work.tx, id);
  if (packages.length > 0) {
    refuse('conflict', { reason: `The catalog still holds access packages: ${nameSome(packages)}. Delete or move them first.` }, [
      { code: 'catalogNotEmpty', message: `These access packages are in the catalog: ${nameSome(packages)}.` },
    ]);
  }
  await deleteCatalog(work.tx, id);
  await audit(work, { activity: 'Delete catalog', operation: 'Delete', catalog, before: shown(catalog) });
  return { answer: 'done' };
}

/** Up to five names, and whether there are more. */
export const nameSome = (names: readonly string[]): string =>
  names.slice(0, 5).map((name) => `'${name}'`).join(', ') + (names.length > 5 ? ' and others' : '');

const withBody = (catalog: Catalog, body: JsonRecord): Catalog => ({
  id: catalog.id,
  displayName: textAt(body, 'displayName') ?? catalog.displayName,
  description: 'description' in body ? textAt(body, 'description') ?? null : catalog.description,
  state: body['state'] === 'published' || body['state'] === 'unpublished' ? body['state'] : catalog.state,
  isExternallyVisible: flagAt(body, 'isExternallyVisible', catalog.isExternallyVisible),
  privilegeLevel: body['privilegeLevel'] === 'privileged' || body['privilegeLevel'] === 'standard' ? body['privilegeLevel'] : catalog.privilegeLevel,
  uniqueName: 'uniqueName' in body ? textAt(body, 'uniqueName') ?? null : catalog.uniqueName,
});

async function refusingTakenName(write: Promise<void>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (uniqueViolation(error) === 'catalogs_unique_name_key') refuse('alreadyExists', { field: 'uniqueName' });
    throw error;
  }
}

const shown = ({ id: _, ...catalog }: Catalog): Readonly<Record<string, unknown>> => catalog;

interface CatalogChange {
  readonly activity: string;
  readonly operation: 'Add' | 'Update' | 'Delete';
  readonly catalog: Catalog;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

async function audit(work: GraphWork, { activity, operation, catalog, ...values }: CatalogChange): Promise<void> {
  await recordAudit(work.tx, work, {
    activity, operation, category: 'EntitlementManagement',
    targets: [{ id: catalog.id, type: 'AccessPackageCatalog', displayName: catalog.displayName, ...values }],
  });
}
