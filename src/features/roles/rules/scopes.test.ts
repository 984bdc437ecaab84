import { describe, expect, it } from 'vitest';
import type { Caller, EntitlementRole } from '../../../kernel/caller.ts';
import { directoryRole, entitlementRole } from '../model.ts';
import { kindOfPlace, kindOfScope, mayHandOut, neededForRole, readScopeName, reasonAgainstScope, scopeOf, type ScopePlace } from './scopes.ts';

const id = '0198f0a0-0000-7000-8000-00000000ABCD';
const lower = id.toLowerCase();

describe('the name of a scope', () => {
  it.each([
    ['/', {}, 'tenant'], [`/AccessPackageCatalog/${id}`, { catalogId: lower }, 'catalog'], [`/accesspackage/${id}`, { accessPackageId: lower }, 'accessPackage'],
    [`/ASSIGNMENTPOLICY/${id}`, { policyId: lower }, 'policy'], [`/Resource/${id}`, { resourceId: lower }, 'resource'],
  ] as const)('%s', (given, scope, kind) => {
    const read = readScopeName(given) ?? expect.unreachable();
    expect(read).toEqual({ catalogId: undefined, ...scope, appScopeId: read.appScopeId });
    expect(readScopeName(read.appScopeId)).toEqual(read);
    expect(scopeOf(read.appScopeId)).toEqual({ catalogId: undefined, ...scope });
    expect(kindOfScope(scopeOf(read.appScopeId))).toBe(kind);
  });

  it('is written one way', () => {
    expect(['/', `/accesspackagecatalog/${id}`, `/accessPackage/${id}`, `/assignmentPolicy/${id}`, `/resource/${id}`].map((name) => readScopeName(name)?.appScopeId))
      .toEqual(['/', `/AccessPackageCatalog/${lower}`, `/AccessPackage/${lower}`, `/AssignmentPolicy/${lower}`, `/Resource/${lower}`]);
  });

  it.each(['', '/x', `/Other/${id}`, '/AccessPackage/', '/AccessPackage/1', `AccessPackage/${id}`, `/AccessPackage/${id}/x`, `//AccessPackage/${id}`, `/constructor/${id}`])("'%s' is none", (given) => {
    expect(readScopeName(given)).toBeUndefined();
    expect(() => scopeOf(given)).toThrow('no scope');
  });

  it('of a directory role is none, and so the whole tenant', () => { expect(scopeOf(null)).toEqual({ catalogId: undefined }); });
});

describe('which role goes with what', () => {
  const on = { tenant: { catalogId: undefined }, catalog: { catalogId: 'C' }, package: { catalogId: undefined, accessPackageId: 'P' }, policy: { catalogId: undefined, policyId: 'Y' }, resource: { catalogId: undefined, resourceId: 'R' } } as const;
  it.each(Object.keys(entitlementRole) as readonly (keyof typeof entitlementRole)[])('%s', (role) => {
    const codes = Object.fromEntries(Object.entries(on).map(([name, scope]) => [name, reasonAgainstScope(entitlementRole[role], scope)?.code]));
    const creator = role === 'catalogCreator' ? 'tenantScopeOnly' : undefined;
    expect(codes).toEqual({ tenant: undefined, catalog: creator, package: creator, policy: creator, resource: role === 'assignmentManager' ? 'nothingToAssign' : creator });
  });
  it('is not asked of roles of the directory', () => { expect(reasonAgainstScope(directoryRole.globalAdministrator, on.tenant)).toBeUndefined(); });
});

type RoleName = keyof typeof entitlementRole;
const person = (roles: readonly EntitlementRole[] = [], directoryRoles: readonly string[] = [], permissions = ['EntitlementManagement.ReadWrite.All']): Caller => ({
  principalId: 'p', kind: 'user', displayName: 'x', clientAppId: 'c', isDelegated: true, permissions: new Set(permissions), directoryRoles: new Set(directoryRoles), entitlementRoles: roles,
});
const held = (role: RoleName, scope: Omit<EntitlementRole, 'roleDefinitionId'>): Caller => person([{ roleDefinitionId: entitlementRole[role], ...scope }]);
const tenant = { catalogId: undefined };
const callers = {
  owner: held('catalogOwner', { catalogId: 'C' }), everywhere: held('catalogOwner', tenant), otherOwner: held('catalogOwner', { catalogId: 'D' }), manager: held('accessPackageManager', { catalogId: 'C' }), managerEverywhere: held('accessPackageManager', tenant),
  keeper: held('accessPackageManager', { ...tenant, accessPackageId: 'P' }), packageOwner: held('catalogOwner', { ...tenant, accessPackageId: 'P' }), neighbour: held('accessPackageManager', { ...tenant, accessPackageId: 'Q' }),
  policyOwner: held('catalogOwner', { ...tenant, accessPackageId: 'P', policyId: 'Y' }), steward: held('catalogOwner', { ...tenant, resourceId: 'R' }), assigner: held('assignmentManager', { catalogId: 'C' }), reader: held('catalogReader', { catalogId: 'C' }),
  creator: held('catalogCreator', tenant), nobody: person(), global: person([], [directoryRole.globalAdministrator]), governance: person([], [directoryRole.identityGovernanceAdministrator]),
  application: { ...person(), kind: 'servicePrincipal', isDelegated: false }, powerless: { ...person([], [], []), kind: 'servicePrincipal', isDelegated: false },
} as const satisfies Readonly<Record<string, Caller>>;
type Who = keyof typeof callers;
const administrators: readonly Who[] = ['global', 'governance', 'application'];
const place = { catalog: { catalogId: 'C' }, accessPackage: { catalogId: 'C', accessPackageId: 'P' }, policy: { catalogId: 'C', accessPackageId: 'P', policyId: 'Y' }, resource: { catalogId: 'C', resourceId: 'R' } } as const;
const who = (role: string, at: ScopePlace | undefined): readonly string[] => Object.entries(callers).filter(([, caller]) => mayHandOut(caller, { provider: 'entitlementManagement', roleDefinitionId: role, place: at })).map(([name]) => name).toSorted();
const inCatalogs: readonly RoleName[] = ['catalogOwner', 'catalogReader', 'accessPackageManager', 'assignmentManager'];

describe('who hands out which role', () => {
  it('for the whole tenant: administrators', () => { for (const role of Object.values(entitlementRole)) expect(who(role, undefined)).toEqual(administrators.toSorted()); });
  it.each(inCatalogs)('%s, on a catalog: its owners too', (role) => { expect(who(entitlementRole[role], place.catalog)).toEqual([...administrators, 'owner', 'everywhere'].toSorted()); });
  it.each(inCatalogs)('%s, on a package or a policy: assignment managers by whoever manages the package, all of them by owners of the catalog', (role) => {
    const more: readonly Who[] = role === 'assignmentManager' ? ['manager', 'managerEverywhere', 'keeper', 'packageOwner'] : [];
    for (const at of [place.accessPackage, place.policy]) expect(who(entitlementRole[role], at)).toEqual([...administrators, 'owner', 'everywhere', ...more].toSorted());
  });
  it.each(inCatalogs.filter((role) => role !== 'assignmentManager'))('%s, on a resource: owners of its catalog too', (role) => { expect(who(entitlementRole[role], place.resource)).toEqual([...administrators, 'owner', 'everywhere'].toSorted()); });
  it.each(['catalogOwner', 'accessPackageManager'] as const)('%s, on an API: who could give its permissions away', (role) => {
    expect(who(entitlementRole[role], { ...place.resource, isApiOfCaller: false })).toEqual(['global']);
    expect(who(entitlementRole[role], { ...place.resource, isApiOfCaller: true })).toEqual([...administrators, 'owner', 'everywhere'].toSorted());
    const both = { ...callers.application, permissions: new Set(['EntitlementManagement.ReadWrite.All', 'RoleManagement.ReadWrite.Directory']) };
    expect(mayHandOut(both, { provider: 'entitlementManagement', roleDefinitionId: entitlementRole[role], place: { ...place.resource, isApiOfCaller: false } })).toBe(true);
  });
  it('to look at an API is less', () => { expect(who(entitlementRole.catalogReader, { ...place.resource, isApiOfCaller: false })).toEqual([...administrators, 'owner', 'everywhere'].toSorted()); });
  it('of the directory: with the permission for that, and for people as Global Administrator', () => {
    const give = (caller: Caller): boolean => mayHandOut(caller, { provider: 'directory', roleDefinitionId: directoryRole.globalReader, place: undefined });
    const permitted = ['RoleManagement.ReadWrite.Directory'];
    expect([give(person([], [directoryRole.globalAdministrator], permitted)), give(person([], [directoryRole.identityGovernanceAdministrator], permitted)), give(callers.global), give({ ...person([], [], permitted), isDelegated: false })]).toEqual([true, false, false, true]);
  });
});

describe('a refusal', () => {
  it.each(Object.entries(place).map(([name, at]) => [name, at] as const))('on a %s names who could', (kind, at) => {
    expect(kindOfPlace(at)).toBe(kind);
    const scope = { catalogId: kind === 'catalog' ? 'C' : undefined, ...(kind === 'catalog' ? {} : kind === 'accessPackage' ? { accessPackageId: 'P' } : kind === 'policy' ? { policyId: 'Y' } : { resourceId: 'R' }) };
    const said = neededForRole('entitlementManagement', entitlementRole.assignmentManager, scope);
    expect(said).toContain('Global or Identity Governance Administrator');
    expect(said).toContain('Catalog owner');
    expect(said.includes('whoever manages')).toBe(kind === 'accessPackage' || kind === 'policy');
    expect(neededForRole('entitlementManagement', entitlementRole.catalogReader, scope)).not.toContain('whoever manages');
  });
  it('on an API names its owner; of the tenant, administrators alone; of the directory, Global Administrators', () => {
    const scope = { catalogId: undefined, resourceId: 'R' };
    expect(neededForRole('entitlementManagement', entitlementRole.catalogOwner, scope)).toContain('who owns the API');
    expect(neededForRole('entitlementManagement', entitlementRole.catalogReader, scope)).not.toContain('owns the API');
    expect(neededForRole('entitlementManagement', entitlementRole.catalogReader, tenant)).not.toContain('Catalog owner');
    expect(neededForRole('directory', directoryRole.globalReader, tenant)).toContain('RoleManagement.ReadWrite.Directory');
  });
});
