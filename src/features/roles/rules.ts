/** How far a caller's rights reach. Pure: token permissions, directory roles and entitlement-management roles in, reach out. */
import type { Caller, EntitlementRole } from '../../kernel/caller.ts';
import type { Reason } from '../../kernel/problem.ts';
import { directoryRole, entitlementRole, privilegedDirectoryRoles, selfRequest } from './model.ts';

/**
 * What somebody wants to do in entitlement management. `readCatalog` is to see what is there: catalogs, resources, packages and
 * policies. `manageResource`: change what a catalog says of a resource; `giveResource`: put its roles into packages (decision 0012).
 */
export type EntitlementNeed = 'createCatalog' | 'readCatalog' | 'manageCatalog' | 'manageResource' | 'giveResource' | 'managePackages' | 'readAssignments' | 'manageAssignments';

/**
 * How far rights reach. `all`: the whole tenant; then whole catalogs, whole packages, and single policies and resources, each
 * by roles on just that (decision 0011); `own`: what concerns the caller itself. Nothing of it: no right at all.
 */
export interface Reach {
  readonly all: boolean;
  readonly catalogIds: readonly string[];
  readonly accessPackageIds: readonly string[];
  /** Without the other policies of their packages. */
  readonly policyIds: readonly string[];
  readonly resourceIds: readonly string[];
  readonly own: boolean;
}

/** Where something stands: in which catalog, and which package, policy or resource it is or belongs to. */
export interface Place {
  readonly catalogId: string;
  readonly accessPackageId?: string | undefined;
  readonly policyId?: string | undefined;
  readonly resourceId?: string | undefined;
}

/** The place of a package, or of what goes by one of its policies: requests, assignments, the policy itself. */
export interface PackagePlace extends Place {
  readonly accessPackageId: string;
}

const { catalogCreator, catalogOwner, catalogReader, accessPackageManager, assignmentManager } = entitlementRole;

/** Entitlement-management roles that satisfy a need, within their scope. */
const rolesFor: Readonly<Record<EntitlementNeed, readonly string[]>> = {
  createCatalog: [catalogCreator],
  readCatalog: [catalogOwner, catalogReader, accessPackageManager, assignmentManager],
  manageCatalog: [catalogOwner],
  manageResource: [catalogOwner],
  giveResource: [catalogOwner, accessPackageManager],
  managePackages: [catalogOwner, accessPackageManager],
  readAssignments: [catalogOwner, catalogReader, accessPackageManager, assignmentManager],
  manageAssignments: [catalogOwner, accessPackageManager, assignmentManager],
};

const isRead = (need: EntitlementNeed): boolean => need === 'readCatalog' || need === 'readAssignments';

/** True when the token carries one of the permissions. */
export const hasPermission = (caller: Caller, ...names: readonly string[]): boolean => names.some((name) => caller.permissions.has(name));

/** True when the caller holds one of the directory roles now. */
export const hasDirectoryRole = (caller: Caller, ...roles: readonly string[]): boolean => roles.some((role) => caller.directoryRoles.has(role));

/** A person who acts themselves: not an application, not an agent, not an agent user. Only such a caller may approve. */
export const isPerson = (caller: Caller): boolean => caller.kind === 'user' && caller.isDelegated;

/** How far the caller reaches in entitlement management for one need. */
export function entitlementReach(caller: Caller, need: EntitlementNeed): Reach {
  const names = isRead(need) ? ['EntitlementManagement.Read.All', 'EntitlementManagement.ReadWrite.All'] : ['EntitlementManagement.ReadWrite.All'];
  const permitted = hasPermission(caller, ...names);
  const own = caller.isDelegated
    ? hasPermission(caller, ...names, 'EntitlementManagement.Read.All', 'EntitlementMgmt-SubjectAccess.ReadWrite')
    : permitted || hasPermission(caller, selfRequest);
  if (!caller.isDelegated && permitted) return { ...nothing, all: true, own };
  if (caller.isDelegated && !permitted) return { ...nothing, own };
  if (caller.isDelegated && isAdministrator(caller, isRead(need))) return { ...nothing, all: true, own };
  const held = caller.entitlementRoles.filter((role) => rolesFor[need].includes(role.roleDefinitionId));
  const some = (read: (role: EntitlementRole) => string | undefined): readonly string[] => held.flatMap((role) => read(role) ?? []);
  return {
    all: held.some(isTenantWide), catalogIds: some(({ catalogId }) => catalogId), policyIds: some(({ policyId }) => policyId), resourceIds: some(({ resourceId }) => resourceId),
    accessPackageIds: some(({ accessPackageId, policyId }) => (policyId === undefined ? accessPackageId : undefined)), own,
  };
}

const nothing: Reach = { all: false, catalogIds: [], accessPackageIds: [], policyIds: [], resourceIds: [], own: false };

/** Whether a role applies everywhere, and not to one thing. */
export const isTenantWide = ({ catalogId, accessPackageId, policyId, resourceId }: Omit<EntitlementRole, 'roleDefinitionId'>): boolean =>
  [catalogId, accessPackageId, policyId, resourceId].every((id) => id === undefined);

/** Whether anything at all is within reach, besides what is the caller's own. */
export const hasReach = (reach: Reach): boolean => reach.all || [reach.catalogIds, reach.accessPackageIds, reach.policyIds, reach.resourceIds].some((ids) => ids.length > 0);

/** True when the caller reaches something for a need: by a role on its catalog, on its package, or on just that policy or resource. */
export function reaches(caller: Caller, need: EntitlementNeed, place: Place): boolean {
  const reach = entitlementReach(caller, need);
  const isIn = (ids: readonly string[], id: string | undefined): boolean => id !== undefined && ids.includes(id);
  return reach.all || isIn(reach.catalogIds, place.catalogId) || isIn(reach.accessPackageIds, place.accessPackageId) || isIn(reach.policyIds, place.policyId) || isIn(reach.resourceIds, place.resourceId);
}

/** True when the caller reaches a whole catalog for a need. A role on something inside of it does not count. */
export const reachesCatalog = (caller: Caller, need: EntitlementNeed, catalogId: string): boolean => reaches(caller, need, { catalogId });

/** True when the caller reaches a package for a need; with `policyId`, what goes by that policy. Without it a role on one of its policies does not count. */
export const reachesPackage = (caller: Caller, need: EntitlementNeed, place: PackagePlace): boolean => reaches(caller, need, place);

/** Whether the caller may know that something is there: it reads it, or, of a package as a whole, one of its policies. */
export function maySee(caller: Caller, place: Place): boolean {
  if (reaches(caller, 'readCatalog', place)) return true;
  const { policyIds } = entitlementReach(caller, 'readCatalog');
  return place.accessPackageId !== undefined && place.policyId === undefined
    && caller.entitlementRoles.some(({ accessPackageId, policyId }) => accessPackageId === place.accessPackageId && policyId !== undefined && policyIds.includes(policyId));
}

const isAdministrator = (caller: Caller, isRead: boolean): boolean =>
  hasDirectoryRole(caller, directoryRole.globalAdministrator, directoryRole.identityGovernanceAdministrator, ...(isRead ? [directoryRole.globalReader] : []));

/** Whether the caller governs the whole of entitlement management: its roles, too. A role in it, even for the whole tenant, is not enough. */
export const governsEntitlement = (caller: Caller): boolean => hasPermission(caller, 'EntitlementManagement.ReadWrite.All') && (!caller.isDelegated || isAdministrator(caller, false));

/** Permissions that open a part of the directory. */
export interface DirectoryRight {
  /** Any of these reaches every object. For a delegated write, one of `directoryRoles` is needed besides. */
  readonly permissions: readonly string[];
  /** Any of these reaches what the caller owns (applications only; people reach what they own with `permissions`). */
  readonly ownedPermissions?: readonly string[];
  /** Directory roles that let a person write. Absent: reading, for which members need no role. */
  readonly directoryRoles?: readonly string[];
}

/** `all` objects, `own` ones (owned by the caller), or `none`. */
export function directoryReach(caller: Caller, right: DirectoryRight): 'all' | 'own' | 'none' {
  const permitted = hasPermission(caller, ...right.permissions);
  if (permitted && (!caller.isDelegated || right.directoryRoles === undefined)) return 'all';
  if (permitted && hasDirectoryRole(caller, ...(right.directoryRoles ?? []))) return 'all';
  if (permitted || hasPermission(caller, ...(right.ownedPermissions ?? []))) return 'own';
  return 'none';
}

/** What a new role assignment is about to join. Whether the role goes with its scope is asked elsewhere. */
export interface NewRoleAssignment {
  readonly provider: 'directory' | 'entitlementManagement';
  readonly roleDefinitionId: string;
  /** Undefined: no such role. */
  readonly roleProvider: string | undefined;
  /** Directory type of the principal; undefined: no such object. */
  readonly principalType: string | undefined;
  readonly isAssignableToRole: boolean;
}

const privileged: ReadonlySet<string> = new Set(privilegedDirectoryRoles);
const roleHolders: ReadonlySet<string> = new Set(['user', 'agentUser', 'group', 'servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal']);

/** Why a role cannot be assigned so; empty when it can. Dangling references are the caller's to refuse. */
export function reasonsAgainstRoleAssignment(given: NewRoleAssignment): readonly Reason[] {
  const reasons: Reason[] = [];
  const { principalType = '', roleDefinitionId } = given;
  if (given.roleProvider !== given.provider) {
    reasons.push({ code: 'roleOfOtherProvider', target: 'roleDefinitionId', message: `The role ${roleDefinitionId} is not a role of ${given.provider}. Choose one from its roleDefinitions.` });
  }
  if (!roleHolders.has(principalType)) {
    reasons.push({ code: 'principalCannotHoldRoles', target: 'principalId', message: `An object of type ${principalType} cannot hold roles. Choose a user, a group, a service principal or an agent identity.` });
  }
  if (given.provider === 'directory' && principalType === 'group' && !given.isAssignableToRole) {
    reasons.push({ code: 'groupNotAssignableToRole', target: 'principalId', message: 'Directory roles go only to groups that were created with isAssignableToRole true. Choose such a group.' });
  }
  if ((principalType === 'agentIdentity' || principalType === 'agentUser') && privileged.has(roleDefinitionId)) {
    reasons.push({ code: 'privilegedRoleForAgent', target: 'principalId', message: 'An agent never holds a privileged directory role. Choose a person, or give the agent an access package.' });
  }
  return reasons;
}

/** Whether the caller may take over an account that holds directory roles, by a new password or name, or shut it out. The right to change users is asked besides. */
export const canOverruleAdministrators = (caller: Caller): boolean =>
  hasDirectoryRole(caller, directoryRole.globalAdministrator) || (!caller.isDelegated && hasPermission(caller, 'RoleManagement.ReadWrite.Directory'));

/**
 * Powers of a workload that the caller would win with its credentials: permissions that make administrators, and privileged
 * directory roles, which the caller could not give to itself. Owning the workload is not enough for them.
 */
export function powersBeyond(caller: Caller, powers: { readonly permissions: readonly string[]; readonly directoryRoles: readonly string[] }): readonly string[] {
  if (caller.isDelegated) return hasDirectoryRole(caller, directoryRole.globalAdministrator) ? [] : [...powers.permissions, ...powers.directoryRoles];
  if (hasPermission(caller, 'AppRoleAssignment.ReadWrite.All')) return [];
  const roles = hasPermission(caller, 'RoleManagement.ReadWrite.Directory') ? [] : powers.directoryRoles;
  return [...powers.permissions.filter((name) => !hasPermission(caller, name)), ...roles];
}

/** Why a Global Administrator must stay one: nobody else could make another. Empty when the tenant keeps one without `leavingId`. */
export function reasonsAgainstLosingAdministrator(administratorIds: readonly string[], leavingId: string): readonly Reason[] {
  if (!administratorIds.includes(leavingId) || administratorIds.length > 1) return [];
  return [{ code: 'lastGlobalAdministrator', target: leavingId, message: 'This is the last enabled user who is Global Administrator. Make another enabled user Global Administrator first.' }];
}

/** Why somebody may not give themselves a role: by a right that ends they would get one that does not. */
export function reasonsAgainstOwnGain({ isOwn, isStanding }: { readonly isOwn: boolean; readonly isStanding: boolean }): readonly Reason[] {
  if (!isOwn || isStanding) return [];
  return [{ code: 'ownRightEnds', target: 'principalId', message: 'Your own right to give this role is for a time only, so you cannot give it to yourself or to a group that you are in. Ask another administrator.' }];
}
