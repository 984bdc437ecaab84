import { describe, expect, it } from 'vitest';
import type { PrincipalKind } from '../../../kernel/caller.ts';
import { canHold, isAgent, type HeldRole } from './holding.ts';

const kinds: readonly PrincipalKind[] = ['user', 'agentUser', 'servicePrincipal', 'agentIdentity'];
const holders = (role: HeldRole): readonly PrincipalKind[] => kinds.filter((kind) => canHold(kind, role) === undefined);

describe('canHold', () => {
  it.each<[string, HeldRole, readonly PrincipalKind[]]>([
    ['app role for users', { grantKind: 'appRole', allowedMemberTypes: ['User'] }, ['user', 'agentUser']],
    ['app role for applications', { grantKind: 'appRole', allowedMemberTypes: ['Application'] }, ['servicePrincipal', 'agentIdentity']],
    ['app role for both', { grantKind: 'appRole', allowedMemberTypes: ['User', 'Application'] }, kinds],
    ['app role for nobody', { grantKind: 'appRole', allowedMemberTypes: [] }, []],
    ['default access', { grantKind: 'appRole' }, kinds],
    ['application permission of an API', { grantKind: 'appRole', allowedMemberTypes: ['User', 'Application'], isApiPermission: true }, ['servicePrincipal', 'agentIdentity']],
    ['role in an application that is no API permission', { grantKind: 'appRole', isApiPermission: false }, kinds],
    ['delegated permission', { grantKind: 'delegated' }, ['servicePrincipal', 'agentIdentity']],
    ['membership', { grantKind: 'member' }, kinds],
    ['ownership', { grantKind: 'owner', isRoleAssignableGroup: false }, kinds],
    ['membership of a role-assignable group', { grantKind: 'member', isRoleAssignableGroup: true }, ['user', 'servicePrincipal']],
    ['ownership of a role-assignable group', { grantKind: 'owner', isRoleAssignableGroup: true }, ['user', 'servicePrincipal']],
    ['blocked own permission', { grantKind: 'appRole', allowedMemberTypes: ['User', 'Application'], ownApiPermission: { value: 'Directory.ReadWrite.All', kind: 'role' } }, ['user', 'servicePrincipal']],
    ['harmless own permission', { grantKind: 'appRole', allowedMemberTypes: ['Application'], ownApiPermission: { value: 'User.Read.All', kind: 'role' } }, ['servicePrincipal', 'agentIdentity']],
    ['permission blocked only as an application permission', { grantKind: 'delegated', ownApiPermission: { value: 'Calendars.Read', kind: 'scope' } }, ['servicePrincipal', 'agentIdentity']],
    ['the same as an application permission', { grantKind: 'appRole', ownApiPermission: { value: 'Calendars.Read', kind: 'role' } }, ['user', 'servicePrincipal']],
  ])('%s', (_name, role, expected) => {
    expect(holders(role)).toEqual(expected);
  });

  it('calls agent identities and agent users agents', () => { expect(kinds.filter(isAgent)).toEqual(['agentUser', 'agentIdentity']); });
});

describe('a refusal to hold', () => {
  const words: readonly (readonly [PrincipalKind, string])[] = [['user', 'A user'], ['agentUser', 'An agent user'], ['servicePrincipal', 'A service principal'], ['agentIdentity', 'An agent identity']];
  const usersCannot = (who: string) => ({ code: 'usersCannotHoldApiPermissions', message: `${who} cannot hold API permissions. Make a package of app roles or groups for users, and one with API permissions for service principals and agents.` });

  it.each(words)('says of %s for whom an app role is, and what would mend it', (kind, who) => {
    const refused = (is: string, needed: string) => ({
      code: 'memberTypeNotAllowed', message: `${who} cannot hold this app role: it is for ${is} only. Choose a role whose allowedMemberTypes contain '${needed}', or add '${needed}' to the role in its application.`,
    });
    const isUser = kind === 'user' || kind === 'agentUser';
    expect(canHold(kind, { grantKind: 'appRole', allowedMemberTypes: [isUser ? 'Application' : 'User'] })).toEqual(isUser ? refused('Application', 'User') : refused('User', 'Application'));
    expect(canHold(kind, { grantKind: 'appRole', allowedMemberTypes: ['Robot', 'Cat'] })).toEqual(refused('Robot and Cat', isUser ? 'User' : 'Application'));
  });

  it('says that users hold no API permissions', () => {
    expect(canHold('user', { grantKind: 'delegated' })).toEqual(usersCannot('A user'));
    expect(canHold('agentUser', { grantKind: 'appRole', isApiPermission: true })).toEqual(usersCannot('An agent user'));
  });

  it('says what keeps agents out', () => {
    expect(canHold('agentIdentity', { grantKind: 'owner', isRoleAssignableGroup: true })).toEqual({
      code: 'agentInRoleAssignableGroup', message: 'An agent identity can be neither member nor owner of a role-assignable group. Choose a group with isAssignableToRole false.',
    });
    expect(canHold('agentUser', { grantKind: 'delegated', ownApiPermission: { value: 'Group.ReadWrite.All', kind: 'scope' } })).toEqual({
      code: 'permissionBlockedForAgents', target: 'Group.ReadWrite.All',
      message: "'Group.ReadWrite.All' never reaches an agent: it would let the agent change what others may do. Choose a narrower permission, or give it to a service principal that is no agent.",
    });
  });
});
