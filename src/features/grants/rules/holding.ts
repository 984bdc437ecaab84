/**
 * Which kind of identity can hold which kind of role (contract §2.4, §2.5). One rule for a grant made by hand, for a
 * role that is put in a package and for its delivery, so that none of them gives what another would refuse.
 */
import type { PrincipalKind } from '../../../kernel/caller.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { isBlockedForAgents } from '../../roles/model.ts';

/** What a grant gives: a role of an application, a delegated permission, membership or ownership of a group. */
export type GrantKind = 'appRole' | 'delegated' | 'member' | 'owner';

/** What the rule needs to know of a role. */
export interface HeldRole {
  readonly grantKind: GrantKind;
  /** `allowedMemberTypes` of an app role: `User`, `Application` or both. Absent: no limit (default access). */
  readonly allowedMemberTypes?: readonly string[];
  /** The group behind a membership or an ownership can be assigned to directory roles. */
  readonly isRoleAssignableGroup?: boolean;
  /** The role is an API permission (a resource of origin OAuthApplication), not a role in an application. */
  readonly isApiPermission?: boolean;
  /** Set when the role belongs to this server's own API. */
  readonly ownApiPermission?: { readonly value: string; readonly kind: 'role' | 'scope' };
}

/** Agent identities and agent users. */
export const isAgent = (kind: PrincipalKind): boolean => kind === 'agentIdentity' || kind === 'agentUser';

const isUserKind = (kind: PrincipalKind): boolean => kind === 'user' || kind === 'agentUser';

const kindWords: Readonly<Record<PrincipalKind, string>> = {
  user: 'A user', agentUser: 'An agent user', servicePrincipal: 'A service principal', agentIdentity: 'An agent identity',
};

/** Why an identity of this kind cannot hold the role, or undefined when it can. */
export function canHold(kind: PrincipalKind, role: HeldRole): Reason | undefined {
  return blockedForAgent(kind, role) ?? byGrantKind[role.grantKind](kind, role);
}

const byGrantKind: Readonly<Record<GrantKind, (kind: PrincipalKind, role: HeldRole) => Reason | undefined>> = {
  appRole: canHoldAppRole,
  delegated: (kind) => (isUserKind(kind) ? usersCannotHold(kind) : undefined),
  member: canBeInGroup,
  owner: canBeInGroup,
};

function blockedForAgent(kind: PrincipalKind, { ownApiPermission }: HeldRole): Reason | undefined {
  if (ownApiPermission === undefined || !isAgent(kind) || !isBlockedForAgents(ownApiPermission.value, ownApiPermission.kind)) return undefined;
  return {
    code: 'permissionBlockedForAgents', target: ownApiPermission.value,
    message: `'${ownApiPermission.value}' never reaches an agent: it would let the agent change what others may do. Choose a narrower permission, or give it to a service principal that is no agent.`,
  };
}

function canHoldAppRole(kind: PrincipalKind, role: HeldRole): Reason | undefined {
  if (role.isApiPermission === true && isUserKind(kind)) return usersCannotHold(kind);
  const needed = isUserKind(kind) ? 'User' : 'Application';
  if (role.allowedMemberTypes === undefined || role.allowedMemberTypes.includes(needed)) return undefined;
  return {
    code: 'memberTypeNotAllowed',
    message: `${kindWords[kind]} cannot hold this app role: it is for ${role.allowedMemberTypes.join(' and ')} only. Choose a role whose allowedMemberTypes contain '${needed}', or add '${needed}' to the role in its application.`,
  };
}

const usersCannotHold = (kind: PrincipalKind): Reason => ({
  code: 'usersCannotHoldApiPermissions',
  message: `${kindWords[kind]} cannot hold API permissions. Make a package of app roles or groups for users, and one with API permissions for service principals and agents.`,
});

function canBeInGroup(kind: PrincipalKind, role: HeldRole): Reason | undefined {
  if (role.isRoleAssignableGroup !== true || !isAgent(kind)) return undefined;
  return {
    code: 'agentInRoleAssignableGroup',
    message: `${kindWords[kind]} can be neither member nor owner of a role-assignable group. Choose a group with isAssignableToRole false.`,
  };
}
