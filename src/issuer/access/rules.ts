/** What a token holds and how long it lives. Pure: facts of one instant in, contents out, or an OAuth failure. */
import { isBlockedForAgents, ownApiAppId, selfRequest } from '../../features/roles/model.ts';
import { deny } from '../oauth-error.ts';
import type { AccessFacts, HeldPermission, PrincipalFacts, ResourceFacts } from './model.ts';

/** The contents of a token. Times in whole seconds since 1970. */
export interface TokenContents {
  readonly principal: PrincipalFacts;
  readonly resource: ResourceFacts;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Names of identity scopes that carry no right on any API. */
export const identityScopeNames: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'offline_access']);

/** Why an identity may have no token at all, or undefined. Says nothing that its owner does not know. */
export function whyNoToken(principal: PrincipalFacts): string | undefined {
  if (!principal.isEnabled) return principal.type === 'agentIdentity' ? 'the agent identity is disabled' : 'the account or service principal is disabled';
  if (principal.type === 'user' || principal.type === 'agentUser') return undefined;
  if (!principal.isApplicationEnabled) return principal.type === 'agentIdentity' ? 'its blueprint is deleted or disabled' : 'its application is deleted or disabled';
  if (principal.type === 'agentIdentity' && !principal.isBlueprintPrincipalEnabled) return 'the principal of its blueprint is deleted or disabled';
  return undefined;
}

/** A workload's token: exactly the roles in force. Refuses `disabledClient`, `unknownResource`, `notAssigned`. */
export function decideWorkloadToken(facts: AccessFacts, asked: string, longestSeconds: number): TokenContents {
  const { principal } = facts;
  const why = principal === null ? 'it does not exist any more' : whyNoToken(principal);
  if (principal === null || why !== undefined) return deny('disabledClient', { reason: why ?? '' });
  const resource = facts.resource ?? deny('unknownResource', { value: asked });
  const roles = rolesHeldBy(facts);
  const bounds = [...assignmentBound(facts, resource, principal), ...roles];
  const isOwn = resource.appId === ownApiAppId;
  return {
    principal, resource, scopes: [], issuedAt: facts.now, expiresAt: endOf(facts.now + longestSeconds, bounds),
    roles: namesOf([...roles, ...(isOwn ? [{ value: selfRequest, ends: null }] : [])]),
  };
}

/** What a person asked for. `names` undefined: everything that is granted. */
export interface PersonRequest {
  readonly resource: string;
  readonly client: string;
  readonly names: readonly string[] | undefined;
  readonly identity: readonly string[];
  readonly longestSeconds: number;
}

/** A person's token: of what was asked for, what is granted. Refuses `badPerson`, `unknownResource`, `notAssigned`, `noConsent`. */
export function decidePersonToken(facts: AccessFacts, request: PersonRequest): TokenContents {
  const { principal } = facts;
  if (principal === null || principal.type !== 'user' || whyNoToken(principal) !== undefined) return deny('badPerson');
  const resource = facts.resource ?? deny('unknownResource', { value: request.resource });
  const wanted = request.names === undefined ? undefined : new Set(request.names.map((name) => name.toLowerCase()));
  const scopes = facts.scopes.filter(({ value }) => value !== null && !identityScopeNames.has(value) && (wanted?.has(value.toLowerCase()) ?? true));
  const onlySignsIn = request.names?.length === 0 && resource.appId === ownApiAppId;
  if (scopes.length === 0 && !onlySignsIn) deny('noConsent', { value: request.names?.join(' ') ?? request.resource, client: request.client });
  const bounds = [...assignmentBound(facts, resource, principal), ...facts.roles, ...scopes];
  const identity = resource.appId === ownApiAppId ? request.identity.filter((name) => name !== 'offline_access') : [];
  return {
    principal, resource, roles: namesOf(facts.roles), scopes: [...new Set([...namesOf(scopes), ...identity])],
    issuedAt: facts.now, expiresAt: endOf(facts.now + request.longestSeconds, bounds),
  };
}

/** Named roles in force, without those that never reach an agent on our own API (contract §2.4). */
export function rolesHeldBy({ principal, resource, roles }: AccessFacts): readonly HeldPermission[] {
  const isAgentOnOwnApi = principal?.type === 'agentIdentity' && resource?.appId === ownApiAppId;
  return roles.filter(({ value }) => value !== null && !(isAgentOnOwnApi && isBlockedForAgents(value, 'role')));
}

/** Where assignment is required, the last assignment's end bounds the token too, even if it names no role. */
function assignmentBound(facts: AccessFacts, resource: ResourceFacts, principal: PrincipalFacts): readonly HeldPermission[] {
  if (!resource.isAssignmentRequired) return [];
  if (facts.roles.length === 0) deny('notAssigned', { value: principal.appId ?? principal.id, resource: resource.appId });
  const ends = facts.roles.map((role) => role.ends ?? Number.POSITIVE_INFINITY);
  return [{ value: null, ends: Math.max(...ends) }];
}

const namesOf = (held: readonly HeldPermission[]): readonly string[] =>
  [...new Set(held.flatMap(({ value }) => (value === null ? [] : [value])))].toSorted();

const endOf = (longest: number, bounds: readonly HeldPermission[]): number =>
  Math.min(longest, ...bounds.map(({ ends }) => ends ?? Number.POSITIVE_INFINITY));
