/** What a client asks for: `scope` → one resource and the names on it. Pure. */
import { ownApiAppId } from '../../features/roles/model.ts';
import { deny } from '../oauth-error.ts';

/** A resource as the client named it. `uri` is set when it may be an identifier URI; `appId` when it may be that. */
export interface ResourceName {
  readonly asked: string;
  readonly appId: string | undefined;
  readonly uri: string | undefined;
}

/** What was asked for. `names` undefined: everything that is granted (`/.default`). */
export interface AskedScope {
  readonly resource: ResourceName;
  readonly names: readonly string[] | undefined;
  /** Of openid, profile, email and offline_access, those that were asked for. */
  readonly identity: readonly string[];
}

/** The audience of the exchange between a blueprint and its agents, as Entra names it. */
export const exchangeResource = 'api://AzureADTokenExchange';

const identityScopes = new Set(['openid', 'profile', 'email', 'offline_access']);
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const longestScope = 4096;

/** Reads the `scope` of a client-credentials request: exactly one `{resource}/.default`. */
export function parseWorkloadScope(scope: string, publicUrl: string): ResourceName {
  const words = wordsOf(scope);
  const [only] = words;
  if (only === undefined || words.length > 1) return deny('invalidScope', { value: scope, reason: 'name exactly one resource, as {resource}/.default' });
  const { resource, name } = splitScope(only);
  if (name !== '.default' || resource === '') return deny('invalidScope', { value: scope, reason: 'client_credentials takes {resource}/.default only' });
  return nameResource(resource, publicUrl);
}

/** Reads the `scope` of a person's sign-in: names on one resource, or its `/.default`, with openid and its companions. */
export function parsePersonScope(scope: string, publicUrl: string): AskedScope {
  const words = wordsOf(scope);
  const identity = words.filter((word) => identityScopes.has(word.toLowerCase())).map((word) => word.toLowerCase());
  const asked = words.filter((word) => !identityScopes.has(word.toLowerCase())).map(splitScope);
  if (identity.length === 0 && asked.length === 0) deny('malformed', { field: 'scope', reason: 'Name what is asked for.' });
  const resources = new Map(asked.map(({ resource }) => [resource, nameResource(resource, publicUrl)]));
  const different = new Set([...resources.values()].map(({ appId, uri }) => appId ?? uri));
  if (different.size > 1) deny('invalidScope', { value: scope, reason: 'one request names one resource' });
  const names = asked.map(({ name }) => name);
  return {
    resource: [...resources.values()][0] ?? nameResource('', publicUrl),
    names: names.includes('.default') ? undefined : names,
    identity: [...new Set(identity)],
  };
}

/** What a resource's name may mean. Our own API goes by Graph's address, by ours, by its appId, and by no name at all. */
export function nameResource(asked: string, publicUrl: string): ResourceName {
  const plain = asked.replace(/\/+$/, '');
  const lower = plain.toLowerCase();
  const isOwn = plain === '' || lower === 'https://graph.microsoft.com' || lower === publicUrl.toLowerCase() || lower === ownApiAppId;
  if (isOwn) return { asked, appId: ownApiAppId, uri: undefined };
  const bare = lower.startsWith('api://') ? lower.slice('api://'.length) : lower;
  return { asked, appId: guid.test(bare) ? bare : undefined, uri: plain };
}

function wordsOf(scope: string): readonly string[] {
  if (scope.length > longestScope) deny('invalidScope', { value: scope.slice(0, 40), reason: `it is longer than ${longestScope} characters` });
  return scope.split(/\s+/).filter((word) => word !== '');
}

/** `api://x/Orders.Read` → resource and name; a name without a resource is one of our own API's. */
function splitScope(word: string): { readonly resource: string; readonly name: string } {
  const at = word.lastIndexOf('/');
  return { resource: at < 0 ? '' : word.slice(0, at), name: word.slice(at + 1) };
}
