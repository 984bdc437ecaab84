/** Resource requests: bringing resources into a catalog, changing them and taking them out, carried out at once (contract §1.4). */
import { flagAt, recordAt, textAt } from '../../../kernel/json.ts';
import { refuse } from '../../../kernel/problem.ts';
import { instantOf } from '../../../kernel/schedule.ts';
import type { GraphWork, Input, Outcome } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import type { AskedResource, Catalog, CatalogResource } from '../model.ts';
import { isPrivilegedOrigin, readAskedResource, unknownOriginSystem } from '../rules.ts';
import { deleteResource, findResource, insertResource, insertResourceRequest, listPackageNamesUsingResource, lockResource, updateCatalog, updateResource } from '../store.ts';
import { nameSome } from './catalogs.ts';
import { endpointFor, environmentFor, isGuid, resourceOf } from './origins.ts';
import { demandPrivilegeOver, lockForResource, stampOf } from './reach.ts';
import { auditResource } from './trail.ts';

/** One resource request, understood. With `isValidationOnly` everything is checked and nothing kept but the request. */
interface Ask {
  readonly catalog: Catalog;
  readonly asked: AskedResource;
  readonly isValidationOnly: boolean;
}

/** What each kind of request does. Answers the id of the resource that is there afterwards. */
const kinds = { adminAdd: addResource, adminUpdate: changeResource, adminRemove: removeResource } as const;

const isKind = (word: string): word is keyof typeof kinds => Object.hasOwn(kinds, word);

/** POST resourceRequests: adminAdd, adminUpdate or adminRemove. Answers `delivered` at once. */
export async function requestResource(work: GraphWork, { body }: Input): Promise<Outcome> {
  const requestType = textAt(body, 'requestType') ?? refuse('missingProperty', { field: 'requestType', mend: 'Send adminAdd, adminUpdate or adminRemove.' });
  if (!isKind(requestType)) return refuse('invalidValue', { field: 'requestType', reason: `'${requestType}' is not for resources. Send adminAdd, adminUpdate or adminRemove` });
  const catalogId = textAt(body, 'catalog') ?? refuse('missingProperty', { field: 'catalog', mend: 'Name the catalog: "catalog": {"id": "…"} (beta: "catalogId").' });
  const resource = recordAt(body, 'requestedResource');
  const asked = readAskedResource(resource);
  const catalog = await lockAskedCatalog(work, { requestType, catalogId, asked });
  checkAsked(resource);
  const expiresAt = expiryOf(work, textAt(body, 'expirationDateTime'));
  const ask: Ask = { catalog, asked, isValidationOnly: flagAt(body, 'isValidationOnly') };
  const resourceId = await kinds[requestType](work, ask);
  const id = newId();
  await insertResourceRequest(work.tx, {
    id, catalogId, requestType, justification: textAt(body, 'justification') ?? null, resource: { ...resource, notificationEndpointConfiguration: undefined }, resourceId,
    isValidationOnly: ask.isValidationOnly, expiresAt, requestedBy: work.caller.principalId, now: work.now,
  });
  return { answer: 'created', id };
}

/** The catalog, locked, once the caller may do that in it: change one resource by a right to that resource, anything else by a right to the catalog. */
async function lockAskedCatalog(work: GraphWork, { requestType, catalogId, asked }: { readonly requestType: keyof typeof kinds; readonly catalogId: string; readonly asked: AskedResource }): Promise<Catalog> {
  const isNamed = requestType !== 'adminAdd' && (asked.id === undefined || isGuid(asked.id));
  const found = isNamed ? await findResource(work.tx, { ...asked, catalogId }) : undefined;
  const there = found?.catalogId === catalogId.toLowerCase() ? found : undefined;
  const { originSystem, originId } = there ?? (requestType === 'adminAdd' ? asked : {});
  const apiId = isPrivilegedOrigin(originSystem) && originId !== undefined && isGuid(originId) ? originId : undefined;
  const by = requestType === 'adminUpdate' && there !== undefined ? { need: 'manageResource', resourceId: there.id } as const : { need: 'manageCatalog' } as const;
  return await lockForResource(work, { ...by, catalogId, subject: catalogId }, apiId);
}

/** A request is carried out at once or never: one whose time has passed is too late. */
function expiryOf(work: GraphWork, text: string | undefined): string | null {
  const at = instantOf(text);
  if (at !== undefined && at <= work.now) refuse('invalidValue', { field: 'expirationDateTime', reason: 'that time has passed, and the request with it. Leave it out, or name a later one' });
  return at?.toISOString() ?? null;
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
  // Whoever may not change a privileged catalog may not make one but with an API of its own, and learns nothing of others.
  if (isPrivilegedOrigin(asked.originSystem)) await demandPrivilegeOver(work, asked.originId !== undefined && isGuid(asked.originId) ? asked.originId : undefined);
  const resource = await resourceOf(work, catalog, asked);
  if (isValidationOnly) return null;
  if (!await insertResource(work.tx, resource, stampOf(work))) {
    refuse('conflict', { field: 'resource/originId', reason: `The catalog '${catalog.displayName}' already has the ${resource.originSystem} '${resource.originId}'. Use the resource that is there.` });
  }
  if (isPrivilegedOrigin(resource.originSystem) && catalog.privilegeLevel === 'standard') {
    await updateCatalog(work.tx, { ...catalog, privilegeLevel: 'privileged' }, stampOf(work));
  }
  await auditResource(work, { activity: 'Add resource to catalog', operation: 'Add', catalog, after: resource });
  return resource.id;
}

/** What stands in the request changes; the rest stays. What a resource is does not change. */
async function changeResource(work: GraphWork, { catalog, asked, isValidationOnly }: Ask): Promise<string | null> {
  const before = await theResource(work, catalog, asked);
  const after: CatalogResource = {
    ...before, displayName: asked.displayName ?? before.displayName, description: asked.description === undefined ? before.description : asked.description,
    externalEnvironmentId: asked.environment === undefined ? before.externalEnvironmentId : await environmentFor(work, before.originSystem, asked),
    notificationEndpoint: asked.notificationEndpoint === undefined ? before.notificationEndpoint : endpointFor(before, asked),
  };
  if (isValidationOnly) return before.id;
  await updateResource(work.tx, after, work.now);
  await auditResource(work, { activity: 'Update resource of catalog', operation: 'Update', catalog, before, after });
  return before.id;
}

async function removeResource(work: GraphWork, { catalog, asked, isValidationOnly }: Ask): Promise<string | null> {
  const resource = await theResource(work, catalog, asked);
  const packages = await listPackageNamesUsingResource(work.tx, resource.id);
  if (packages.length > 0) {
    refuse('conflict', { field: 'resource', reason: `Access packages use '${resource.displayName}': ${nameSome(packages)}. Remove its roles from them first.` }, [
      { code: 'resourceInUse', message: `These access packages use the resource: ${nameSome(packages)}.`, target: resource.id },
    ]);
  }
  if (isValidationOnly) return null;
  await deleteResource(work.tx, resource.id);
  await auditResource(work, { activity: 'Remove resource from catalog', operation: 'Delete', catalog, before: resource });
  return null;
}

/** The resource of the catalog that a request names, locked. */
async function theResource(work: GraphWork, catalog: Catalog, asked: AskedResource): Promise<CatalogResource> {
  if (asked.id === undefined && (asked.originSystem === undefined || asked.originId === undefined)) {
    refuse('missingProperty', { field: 'resource', mend: 'Name the resource by its id, or by originId and originSystem.' });
  }
  if (asked.id !== undefined && !isGuid(asked.id)) refuse('invalidId', { field: 'resource/id', value: asked.id });
  return await lockResource(work.tx, catalog.id, asked)
    ?? refuse('ruleBroken', { field: 'resource', reason: `The catalog '${catalog.displayName}' has no such resource. List its resources and name one of them.` });
}
