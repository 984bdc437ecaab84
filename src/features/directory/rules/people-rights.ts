/** Who may see and change users and groups (Graph permissions reference). Applications and agents: workload-rights.ts. */
import type { Caller } from '../../../kernel/caller.ts';
import { directoryRole } from '../../roles/model.ts';
import { directoryReach, hasDirectoryRole, hasPermission } from '../../roles/rules.ts';
import { isRoleAssignable, type DirectoryObject } from '../model/people.ts';

const readsDirectory = ['Directory.Read.All', 'Directory.ReadWrite.All'] as const;
const readsUsers = ['User.Read.All', 'User.ReadWrite.All', 'User.ReadBasic.All', ...readsDirectory] as const;
const readsGroups = ['Group.Read.All', 'Group.ReadWrite.All', 'GroupMember.Read.All', 'GroupMember.ReadWrite.All', ...readsDirectory] as const;
const globalAdministrators = [directoryRole.globalAdministrator] as const;
const governors = [directoryRole.globalAdministrator, directoryRole.identityGovernanceAdministrator] as const;

/** How far a caller sees: everything of a kind, what is its own, or nothing. */
export type Sight = 'all' | 'own' | 'none';

/** Users that the caller sees; `own` is the caller itself. */
export function seesUsers(caller: Caller): Sight {
  if (hasPermission(caller, ...readsUsers)) return 'all';
  return caller.isDelegated && hasPermission(caller, 'User.Read', 'User.ReadWrite') ? 'own' : 'none';
}

/** Whether the caller sees every agent user, whatever it sees of people. */
export const seesAgentUsers = (caller: Caller): boolean => hasPermission(caller, 'AgentIdUser.ReadWrite.All');

/** Whether the caller sees the agent users of its own blueprint's agents. */
export const seesAgentUsersOfItsAgents = (caller: Caller): boolean => hasPermission(caller, 'AgentIdUser.ReadWrite.IdentityParentedBy');

/** Groups that the caller sees; `own` are those it owns or is a member of. */
export function seesGroups(caller: Caller): Sight {
  if (hasPermission(caller, ...readsGroups)) return 'all';
  const mayOwn = caller.isDelegated ? hasPermission(caller, 'User.Read', 'User.ReadWrite', 'User.Read.All', 'User.ReadWrite.All') : hasPermission(caller, 'Group.Create');
  return mayOwn ? 'own' : 'none';
}

/** Whether the caller may create users, and delete and restore them. */
export const canManageUsers = (caller: Caller): boolean =>
  directoryReach(caller, { permissions: ['User.ReadWrite.All', 'Directory.ReadWrite.All'], directoryRoles: globalAdministrators }) === 'all';

/** What people may change of their own account with User.ReadWrite. Nothing that decides what they may do. */
export const changeableByOneself: ReadonlySet<string> = new Set([
  'aboutMe', 'birthday', 'businessPhones', 'mobilePhone', 'interests', 'mySite', 'pastProjects', 'preferredLanguage', 'preferredName', 'responsibilities', 'schools', 'skills',
]);

/** Whether the caller may change these properties of a user. */
export function canChangeUser(caller: Caller, userId: string, names: readonly string[]): boolean {
  const isAdministrator = !caller.isDelegated || hasDirectoryRole(caller, ...globalAdministrators);
  const narrow: Readonly<Record<string, string>> = { accountEnabled: 'User.EnableDisableAccount.All', passwordProfile: 'User-PasswordProfile.ReadWrite.All' };
  const needed = names.map((name) => narrow[name]);
  if (canManageUsers(caller)) return true;
  if (isAdministrator && names.length > 0 && needed.every((name) => name !== undefined && hasPermission(caller, name))) return true;
  const isSelf = caller.isDelegated && caller.kind === 'user' && caller.principalId === userId;
  return isSelf && hasPermission(caller, 'User.ReadWrite', 'User.ReadWrite.All') && names.every((name) => changeableByOneself.has(name));
}

/** Whether the caller may create groups; one for directory roles needs the right to give those. */
export function canCreateGroup(caller: Caller, forRoles: boolean): boolean {
  if (forRoles && !canManageRoleGroups(caller)) return false;
  const permissions = ['Group.ReadWrite.All', 'Directory.ReadWrite.All', ...(caller.isDelegated ? [] : ['Group.Create'])];
  return hasPermission(caller, ...permissions);
}

/** Whether whoever creates a group becomes its owner: people do, and applications that reach nothing but what they own. */
export const becomesGroupOwner = (caller: Caller): boolean =>
  caller.kind === 'user' || (caller.kind === 'servicePrincipal' && !hasPermission(caller, 'Group.ReadWrite.All', 'Directory.ReadWrite.All'));

/** What somebody wants to do to a group. */
export type GroupAspect = 'edit' | 'members';

/** Whether the caller may change a group, its owners and its life (`edit`), or who is in it (`members`). */
export function canChangeGroup(caller: Caller, group: Pick<DirectoryObject, 'data' | 'isOwnedByCaller'>, aspect: GroupAspect): boolean {
  const permissions = ['Group.ReadWrite.All', 'Directory.ReadWrite.All', ...(aspect === 'members' ? ['GroupMember.ReadWrite.All'] : [])];
  const reach = directoryReach(caller, { permissions, ownedPermissions: caller.isDelegated ? [] : ['Group.Create'], directoryRoles: aspect === 'members' ? governors : globalAdministrators });
  const isOwner = reach !== 'none' && group.isOwnedByCaller;
  if (isRoleAssignable(group) && !isOwner && !canManageRoleGroups(caller)) return false;
  return reach === 'all' || isOwner;
}

const canManageRoleGroups = (caller: Caller): boolean =>
  directoryReach(caller, { permissions: ['RoleManagement.ReadWrite.Directory'], directoryRoles: globalAdministrators }) === 'all';
