import { describe, expect, it } from 'vitest';
import { callerWith, personWith } from '../../../../test/support/graph-work.ts';
import { permissionsThat, rolesThat } from '../../../../test/support/rights.ts';
import type { Caller } from '../../../kernel/caller.ts';
import { directoryRole, ownPermissions } from '../../roles/model.ts';
import {
  becomesGroupOwner, canChangeGroup, canChangeUser, canCreateGroup, canManageUsers, seesAgentUsers, seesAgentUsersOfItsAgents, seesGroups, seesUsers, type GroupAspect,
} from './people-rights.ts';

const everyPermission = ownPermissions.map(([name]) => name);
const everyRole = Object.values(directoryRole);
const application = (...permissions: readonly string[]): Caller => callerWith(permissions);
const administrator = (...permissions: readonly string[]): Caller => personWith('me', permissions, [directoryRole.globalAdministrator]);
const person = (...permissions: readonly string[]): Caller => personWith('me', permissions);

describe('who sees users', () => {
  const all = ['Directory.Read.All', 'Directory.ReadWrite.All', 'User.Read.All', 'User.ReadBasic.All', 'User.ReadWrite.All'];
  it('all of them', () => {
    for (const kind of [application, person, administrator]) expect(permissionsThat((name) => seesUsers(kind(name)) === 'all')).toEqual(all);
  });
  it('themselves, or nobody', () => {
    expect(permissionsThat((name) => seesUsers(person(name)) === 'own')).toEqual(['User.Read', 'User.ReadWrite']);
    expect(permissionsThat((name) => seesUsers(application(name)) === 'own')).toEqual([]);
    expect(seesUsers(person())).toBe('none');
  });
  it('as agent users: all, or those of its own agents', () => {
    expect(permissionsThat((name) => seesAgentUsers(application(name)))).toEqual(['AgentIdUser.ReadWrite.All']);
    expect(permissionsThat((name) => seesAgentUsersOfItsAgents(application(name)))).toEqual(['AgentIdUser.ReadWrite.IdentityParentedBy']);
  });
});

describe('who sees groups', () => {
  const all = ['Directory.Read.All', 'Directory.ReadWrite.All', 'Group.Read.All', 'Group.ReadWrite.All', 'GroupMember.Read.All', 'GroupMember.ReadWrite.All'];
  it('all of them', () => {
    for (const kind of [application, person]) expect(permissionsThat((name) => seesGroups(kind(name)) === 'all')).toEqual(all);
  });
  it('its own, or none', () => {
    expect(permissionsThat((name) => seesGroups(person(name)) === 'own')).toEqual(['User.Read', 'User.Read.All', 'User.ReadWrite', 'User.ReadWrite.All']);
    expect(permissionsThat((name) => seesGroups(application(name)) === 'own')).toEqual(['Group.Create']);
    expect(seesGroups(person())).toBe('none');
  });
});

describe('who manages users', () => {
  const managing = ['Directory.ReadWrite.All', 'User.ReadWrite.All'];
  it('are applications with the permission, and Global Administrators through a client that has it', () => {
    expect(permissionsThat((name) => canManageUsers(application(name)))).toEqual(managing);
    expect(permissionsThat((name) => canManageUsers(personWith('p', [name], everyRole)))).toEqual(managing);
    expect(rolesThat((role) => canManageUsers(personWith('p', everyPermission, [role])))).toEqual(['globalAdministrator']);
  });
  it('change anything of anybody', () => {
    expect(permissionsThat((name) => canChangeUser(application(name), 'her', ['jobTitle', 'accountEnabled']))).toEqual(managing);
    expect(canChangeUser(administrator('User.ReadWrite.All'), 'her', ['jobTitle'])).toBe(true);
    expect(canChangeUser(person('User.ReadWrite.All'), 'her', ['jobTitle'])).toBe(false);
  });
});

describe('narrow rights over users', () => {
  const [enabling, passwords] = ['User.EnableDisableAccount.All', 'User-PasswordProfile.ReadWrite.All'];
  it('reach just what they are for', () => {
    const managing = ['Directory.ReadWrite.All', 'User.ReadWrite.All'];
    expect(permissionsThat((name) => canChangeUser(application(name), 'her', ['accountEnabled']))).toEqual([managing[0], enabling, managing[1]]);
    expect(permissionsThat((name) => canChangeUser(application(name), 'her', ['passwordProfile']))).toEqual([managing[0], passwords, managing[1]]);
    expect(canChangeUser(application(enabling), 'her', ['accountEnabled', 'passwordProfile'])).toBe(false);
    expect(canChangeUser(application(enabling, passwords), 'her', ['accountEnabled', 'passwordProfile'])).toBe(true);
    expect(canChangeUser(application(enabling, passwords), 'her', ['accountEnabled', 'jobTitle'])).toBe(false);
    expect(canChangeUser(application(enabling), 'her', [])).toBe(false);
  });
  it('take a Global Administrator, where a person acts', () => {
    expect(rolesThat((role) => canChangeUser(personWith('p', [enabling], [role]), 'her', ['accountEnabled']))).toEqual(['globalAdministrator']);
    expect(canChangeUser(person(enabling), 'her', ['accountEnabled'])).toBe(false);
  });
});

describe('what people change of their own account', () => {
  const own = ['aboutMe', 'birthday', 'businessPhones', 'mobilePhone', 'interests', 'mySite', 'pastProjects', 'preferredLanguage', 'preferredName', 'responsibilities', 'schools', 'skills'];
  it('is what decides nothing about their access', () => {
    for (const name of own) expect([name, canChangeUser(person('User.ReadWrite'), 'me', [name])]).toEqual([name, true]);
    for (const name of ['displayName', 'department', 'jobTitle', 'accountEnabled', 'passwordProfile', 'userPrincipalName', 'employeeId', 'manager']) expect([name, canChangeUser(person('User.ReadWrite'), 'me', [name])]).toEqual([name, false]);
    expect(canChangeUser(person('User.ReadWrite'), 'me', ['skills', 'department'])).toBe(false);
    expect(canChangeUser(person('User.ReadWrite'), 'me', [])).toBe(true);
  });
  it('is theirs alone, and takes a permission', () => {
    expect(permissionsThat((name) => canChangeUser(person(name), 'me', ['skills']))).toEqual(['User.ReadWrite', 'User.ReadWrite.All']);
    expect(canChangeUser(person('User.ReadWrite'), 'her', ['skills'])).toBe(false);
    expect(canChangeUser({ ...person('User.ReadWrite'), kind: 'agentUser' }, 'me', ['skills'])).toBe(false);
    expect(canChangeUser(callerWith(['User.ReadWrite'], { principalId: 'me', kind: 'user' }), 'me', ['skills'])).toBe(false);
  });
});

describe('who creates groups', () => {
  const creating = ['Directory.ReadWrite.All', 'Group.ReadWrite.All'];
  it('are people with the permission, and applications, for which there is a narrow one', () => {
    expect(permissionsThat((name) => canCreateGroup(person(name), false))).toEqual(creating);
    expect(permissionsThat((name) => canCreateGroup(application(name), false))).toEqual([creating[0], 'Group.Create', creating[1]]);
  });
  it('for directory roles may give those, too', () => {
    const needed = 'RoleManagement.ReadWrite.Directory';
    expect(permissionsThat((name) => canCreateGroup(application('Group.Create', name), true))).toEqual([needed]);
    expect(permissionsThat((name) => canCreateGroup(administrator('Group.ReadWrite.All', name), true))).toEqual([needed]);
    expect(rolesThat((role) => canCreateGroup(personWith('p', ['Group.ReadWrite.All', needed], [role]), true))).toEqual(['globalAdministrator']);
    expect(canCreateGroup(application(needed), true)).toBe(false);
  });
  it('own them: people, and applications that reach nothing else; agents never', () => {
    expect(becomesGroupOwner(person(...everyPermission))).toBe(true);
    expect(becomesGroupOwner(application('Group.Create'))).toBe(true);
    expect(permissionsThat((name) => !becomesGroupOwner(application('Group.Create', name)))).toEqual(creating);
    for (const kind of ['agentIdentity', 'agentUser'] as const) expect(becomesGroupOwner(callerWith([], { kind }))).toBe(false);
  });
});

describe('who changes groups', () => {
  const group = (isOwnedByCaller: boolean, isAssignableToRole = false) => ({ data: { isAssignableToRole }, isOwnedByCaller });
  const changing = { edit: ['Directory.ReadWrite.All', 'Group.ReadWrite.All'], members: ['Directory.ReadWrite.All', 'Group.ReadWrite.All', 'GroupMember.ReadWrite.All'] } as const;
  const roles = { edit: ['globalAdministrator'], members: ['globalAdministrator', 'identityGovernanceAdministrator'] } as const;

  it.each<GroupAspect>(['edit', 'members'])('are applications with a permission, people with a role besides, and owners: %s', (aspect) => {
    expect(permissionsThat((name) => canChangeGroup(application(name), group(false), aspect))).toEqual(changing[aspect]);
    expect(permissionsThat((name) => canChangeGroup(personWith('p', [name], everyRole), group(false), aspect))).toEqual(changing[aspect]);
    expect(rolesThat((role) => canChangeGroup(personWith('p', everyPermission, [role]), group(false), aspect))).toEqual(roles[aspect]);
    expect(permissionsThat((name) => canChangeGroup(person(name), group(true), aspect))).toEqual(changing[aspect]);
    expect(permissionsThat((name) => canChangeGroup(application(name), group(true), aspect))).toEqual([...changing[aspect], 'Group.Create'].toSorted());
    expect(canChangeGroup(application('Group.Create'), group(false), aspect)).toBe(false);
  });

  it.each<GroupAspect>(['edit', 'members'])('that carry directory roles are those who give roles, and owners: %s', (aspect) => {
    const needed = 'RoleManagement.ReadWrite.Directory';
    expect(permissionsThat((name) => canChangeGroup(application('Group.ReadWrite.All', name), group(false, true), aspect))).toEqual([needed]);
    expect(rolesThat((role) => canChangeGroup(personWith('p', ['Group.ReadWrite.All', needed], [role]), group(false, true), aspect))).toEqual(['globalAdministrator']);
    expect(canChangeGroup(person('Group.ReadWrite.All'), group(true, true), aspect)).toBe(true);
    expect(canChangeGroup(application('Group.Create'), group(true, true), aspect)).toBe(true);
    expect(canChangeGroup(person(needed), group(true, true), aspect)).toBe(false);
  });

  it.each<GroupAspect>(['edit', 'members'])('lose nothing as owners by what else they may: %s', (aspect) => {
    for (const role of everyRole) expect(canChangeGroup(personWith('p', ['Group.ReadWrite.All'], [role]), group(true, true), aspect)).toBe(true);
    expect(canChangeGroup(application('Group.Create', 'Group.ReadWrite.All'), group(true, true), aspect)).toBe(true);
  });
});
