import { describe, expect, it } from 'vitest';
import type { Caller, EntitlementRole } from '../../kernel/caller.ts';
import { directoryRole, entitlementRole } from './model.ts';
import { entitlementReach, governsEntitlement, hasReach, isTenantWide, maySee, reaches, reachesCatalog, reachesPackage, reasonsAgainstRoleAssignment, type EntitlementNeed } from './rules.ts';

type RoleName = keyof typeof entitlementRole;
type Scope = 'tenant' | 'catalog' | 'package' | 'policy' | 'resource';
const scopes: Readonly<Record<Scope, Omit<EntitlementRole, 'roleDefinitionId'>>> = {
  tenant: { catalogId: undefined }, catalog: { catalogId: 'C' }, package: { catalogId: undefined, accessPackageId: 'P' }, policy: { catalogId: undefined, accessPackageId: 'P', policyId: 'Y' }, resource: { catalogId: undefined, resourceId: 'R' },
};
const person = (more: Partial<Caller> = {}): Caller => ({
  principalId: 'p', kind: 'user', displayName: 'x', clientAppId: 'c', isDelegated: true, permissions: new Set(['EntitlementManagement.ReadWrite.All']), directoryRoles: new Set(), entitlementRoles: [], ...more,
});
const holding = (role: RoleName, scope: Scope, more: Partial<Caller> = {}): Caller => person({ entitlementRoles: [{ roleDefinitionId: entitlementRole[role], ...scopes[scope] }], ...more });

/** Places by what is asked about: the catalog as a whole, the package as a whole, what goes by one of its policies, a resource; and the neighbour of each. */
const places = {
  catalog: { catalogId: 'C' }, package: { catalogId: 'C', accessPackageId: 'P' }, policy: { catalogId: 'C', accessPackageId: 'P', policyId: 'Y' }, resource: { catalogId: 'C', resourceId: 'R' },
  otherCatalog: { catalogId: 'D' }, otherPackage: { catalogId: 'C', accessPackageId: 'Q' }, otherPolicy: { catalogId: 'C', accessPackageId: 'P', policyId: 'Z' }, otherResource: { catalogId: 'C', resourceId: 'S' },
} as const;
type PlaceName = keyof typeof places;

/** What a role on something reaches, when it satisfies the need at all. */
const reached: Readonly<Record<Scope, readonly PlaceName[]>> = {
  tenant: ['catalog', 'package', 'policy', 'resource', 'otherCatalog', 'otherPackage', 'otherPolicy', 'otherResource'],
  catalog: ['catalog', 'package', 'policy', 'resource', 'otherPackage', 'otherPolicy', 'otherResource'],
  package: ['package', 'policy', 'otherPolicy'],
  policy: ['policy'],
  resource: ['resource'],
};
/** Which roles satisfy which need. */
const satisfying: Readonly<Record<EntitlementNeed, readonly RoleName[]>> = {
  createCatalog: ['catalogCreator'], readCatalog: ['catalogOwner', 'catalogReader', 'accessPackageManager', 'assignmentManager'], manageCatalog: ['catalogOwner'], manageResource: ['catalogOwner'],
  giveResource: ['catalogOwner', 'accessPackageManager'], managePackages: ['catalogOwner', 'accessPackageManager'], readAssignments: ['catalogOwner', 'catalogReader', 'accessPackageManager', 'assignmentManager'],
  manageAssignments: ['catalogOwner', 'accessPackageManager', 'assignmentManager'],
};
const needs = Object.keys(satisfying) as readonly EntitlementNeed[];
const roleNames = Object.keys(entitlementRole) as readonly RoleName[];
const scopeNames = Object.keys(scopes) as readonly Scope[];
const placeNames = Object.keys(places) as readonly PlaceName[];

describe('how far a role reaches', () => {
  it.each(needs.flatMap((need) => scopeNames.map((scope) => [need, scope] as const)))('for %s, on a %s', (need, scope) => {
    for (const role of roleNames) {
      const caller = holding(role, scope);
      const does = placeNames.filter((name) => reaches(caller, need, places[name]));
      expect([role, does.toSorted()]).toEqual([role, satisfying[need].includes(role) ? reached[scope].toSorted() : []]);
      expect(reachesCatalog(caller, need, 'C')).toBe(does.includes('catalog'));
      expect(reachesPackage(caller, need, places.policy)).toBe(does.includes('policy'));
    }
  });

  it('says of what: a policy does not open its package', () => {
    const empty = { all: false, catalogIds: [], accessPackageIds: [], policyIds: [], resourceIds: [], own: true };
    expect(entitlementReach(holding('catalogReader', 'tenant'), 'readCatalog')).toEqual({ ...empty, all: true });
    expect(entitlementReach(holding('catalogReader', 'catalog'), 'readCatalog')).toEqual({ ...empty, catalogIds: ['C'] });
    expect(entitlementReach(holding('catalogReader', 'package'), 'readCatalog')).toEqual({ ...empty, accessPackageIds: ['P'] });
    expect(entitlementReach(holding('catalogReader', 'policy'), 'readCatalog')).toEqual({ ...empty, policyIds: ['Y'] });
    expect(entitlementReach(holding('catalogReader', 'resource'), 'readCatalog')).toEqual({ ...empty, resourceIds: ['R'] });
    expect(entitlementReach(holding('catalogReader', 'resource'), 'manageCatalog')).toEqual(empty);
  });

  it('is nothing at all without the permission in a person\'s token, and everything with it in an application\'s', () => {
    for (const scope of scopeNames) {
      expect(hasReach(entitlementReach(holding('catalogOwner', scope, { permissions: new Set(['EntitlementMgmt-SubjectAccess.ReadWrite']) }), 'readCatalog'))).toBe(false);
      expect(hasReach(entitlementReach(holding('catalogOwner', scope), 'manageCatalog'))).toBe(true);
      expect(hasReach(entitlementReach(holding('catalogOwner', scope), 'createCatalog'))).toBe(false);
    }
    expect(entitlementReach(person({ isDelegated: false, kind: 'servicePrincipal' }), 'manageCatalog').all).toBe(true);
    expect(entitlementReach(person({ directoryRoles: new Set([directoryRole.globalReader]) }), 'readCatalog').all).toBe(true);
    expect(entitlementReach(person({ directoryRoles: new Set([directoryRole.globalReader]) }), 'manageCatalog').all).toBe(false);
  });

  it('of a tenant-wide role is told from one that is on something', () => {
    expect(scopeNames.filter((scope) => isTenantWide(scopes[scope]))).toEqual(['tenant']);
    expect([scopes.package, scopes.policy, scopes.resource].map((scope) => isTenantWide(scope))).toEqual([false, false, false]);
    expect(isTenantWide({ catalogId: undefined, policyId: 'Y' })).toBe(false);
  });
});

describe('who may know that something is there', () => {
  it.each([
    ['tenant', placeNames], ['catalog', reached.catalog], ['package', reached.package], ['policy', ['package', 'policy']], ['resource', ['resource']],
  ] as const)('by a role on a %s', (scope, seen) => {
    for (const role of roleNames.filter((name) => name !== 'catalogCreator')) expect([role, placeNames.filter((name) => maySee(holding(role, scope), places[name])).toSorted()]).toEqual([role, seen.toSorted()]);
    expect(placeNames.filter((name) => maySee(holding('catalogCreator', scope), places[name]))).toEqual([]);
    expect(placeNames.filter((name) => maySee(holding('catalogOwner', scope, { permissions: new Set() }), places[name]))).toEqual([]);
  });
});

describe('who governs the whole of entitlement management', () => {
  it.each([
    [true, person({ directoryRoles: new Set([directoryRole.globalAdministrator]) })], [true, person({ directoryRoles: new Set([directoryRole.identityGovernanceAdministrator]) })],
    [false, person({ directoryRoles: new Set([directoryRole.globalReader]) })], [false, person({ directoryRoles: new Set([directoryRole.globalAdministrator]), permissions: new Set(['EntitlementManagement.Read.All']) })],
    [false, holding('catalogOwner', 'tenant')], [true, person({ isDelegated: false, kind: 'servicePrincipal' })], [false, person({ isDelegated: false, kind: 'servicePrincipal', permissions: new Set() })],
  ])('%s', (expected, caller) => { expect(governsEntitlement(caller)).toBe(expected); });
});

describe('who can hold a role', () => {
  const fits = { provider: 'entitlementManagement', roleDefinitionId: entitlementRole.catalogOwner, roleProvider: 'entitlementManagement', principalType: 'user', isAssignableToRole: false } as const;
  const codes = (more: object): readonly string[] => reasonsAgainstRoleAssignment({ ...fits, ...more }).map(({ code }) => code);

  it('people, groups, workloads and agents; agents no privileged role of the directory', () => {
    for (const principalType of ['user', 'agentUser', 'group', 'servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal']) expect(codes({ principalType })).toEqual([]);
    for (const principalType of ['application', undefined]) expect(codes({ principalType })).toEqual(['principalCannotHoldRoles']);
    const directory = { provider: 'directory', roleProvider: 'directory', roleDefinitionId: directoryRole.globalAdministrator } as const;
    expect(codes({ roleProvider: 'directory' })).toEqual(['roleOfOtherProvider']);
    expect(codes({ ...directory, principalType: 'group' })).toEqual(['groupNotAssignableToRole']);
    expect(codes({ ...directory, principalType: 'group', isAssignableToRole: true })).toEqual([]);
    for (const principalType of ['agentIdentity', 'agentUser']) expect([codes({ ...directory, principalType }), codes({ ...directory, principalType, roleDefinitionId: directoryRole.globalReader })]).toEqual([['privilegedRoleForAgent'], []]);
  });
});
