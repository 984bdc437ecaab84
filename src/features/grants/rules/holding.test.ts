import { describe, expect, it } from 'vitest';
import type { PrincipalKind } from '../../../kernel/caller.ts';
import { canHold, type HeldRole } from './holding.ts';

const kinds: readonly PrincipalKind[] = ['user', 'agentUser', 'servicePrincipal', 'agentIdentity'];
const holders = (role: HeldRole): readonly PrincipalKind[] => kinds.filter((kind) => canHold(kind, role) === undefined);

describe('canHold', () => {
  it.each<[string, HeldRole, readonly PrincipalKind[]]>([
    ['app role for users', { grantKind: 'appRole', allowedMemberTypes: ['User'] }, ['user', 'agentUser']],
    ['app role for applications', { grantKind: 'appRole', allowedMemberTypes: ['Application'] }, ['servicePrincipal', 'agentIdentity']],
    ['app role for both', { grantKind: 'appRole', allowedMemberTypes: ['User', 'Application'] }, kinds],
    ['application permission of an API', { grantKind: 'appRole', allowedMemberTypes: ['User', 'Application'], isApiPermission: true }, ['servicePrincipal', 'agentIdentity']],
    ['delegated permission', { grantKind: 'delegated' }, ['servicePrincipal', 'agentIdentity']],
    ['membership', { grantKind: 'member' }, kinds],
    ['membership of a role-assignable group', { grantKind: 'member', isRoleAssignableGroup: true }, ['user', 'servicePrincipal']],
    ['ownership of a role-assignable group', { grantKind: 'owner', isRoleAssignableGroup: true }, ['user', 'servicePrincipal']],
    ['blocked own permission', { grantKind: 'appRole', allowedMemberTypes: ['User', 'Application'], ownApiPermission: { value: 'Directory.ReadWrite.All', kind: 'role' } }, ['user', 'servicePrincipal']],
    ['harmless own permission', { grantKind: 'appRole', allowedMemberTypes: ['Application'], ownApiPermission: { value: 'User.Read.All', kind: 'role' } }, ['servicePrincipal', 'agentIdentity']],
    ['permission blocked only as an application permission', { grantKind: 'delegated', ownApiPermission: { value: 'Calendars.Read', kind: 'scope' } }, ['servicePrincipal', 'agentIdentity']],
  ])('%s', (_name, role, expected) => {
    expect(holders(role)).toEqual(expected);
  });

  it('says why and what would mend it', () => {
    expect(canHold('user', { grantKind: 'delegated' })).toMatchObject({ code: 'usersCannotHoldApiPermissions', message: expect.stringContaining('Make a package') });
  });
});
