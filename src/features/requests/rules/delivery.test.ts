import { describe, expect, it } from 'vitest';
import type { PackageRole } from '../model.ts';
import { planDelivery, whyNotHeld } from './delivery.ts';

const role: PackageRole = { kind: 'appRole', resourceId: 'api', permissionId: 'p', displayName: 'Orders.Read', isDeliverable: true, allowedMemberTypes: null, isRoleAssignableGroup: false, isApiPermission: false, ownValue: null };
const gone = { ...role, isDeliverable: false };
const forUsers = { ...role, allowedMemberTypes: ['User'] };

describe('what of a package is delivered', () => {
  it('is all, some or none of it, with why not', () => {
    expect(planDelivery([], 'user')).toEqual({ given: [], failures: [], outcome: 'all' });
    expect(planDelivery([role, forUsers], 'user')).toEqual({ given: [role, forUsers], failures: [], outcome: 'all' });
    expect(planDelivery([forUsers, role], 'servicePrincipal')).toMatchObject({ given: [role], failures: [{ code: 'memberTypeNotAllowed' }], outcome: 'some' });
    expect(planDelivery([gone], 'user')).toEqual({
      given: [], outcome: 'none',
      failures: [{ code: 'resourceGone', target: 'api', message: "'Orders.Read' cannot be given: its group, service principal or permission no longer exists. Restore it or take the role out of the package, then reprocess the request." }],
    });
    expect(planDelivery([{ ...gone, displayName: null }], 'user').failures[0]?.message).toContain("'api' cannot be given");
  });
});

describe('a role that cannot be held', () => {
  it.each<[string, Parameters<typeof whyNotHeld>[0], Partial<PackageRole>, string | undefined]>([
    ['any role', 'agentIdentity', {}, undefined],
    ['a role for others', 'agentIdentity', { allowedMemberTypes: ['User'] }, 'memberTypeNotAllowed'],
    ['an API permission', 'user', { isApiPermission: true }, 'usersCannotHoldApiPermissions'],
    ['a delegated permission', 'user', { kind: 'delegated' }, 'usersCannotHoldApiPermissions'],
    ['a group that carries roles', 'agentIdentity', { kind: 'member', isRoleAssignableGroup: true }, 'agentInRoleAssignableGroup'],
    ['a group that carries none', 'agentIdentity', { kind: 'member' }, undefined],
    ['a permission of this server that agents never have', 'agentIdentity', { ownValue: 'RoleManagement.ReadWrite.Directory' }, 'permissionBlockedForAgents'],
    ['the same as a scope', 'agentIdentity', { kind: 'delegated', ownValue: 'RoleManagement.ReadWrite.Directory' }, 'permissionBlockedForAgents'],
    ['a permission that agents have delegated only', 'agentIdentity', { ownValue: 'Calendars.Read' }, 'permissionBlockedForAgents'],
    ['a group beside it', 'agentIdentity', { kind: 'member', ownValue: 'Calendars.Read' }, 'permissionBlockedForAgents'],
    ['such a permission, delegated', 'agentIdentity', { kind: 'delegated', ownValue: 'Calendars.Read' }, undefined],
    ['the same for an application', 'servicePrincipal', { ownValue: 'RoleManagement.ReadWrite.Directory' }, undefined],
  ])('is %s', (...[, kind, more, code]) => { expect(whyNotHeld(kind, { ...role, ...more })?.code).toBe(code); });
});
