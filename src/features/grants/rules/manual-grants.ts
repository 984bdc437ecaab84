/** Grants that somebody makes by hand: who may, what may be given to whom, and when one may be taken away. */
import type { Caller } from '../../../kernel/caller.ts';
import { allow, decideBy, deny, type Decision } from '../../../kernel/decision.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { principalKindOf } from '../../directory/model/workload.ts';
import { directoryRole, ownApiAppId } from '../../roles/model.ts';
import { hasDirectoryRole, hasPermission } from '../../roles/rules.ts';
import { canHold } from './holding.ts';

/** The app role that stands for being assigned to an application without any role of it. */
export const defaultAccess = '00000000-0000-0000-0000-000000000000';

/** A role or permission that is to be granted. */
export interface GrantedPermission {
  readonly id: string;
  readonly value: string | null;
  readonly isEnabled: boolean;
  /** Of app roles only. */
  readonly allowedMemberTypes: readonly string[];
}

/** The API that a grant is for. */
export interface GrantedApi {
  readonly appId: string;
  readonly displayName: string | null;
}

/**
 * Whether the caller may give and take app roles. Roles of our own API let their holder change this server, so a person needs
 * to be Global Administrator for them, as in Entra ID.
 */
export function canGrantAppRoles(caller: Caller, appId: string): boolean {
  if (!caller.isDelegated) return hasPermission(caller, 'AppRoleAssignment.ReadWrite.All');
  if (!hasPermission(caller, 'AppRoleAssignment.ReadWrite.All', 'Directory.ReadWrite.All')) return false;
  return hasDirectoryRole(caller, directoryRole.globalAdministrator, ...(appId === ownApiAppId ? [] : [directoryRole.applicationAdministrator]));
}

/** Whether the caller may give and take delegated permissions. */
export function canGrantDelegated(caller: Caller): boolean {
  if (!caller.isDelegated) return hasPermission(caller, 'DelegatedPermissionGrant.ReadWrite.All');
  return hasPermission(caller, 'DelegatedPermissionGrant.ReadWrite.All', 'Directory.ReadWrite.All')
    && hasDirectoryRole(caller, directoryRole.globalAdministrator, directoryRole.applicationAdministrator);
}

/** Decides an app role for a principal or group. `role` undefined: the API has no such role; `default`: default access. */
export function decideAppRoleGrant(principalType: string, role: GrantedPermission | 'default' | undefined, api: GrantedApi): Decision<true> {
  if (role === 'default') return allow(true);
  if (role === undefined) return deny(missingRole(api));
  const reasons: Reason[] = [];
  if (!role.isEnabled) reasons.push({ code: 'permissionDisabled', target: 'appRoleId', message: `The app role '${role.value ?? role.id}' is disabled. Enable it in its application first.` });
  const kind = principalKindOf(principalType);
  if (kind === undefined && principalType !== 'group') {
    reasons.push({ code: 'principalTypeNotAllowed', target: 'principalId', message: `An object of type ${principalType} cannot hold app roles. Name a user, group or service principal.` });
  }
  // A group's role reaches its members, so what users may hold a group may be given.
  const held = canHold(kind ?? 'user', { grantKind: 'appRole', allowedMemberTypes: role.allowedMemberTypes, ...ownPermission(role, { api, kind: 'role' }) });
  if (held !== undefined) reasons.push(held);
  return decideBy(reasons, true);
}

const missingRole = (api: GrantedApi): Reason => ({
  code: 'permissionUnknown', target: 'appRoleId', message: `'${api.displayName ?? api.appId}' has no app role with this id. Read appRoles of the service principal, or send the all-zero id for default access.`,
});

function ownPermission(permission: GrantedPermission, of: { readonly api: GrantedApi; readonly kind: 'role' | 'scope' }): { ownApiPermission?: { value: string; kind: 'role' | 'scope' } } {
  return of.api.appId === ownApiAppId && permission.value !== null ? { ownApiPermission: { value: permission.value, kind: of.kind } } : {};
}

/** Names in a `scope` string; spaces in front and in between are tolerated. */
export const scopeNames = (scope: string): readonly string[] => [...new Set(scope.split(/\s/).filter((name) => name !== ''))];

/** Decides the delegated permissions of a client: `found` are those of the wanted names that the API has. */
export function decideScopes(clientType: string, wanted: { readonly names: readonly string[]; readonly found: readonly GrantedPermission[] }, api: GrantedApi): Decision<readonly string[]> {
  const reasons: Reason[] = [];
  if (wanted.names.length === 0) reasons.push({ code: 'scopeEmpty', target: 'scope', message: 'Name at least one delegated permission in scope. To take the whole grant away, delete it.' });
  const known = new Map(wanted.found.map((permission) => [permission.value?.toLowerCase(), permission]));
  for (const name of wanted.names) {
    const permission = known.get(name.toLowerCase());
    if (permission === undefined) reasons.push({ code: 'permissionUnknown', target: 'scope', message: `'${api.displayName ?? api.appId}' has no delegated permission '${name}'. Read oauth2PermissionScopes of its service principal.` });
    else if (!permission.isEnabled) reasons.push({ code: 'permissionDisabled', target: 'scope', message: `The delegated permission '${name}' is disabled. Enable it in its application first.` });
  }
  const kind = principalKindOf(clientType);
  if (kind === undefined) reasons.push({ code: 'clientTypeNotAllowed', target: 'clientId', message: 'The client must be a service principal.' });
  else reasons.push(...new Map(wanted.found.flatMap((permission) => {
    const reason = canHold(kind, { grantKind: 'delegated', ...ownPermission(permission, { api, kind: 'scope' }) });
    return reason === undefined ? [] : [[reason.message, { target: 'scope', ...reason }] as const];
  })).values());
  return decideBy(reasons, wanted.found.map((permission) => permission.id));
}

/** For whom a client may act: everybody, or one user. */
export function decideConsent(consentType: string, principalId: string | undefined): Decision<string | null> {
  if (consentType === 'AllPrincipals' && principalId === undefined) return allow(null);
  if (consentType === 'Principal' && principalId !== undefined) return allow(principalId);
  const message = consentType === 'Principal' ? "consentType 'Principal' needs principalId: the user for whom the client may act."
    : consentType === 'AllPrincipals' ? "consentType 'AllPrincipals' goes without principalId: leave it out, or send consentType 'Principal'."
      : "consentType must be 'AllPrincipals' or 'Principal'.";
  return deny({ code: 'consentTypeInvalid', target: 'consentType', message });
}

/** What keeps a grant. */
export interface HeldGrant {
  readonly isManual: boolean;
  /** Live assignments that give it. */
  readonly assignmentIds: readonly string[];
}

/** Only what somebody gave by hand can be taken by hand: the rest ends with the assignments that give it. */
export function decideGrantRemoval(grants: readonly HeldGrant[]): Decision<true> {
  return grants.some((grant) => grant.isManual) ? allow(true) : deny(givenByPackages(grants.flatMap((grant) => grant.assignmentIds)));
}

/** The refusal to take by hand what packages give. */
export function givenByPackages(assignmentIds: readonly string[]): Reason {
  const ids = [...new Set(assignmentIds)];
  return { code: 'grantedThroughPackage', target: ids[0] ?? 'assignments', message: `This comes from the access package assignments ${ids.join(', ')}. Remove those with an adminRemove request, or take the role out of the package.` };
}
