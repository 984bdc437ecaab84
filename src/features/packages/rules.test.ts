import { describe, expect, it } from 'vitest';
import { callerWith, personWith } from '../../../test/support/graph-work.ts';
import { permissionsThat, rolesThat } from '../../../test/support/rights.ts';
import { directoryOrigins } from '../catalogs/model.ts';
import { directoryRole, ownApiAppId, ownPermissions } from '../roles/model.ts';
import type { OfferedRole } from './model.ts';
import { heldRole, packageFromBody, readAskedRole, refuseAutomatic, refuseGiving, refusePromise, roleScopeFromBody } from './rules.ts';

const offered = (more: Partial<OfferedRole> = {}): OfferedRole => ({
  roleId: 'r', scopeId: 's', resourceId: 'x', originSystem: 'AadApplication', originId: 'o', displayName: 'Orders.Read', grantKind: 'appRole', permissionId: 'p', directoryObjectId: 'd', appId: 'some-app',
  allowedMemberTypes: null, isRoleAssignableGroup: false, ...more,
});
const everyPermission = ownPermissions.map(([name]) => name);

describe('a role, as holding asks for it', () => {
  const plain = { grantKind: 'appRole', isRoleAssignableGroup: false, isApiPermission: false };
  it.each<[string, Partial<OfferedRole>, object]>([
    ['of an application, for anybody', {}, plain],
    ['of an application, for some', { allowedMemberTypes: ['User'] }, { ...plain, allowedMemberTypes: ['User'] }],
    ['of an application, for nobody', { allowedMemberTypes: [] }, { ...plain, allowedMemberTypes: [] }],
    ['of a group', { originSystem: 'AadGroup', grantKind: 'member', appId: null, isRoleAssignableGroup: true }, { ...plain, grantKind: 'member', isRoleAssignableGroup: true }],
    ['of an API', { originSystem: 'OAuthApplication' }, { ...plain, isApiPermission: true }],
    ['of our own API', { appId: ownApiAppId }, { ...plain, ownApiPermission: { value: 'Orders.Read', kind: 'role' } }],
    ['of our own API, delegated', { appId: ownApiAppId, grantKind: 'delegated', originSystem: 'OAuthApplication' }, { ...plain, grantKind: 'delegated', isApiPermission: true, ownApiPermission: { value: 'Orders.Read', kind: 'scope' } }],
  ])('%s', (_, more, held) => { expect(heldRole(offered(more))).toEqual(held); });
});

describe('what a package promises', () => {
  it('is held by each kind that a policy names, or refused with the role that it is about', () => {
    const forUsers = offered({ allowedMemberTypes: ['User'] });
    const blocked = offered({ displayName: 'Directory.ReadWrite.All', appId: ownApiAppId });
    expect(refusePromise(['user'], [forUsers, offered()])).toEqual([]);
    expect(refusePromise([], [forUsers, blocked])).toEqual([]);
    expect(refusePromise(['user', 'servicePrincipal', 'agentIdentity'], [forUsers, blocked]).map(({ code, target }) => [code, target])).toEqual([
      ['memberTypeNotAllowed', 'Orders.Read'], ['memberTypeNotAllowed', 'Orders.Read'], ['permissionBlockedForAgents', 'Directory.ReadWrite.All'],
    ]);
    expect(refusePromise(['servicePrincipal'], [forUsers])[0]?.message).toMatch(/^Role 'Orders\.Read': A service principal cannot hold this app role: /);
  });

  it('is about what the reason is about, where that is something else than the role', () => {
    expect(refusePromise(['agentUser'], [offered({ displayName: 'Sites.Read.All', appId: ownApiAppId })])).toMatchObject([{ target: 'Sites.Read.All' }]);
  });
});

describe('API permissions and policies that assign by themselves', () => {
  const [byHand, byRule] = [{ policyName: 'By hand', isAutomatic: false }, { policyName: 'By rule', isAutomatic: true }];
  const api = offered({ originSystem: 'OAuthApplication' });

  it('do not go together', () => {
    expect(refuseAutomatic(api, [byHand, byRule, { policyName: 'Another', isAutomatic: true }])).toEqual({
      code: 'automaticInPrivilegedCatalog', target: 'role',
      message: "'Orders.Read' is an API permission, and policy 'By rule' of the access package assigns by itself. Take the policy away, or offer the permission in another access package.",
    });
  });
  it('do not meet elsewhere', () => {
    expect(refuseAutomatic(api, [byHand])).toBeUndefined();
    expect(refuseAutomatic(api, [])).toBeUndefined();
    expect(refuseAutomatic(offered(), [byRule])).toBeUndefined();
  });
});

describe('who may give a role away', () => {
  it.each(directoryOrigins)('a permission of our own API is given by a Global Administrator or an application that makes them, whatever else they own: as %s', (originSystem) => {
    const own = offered({ appId: ownApiAppId, originSystem });
    expect(rolesThat((role) => refuseGiving(personWith('p', everyPermission, [role]), own, true) === undefined)).toEqual(['globalAdministrator']);
    expect(permissionsThat((name) => refuseGiving(callerWith([name], { directoryRoles: new Set(Object.values(directoryRole)) }), own, true) === undefined)).toEqual(['AppRoleAssignment.ReadWrite.All']);
    expect(refuseGiving(personWith('p', []), own, true)).toEqual({
      code: 'ownApiNotYours', target: 'Orders.Read',
      message: "'Orders.Read' is a permission of this server's own API. Only a Global Administrator, or an application with AppRoleAssignment.ReadWrite.All, puts it in a package.",
    });
  });

  it('a permission of another API is given by who owns it, or governs them all', () => {
    const api = offered({ originSystem: 'OAuthApplication' });
    expect(refuseGiving(personWith('p', []), api, true)).toBeUndefined();
    expect(rolesThat((role) => refuseGiving(personWith('p', everyPermission, [role]), api, false) === undefined)).toEqual(['globalAdministrator']);
    expect(permissionsThat((name) => refuseGiving(callerWith([name]), api, false) === undefined)).toEqual(['EntitlementManagement.ReadWrite.All']);
    expect(refuseGiving(personWith('p', []), api, false)).toEqual({
      code: 'apiNotYours', target: 'Orders.Read', message: "'Orders.Read' is a permission of an API that you do not own. Own the API's application, or be Global Administrator.",
    });
  });

  it('whatever else is in the catalog may be given by whoever manages packages', () => {
    expect(refuseGiving(personWith('p', []), offered(), false)).toBeUndefined();
    expect(refuseGiving(personWith('p', []), offered({ originSystem: 'AadGroup', appId: null }), false)).toBeUndefined();
  });
});

describe('the body of a package, in either version', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['names its catalog as v1.0 does', { displayName: 'P', catalog: { id: 'c', displayName: 'dropped' } }, { displayName: 'P', catalog: { id: 'c' } }],
    ['names its catalog as beta does', { displayName: 'P', catalogId: 'c' }, { displayName: 'P', catalog: { id: 'c' } }],
    ['has its catalog embedded as beta does', { displayName: 'P', accessPackageCatalog: { id: 'c' } }, { displayName: 'P', catalog: { id: 'c' } }],
    ['means its catalogId where it sends the catalog back, too', { catalogId: 'c', accessPackageCatalog: { id: 'other' }, catalog: { id: 'third' } }, { catalog: { id: 'c' } }],
    ["means v1.0's catalog before beta's", { catalog: { id: 'c' }, accessPackageCatalog: { id: 'other' } }, { catalog: { id: 'c' } }],
    ['names no catalog by one without id', { displayName: 'P', accessPackageCatalog: { displayName: 'x' } }, { displayName: 'P' }],
    ['names no catalog by what is none', { displayName: 'P', accessPackageCatalog: 'c' }, { displayName: 'P' }],
  ])('%s', (_, body, read) => { expect(packageFromBody(body)).toEqual(read); });

  it.each([[{ displayName: 'P' }], [{ displayName: 'P', catalog: 'c' }], [{ catalog: null }]])('is left for the check of bodies where it names none, or something else: %j', (body) => {
    expect(packageFromBody(body)).toBe(body);
  });
});

describe('the role that a body names', () => {
  it('is named by ids and origins of the role, its scope and its resource, in either version', () => {
    const resource = { id: 'X', originId: 'xo', originSystem: 'AadGroup' };
    const flat = { kept: 1, roleId: 'R', roleOriginId: 'ro', originSystem: 'AadGroup', resourceId: 'X', resourceOriginId: 'xo', scopeId: 'S', scopeOriginId: 'so' };
    const scope = { id: 'S', originId: 'so' };
    expect(roleScopeFromBody({ kept: 1, role: { id: 'R', originId: 'ro', resource }, scope })).toEqual(flat);
    expect(roleScopeFromBody({ kept: 1, accessPackageResourceRole: { id: 'R', originId: 'ro', accessPackageResource: resource }, accessPackageResourceScope: scope })).toEqual(flat);
  });

  it.each([
    [{ role: { originSystem: 'a' }, scope: { originSystem: 'b' } }, { originSystem: 'a' }],
    [{ role: { resource: { originSystem: 'c' } }, scope: { originSystem: 'b' } }, { originSystem: 'b' }],
    [{ role: { id: null, originId: 'ro', displayName: 'dropped' }, scope: {} }, { roleOriginId: 'ro' }],
    [{ role: 'r', scope: 7 }, {}], [{}, {}],
  ])('holds what is said, the nearest origin first: %j', (body, flat) => { expect(roleScopeFromBody(body)).toStrictEqual(flat); });

  it('is read with ids in lower case, and with origins as they are', () => {
    expect(readAskedRole({ roleId: 'R', roleOriginId: 'RO', originSystem: 'AadGroup', resourceId: 'X', resourceOriginId: 'XO', scopeId: 'S', scopeOriginId: 'SO' }))
      .toEqual({ roleId: 'r', roleOriginId: 'RO', originSystem: 'AadGroup', resourceId: 'x', resourceOriginId: 'XO', scopeId: 's', scopeOriginId: 'SO' });
    expect(readAskedRole({})).toEqual({ roleId: undefined, roleOriginId: undefined, originSystem: undefined, resourceId: undefined, resourceOriginId: undefined, scopeId: undefined, scopeOriginId: undefined });
  });
});
