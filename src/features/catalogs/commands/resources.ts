/** Bringing resources into a catalog and taking them out: both are resource requests, carried out at once (contract §1.4). */
import { flagAt, recordAt, textAt } from '../../../kernel/json.ts';
import { refuse } from '../../../kernel/problem.ts';
import type { GraphWork, Input, Outcome } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { recordAudit } from '../../audit/store.ts';
import type { AskedResource, Catalog, CatalogResource, OriginObject, OriginSystem } from '../model.ts';
import { readAskedResource, refuseResource, unknownOriginSystem } from '../rules.ts';
import {
  deleteResource, findOriginObject, insertResource, insertResourceRequest, listPackageNamesUsingResource, lockCatalog, lockResource, updateCatalog,
} from '../store.ts';
import { nameSome } from './catalogs.ts';
import { demandReach, stampOf } from './reach.ts';

/** One resource request, understood. With `isValidationOnly` everything is checked and nothing kept but the request. */
interface Ask {
  readonly catalog: Catalog;
  readonly asked: AskedResource;
  readonly isValidationOnly: boolean;
}

/** POST resourceRequests: adminAdd or adminRemove. Answers `delivered` at once. */
export async function requestResource(work: GraphWork, { body }: Input): Promise<Outcome> {
  const requestType = textAt(body, 'requestType') ?? refuse('missingProperty', { field: 'requestType', mend: 'Send adminAdd or adminRemove.' });
  if (requestType !== 'adminAdd' && requestType !== 'adminRemove') {
    refuse('invalidValue', { field: 'requestType', reason: `'${requestType}' is not for resources. Send adminAdd or adminRemove` });
  }
  const catalogId = textAt(body, 'catalog') ?? refuse('missingProperty', { field: 'catalog', mend: 'Name the catalog: "catalog": {"id": "…"} (beta: "catalogId").' });
  const resource = recordAt(body, 'requestedResource');
  demandReach(work, { need: 'manageCatalog', catalogId, subject: catalogId });
  const catalog = await lockCatalog(work.tx, catalogId) ?? refuse('notFound', { value: catalogId });
  checkAsked(resource);
  const ask: Ask = { catalog, asked: readAskedResource(resource), isValidationOnly: flagAt(body, 'isValidationOnly') };
  const resourceId = requestType === 'adminAdd' ? await addResource(work, ask) : await removeResource(work, ask);
  const id = newId();
  await insertResourceRequest(work.tx, {
    id, catalogId, requestType, justification: textAt(body, 'justification') ?? null, resource, resourceId, isValidationOnly: ask.isValidationOnly,
    requestedBy: work.caller.principalId, now: work.now,
  });
  return { answer: 'created', id };
}

function checkAsked(resource: Readonly<Record<string, unknown>>): void {
  const word = textAt(resource, 'originSystem');
  if (word !== undefined && readAskedResource(resource).originSystem === undefined) refuse('invalidValue', { field: 'resource/originSystem', reason: unknownOriginSystem(word) });
  const { attributes } = resource;
  if (Array.isArray(attributes) && attributes.length > 0) {
    refuse('invalidValue', { field: 'resource/attributes', reason: 'attributes of resources are not offered yet. Leave them out' });
  }
}

async function addResource(work: GraphWork, { catalog, asked, isValidationOnly }: Ask): Promise<string | null> {
  const originSystem = asked.originSystem ?? refuse('missingProperty', { field: 'resource/originSystem', mend: 'Send AadGroup, AadApplication or OAuthApplication.' });
  const originId = asked.originId ?? refuse('missingProperty', { field: 'resource/originId', mend: originMend[originSystem] });
  if (!isGuid(originId)) refuse('invalidValue', { field: 'resource/originId', reason: `it is not a GUID. ${originMend[originSystem]}` });
  const object = await originObject(work, { originSystem, originId });
  if (isValidationOnly) return null;
  const resource = {
    id: newId(), catalogId: catalog.id, originSystem, originId, directoryObjectId: object.id,
    displayName: asked.displayName ?? object.displayName, description: asked.description ?? object.description,
  };
  if (!await insertResource(work.tx, resource, stampOf(work))) {
    refuse('conflict', { field: 'resource/originId', reason: `The catalog '${catalog.displayName}' already has the ${originSystem} '${originId}'. Use the resource that is there.` });
  }
  if (originSystem === 'OAuthApplication' && catalog.privilegeLevel === 'standard') {
    await updateCatalog(work.tx, { ...catalog, privilegeLevel: 'privileged' }, stampOf(work));
  }
  await audit(work, { activity: 'Add resource to catalog', operation: 'Add', catalog, resource });
  return resource.id;
}

/** What an origin names, once the caller may give it away. What it may neither give away nor see does not exist for it. */
async function originObject(work: GraphWork, origin: { readonly originSystem: OriginSystem; readonly originId: string }): Promise<OriginObject> {
  const { originSystem, originId } = origin;
  const object = await findOriginObject(work.tx, origin, work.caller);
  const no = object === undefined ? undefined : refuseResource(work.caller, originSystem, object);
  if (object === undefined || (no !== undefined && !object.isSeenByCaller)) {
    return refuse('ruleBroken', { field: 'resource/originId', reason: `'resource/originId' refers to '${originId}', which does not exist as ${originSystem} or is not visible to you. ${originMend[originSystem]}` });
  }
  return no === undefined ? object : refuse('forbidden', { field: 'resource/originId', reason: no.message }, [no]);
}

async function removeResource(work: GraphWork, { catalog, asked, isValidationOnly }: Ask): Promise<string | null> {
  if (asked.id === undefined && (asked.originSystem === undefined || asked.originId === undefined)) {
    refuse('missingProperty', { field: 'resource', mend: 'Name the resource by its id, or by originId and originSystem.' });
  }
  if (asked.id !== undefined && !isGuid(asked.id)) refuse('invalidId', { field: 'resource/id', value: asked.id });
  const resource = await lockResource(work.tx, catalog.id, asked)
    ?? refuse('ruleBroken', { field: 'resource', reason: `The catalog '${catalog.displayName}' has no such resource. List its resources and name one of them.` });
  const packages = await listPackageNamesUsingResource(work.tx, resource.id);
  if (packages.length > 0) {
    refuse('conflict', { field: 'resource', reason: `Access packages use '${resource.displayName}': ${nameSome(packages)}. Remove its roles from them first.` }, [
      { code: 'resourceInUse', message: `These access packages use the resource: ${nameSome(packages)}.`, target: resource.id },
    ]);
  }
  if (isValidationOnly) return null;
  await deleteResource(work.tx, resource.id);
  await audit(work, { activity: 'Remove resource from catalog', operation: 'Delete', catalog, resource });
  return null;
}

const originMend: Readonly<Record<OriginSystem, string>> = {
  AadGroup: 'Send the object id of a group.',
  AadApplication: 'Send the object id of a service principal, not an appId.',
  OAuthApplication: 'Send the appId of an application that has a service principal.',
};

const isGuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

interface ResourceChange {
  readonly activity: string;
  readonly operation: 'Add' | 'Delete';
  readonly catalog: Catalog;
  readonly resource: CatalogResource;
}

async function audit(work: GraphWork, { activity, operation, catalog, resource }: ResourceChange): Promise<void> {
  const values = { originSystem: resource.originSystem, originId: resource.originId, displayName: resource.displayName };
  await recordAudit(work.tx, work, {
    activity, operation, category: 'EntitlementManagement',
    targets: [
      { id: resource.id, type: 'AccessPackageResource', displayName: resource.displayName, ...(operation === 'Add' ? { after: values } : { before: values }) },
      { id: catalog.id, type: 'AccessPackageCatalog', displayName: catalog.displayName },
    ],
  });
}
