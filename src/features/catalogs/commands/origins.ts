/** What a resource request's origin names: an object of the directory, or a system outside it whose data is uploaded. */
import { refuse } from '../../../kernel/problem.ts';
import type { GraphWork } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { type AskedResource, type Catalog, type CatalogResource, type DirectoryOrigin, type OriginObject, type OriginSystem, originSystems, uploadedOrigin } from '../model.ts';
import { refuseEnvironment } from '../../environments/rules.ts';
import { holdEnvironment } from '../../environments/store.ts';
import { refuseResource } from '../rules.ts';
import { findOriginObject } from '../store.ts';

/** The resource that a request brings into a catalog, once the caller may give it away. */
export async function resourceOf(work: GraphWork, catalog: Catalog, asked: AskedResource): Promise<CatalogResource> {
  const originSystem = asked.originSystem ?? refuse('missingProperty', { field: 'resource/originSystem', mend: `Send one of ${originSystems.join(', ')}.` });
  const common = {
    id: newId(), catalogId: catalog.id, externalEnvironmentId: await environmentFor(work, originSystem, asked), notificationEndpoint: endpointFor({ originSystem }, asked),
  };
  if (originSystem === uploadedOrigin) return { ...common, ...uploaded(asked) };
  const originId = asked.originId ?? refuse('missingProperty', { field: 'resource/originId', mend: originMend[originSystem] });
  if (!isGuid(originId)) refuse('invalidValue', { field: 'resource/originId', reason: `it is not a GUID. ${originMend[originSystem]}` });
  const object = await originObject(work, { originSystem, originId });
  return { ...common, originSystem, originId, directoryObjectId: object.id, displayName: asked.displayName ?? object.displayName, description: asked.description ?? object.description };
}

const longestOriginId = 1024;

/** A system outside has the name and id that the client gives it: there is nothing here to look it up in. */
function uploaded({ originId = newId(), displayName, description = null }: AskedResource): Pick<CatalogResource, 'originSystem' | 'originId' | 'directoryObjectId' | 'displayName' | 'description'> {
  if (originId === '' || originId.length > longestOriginId) refuse('invalidValue', { field: 'resource/originId', reason: `1 to ${longestOriginId} characters are expected` });
  return {
    originSystem: uploadedOrigin, originId, directoryObjectId: null, description,
    displayName: displayName ?? refuse('missingProperty', { field: 'resource/displayName', mend: 'Name the system, as reviewers know it.' }),
  };
}

/** Id of the environment that a request names, when it is not that of the origin system. */
export async function environmentFor(work: GraphWork, originSystem: OriginSystem, { environment: asked }: AskedResource): Promise<string | null> {
  if (asked === undefined) return null;
  const environment = await holdEnvironment(work.tx, asked) ?? refuse('danglingReference', { field: 'resource/environment', value: asked.id ?? asked.originId ?? '' });
  const no = refuseEnvironment(originSystem, environment);
  if (no !== undefined) refuse('ruleBroken', { field: 'resource/environment', reason: no.message }, [no]);
  return environment.isDefault ? null : environment.id;
}

/** Only what is uploaded for a review has somebody to call when one begins. */
export function endpointFor({ originSystem }: Pick<CatalogResource, 'originSystem'>, asked: AskedResource): CatalogResource['notificationEndpoint'] {
  const endpoint = asked.notificationEndpoint ?? null;
  if (endpoint !== null && originSystem !== uploadedOrigin) {
    refuse('invalidValue', { field: 'resource/notificationEndpointConfiguration', reason: `resources of ${originSystem} have none. Leave it out` });
  }
  return endpoint;
}

/** What an origin names in the directory, once the caller may give it away. What it may neither give away nor see does not exist for it. */
async function originObject(work: GraphWork, origin: { readonly originSystem: DirectoryOrigin; readonly originId: string }): Promise<OriginObject> {
  const { originSystem, originId } = origin;
  const object = await findOriginObject(work.tx, origin, work.caller);
  const no = object === undefined ? undefined : refuseResource(work.caller, originSystem, object);
  if (object === undefined || (no !== undefined && !object.isSeenByCaller)) {
    return refuse('ruleBroken', { field: 'resource/originId', reason: `'resource/originId' refers to '${originId}', which does not exist as ${originSystem} or is not visible to you. ${originMend[originSystem]}` });
  }
  return no === undefined ? object : refuse('forbidden', { field: 'resource/originId', reason: no.message }, [no]);
}

const originMend: Readonly<Record<DirectoryOrigin, string>> = {
  AadGroup: 'Send the object id of a group.',
  AadApplication: 'Send the object id of a service principal, not an appId.',
  OAuthApplication: 'Send the appId of an application that has a service principal.',
};

/** True for a GUID in the usual form. */
export const isGuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
