import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../kernel/caller.ts';
import { callerWith, personWith } from '../../../test/support/graph-work.ts';
import { permissionsThat, rolesThat } from '../../../test/support/rights.ts';
import { directoryRole, entitlementRole, ownApiAppId, ownPermissions } from '../roles/model.ts';
import { directoryOrigins, type DirectoryOrigin, type OriginObject, originSystems } from './model.ts';
import {
  decideReach, isPrivilegedOrigin, mayChangePrivileged, mayGovernAnyApi, mayGovernOwnApi, refusePrivileged, refuseResource,
} from './rules.ts';

const caller = (more: Partial<Caller>): Caller => ({
  principalId: 'p', kind: 'user', displayName: 'x', clientAppId: 'c', isDelegated: true, permissions: new Set(), directoryRoles: new Set(), entitlementRoles: [], ...more,
});
const everyPermission = ownPermissions.map(([name]) => name);
const { globalAdministrator, privilegedRoleAdministrator, identityGovernanceAdministrator } = directoryRole;

describe('privileged catalogs', () => {
  it('are changed by people with the right roles, whatever else they or their client hold', () => {
    fc.assert(fc.property(fc.subarray(Object.values(directoryRole)), fc.subarray(['EntitlementManagement.ReadWrite.All', 'RoleManagement.ReadWrite.Directory', 'Directory.ReadWrite.All']), (roles, permissions) => {
      const held = new Set<string>(roles);
      const expected = held.has(globalAdministrator) || (held.has(privilegedRoleAdministrator) && held.has(identityGovernanceAdministrator));
      expect(mayChangePrivileged(caller({ directoryRoles: held, permissions: new Set(permissions) }))).toBe(expected);
    }));
  });

  it('are changed by applications with both permissions, whatever roles they hold', () => {
    fc.assert(fc.property(fc.subarray(Object.values(directoryRole)), fc.subarray(['EntitlementManagement.ReadWrite.All', 'RoleManagement.ReadWrite.Directory', 'Directory.ReadWrite.All']), (roles, permissions) => {
      const expected = permissions.includes('EntitlementManagement.ReadWrite.All') && permissions.includes('RoleManagement.ReadWrite.Directory');
      expect(mayChangePrivileged(caller({ kind: 'servicePrincipal', isDelegated: false, directoryRoles: new Set(roles), permissions: new Set(permissions) }))).toBe(expected);
    }));
  });

  it('say to each who could', () => {
    const said = (who: string) => ({
      code: 'catalogIsPrivileged', target: 'privilegeLevel',
      message: `A catalog with API permissions is privileged: the catalog, its resources, access packages, roles and policies are changed ${who}. Ask one of them. Requests and assignments stay with those who manage assignments.`,
    });
    expect(refusePrivileged(caller({}))).toEqual(said('by a Global Administrator, or by a Privileged Role Administrator who is Identity Governance Administrator too'));
    expect(refusePrivileged(caller({ isDelegated: false }))).toEqual(said('by applications with EntitlementManagement.ReadWrite.All and RoleManagement.ReadWrite.Directory'));
    expect(refusePrivileged(caller({ directoryRoles: new Set([globalAdministrator]) }))).toBeUndefined();
  });

  it('are those with resources that are APIs', () => {
    expect([...originSystems, undefined].filter(isPrivilegedOrigin)).toEqual(['OAuthApplication']);
  });
});

describe('what a caller may do with one catalog', () => {
  it('is nothing that it could not know of', () => {
    const reader = personWith('p', ['EntitlementManagement.ReadWrite.All']);
    const held = (roleDefinitionId: string) => ({ ...reader, entitlementRoles: [{ roleDefinitionId, catalogId: 'c' }] });
    const place = { catalogId: 'c' };
    expect(decideReach(held(entitlementRole.catalogOwner), 'manageCatalog', place)).toBe('allowed');
    expect(decideReach(held(entitlementRole.catalogReader), 'manageCatalog', place)).toBe('forbidden');
    expect(decideReach(held(entitlementRole.catalogOwner), 'manageCatalog', { catalogId: 'other' })).toBe('unknown');
    expect(decideReach(reader, 'manageCatalog', place)).toBe('unknown');
  });
});

describe('permissions of APIs', () => {
  it('are governed, of any API, by Global Administrators and by applications with the permission', () => {
    expect(rolesThat((role) => mayGovernAnyApi(personWith('p', everyPermission, [role])))).toEqual(['globalAdministrator']);
    expect(permissionsThat((name) => mayGovernAnyApi(callerWith([name], { directoryRoles: new Set(Object.values(directoryRole)) })))).toEqual(['EntitlementManagement.ReadWrite.All']);
  });
  it('are governed, of their own API, by people who act themselves, but for our own', () => {
    expect(mayGovernOwnApi(caller({}), 'orders-app')).toBe(true);
    for (const other of [caller({ isDelegated: false }), caller({ kind: 'agentUser' }), caller({ kind: 'servicePrincipal', isDelegated: false })]) expect(mayGovernOwnApi(other, 'orders-app')).toBe(false);
    for (const appId of [ownApiAppId, ownApiAppId.toUpperCase()]) expect(mayGovernOwnApi(caller({}), appId)).toBe(false);
  });
});

describe('who puts a resource into a catalog', () => {
  const object: OriginObject = { id: 'o', displayName: 'Orders', description: null, isRoleAssignable: false, isOwnedByCaller: false, isSeenByCaller: true };
  const allRoles = new Set(Object.values(directoryRole));
  const people = (origin: DirectoryOrigin, of = object) => rolesThat((role) => refuseResource(personWith('p', everyPermission, [role]), origin, of) === undefined);
  const applications = (origin: DirectoryOrigin, of = object) => permissionsThat((name) => refuseResource(callerWith([name], { directoryRoles: allRoles }), origin, of) === undefined);

  it('is whoever owns it', () => {
    for (const origin of directoryOrigins) expect(refuseResource(caller({}), origin, { ...object, isOwnedByCaller: true, isRoleAssignable: true })).toBeUndefined();
  });
  it('are administrators, and applications with a permission for its kind', () => {
    expect([people('AadGroup'), applications('AadGroup')]).toEqual([['globalAdministrator', 'identityGovernanceAdministrator'], ['Directory.ReadWrite.All', 'Group.ReadWrite.All']]);
    expect([people('AadApplication'), applications('AadApplication')]).toEqual([['globalAdministrator', 'identityGovernanceAdministrator', 'applicationAdministrator'], ['EntitlementManagement.ReadWrite.All']]);
    expect([people('OAuthApplication'), applications('OAuthApplication')]).toEqual([['globalAdministrator'], ['EntitlementManagement.ReadWrite.All']]);
  });
  it('are fewer where a group carries directory roles', () => {
    const assignable = { ...object, isRoleAssignable: true };
    expect([people('AadGroup', assignable), applications('AadGroup', assignable)]).toEqual([['globalAdministrator'], ['RoleManagement.ReadWrite.Directory']]);
  });
  it.each<[DirectoryOrigin, string]>([
    ['AadGroup', 'own the group, be Global or Identity Governance Administrator, or use an application with Group.ReadWrite.All. A role-assignable group takes its owner or a Global Administrator.'],
    ['AadApplication', 'own the application, or be Global, Identity Governance or Application Administrator.'], ['OAuthApplication', "own the API's application, or be Global Administrator."],
  ])('is told to others: %s', (origin, mend) => {
    expect(refuseResource(caller({}), origin, object)).toEqual({ code: 'resourceNotYours', target: 'originId', message: `'Orders' is not yours to give away: ${mend}` });
  });
});
