import { describe, expect, it } from 'vitest';
import type { Caller, EntitlementRole } from '../../kernel/caller.ts';
import { directoryRole, entitlementRole, selfRequest } from './model.ts';
import {
  canOverruleAdministrators, directoryReach, entitlementReach, governsEntitlement, hasReach, isPerson, isTenantWide, maySee, powersBeyond, reaches, reachesCatalog, reachesPackage, reasonsAgainstLosingAdministrator,
  reasonsAgainstOwnGain, reasonsAgainstRoleAssignment, type EntitlementNeed,
} from './rules.ts';

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

describe('why somebody cannot hold a role', () => {
  it('says all of it at once', () => {
    const line = (given: Parameters<typeof reasonsAgainstRoleAssignment>[0]) => reasonsAgainstRoleAssignment(given).map(({ code, target, message }) => `${code} ${target ?? ''}: ${message}`);
    expect(line({ provider: 'directory', roleDefinitionId: 'r', roleProvider: undefined, principalType: 'application', isAssignableToRole: false })).toEqual([
      'roleOfOtherProvider roleDefinitionId: The role r is not a role of directory. Choose one from its roleDefinitions.',
      'principalCannotHoldRoles principalId: An object of type application cannot hold roles. Choose a user, a group, a service principal or an agent identity.',
    ]);
    expect(line({ provider: 'directory', roleDefinitionId: directoryRole.globalAdministrator, roleProvider: 'directory', principalType: 'group', isAssignableToRole: false })).toEqual(['groupNotAssignableToRole principalId: Directory roles go only to groups that were created with isAssignableToRole true. Choose such a group.']);
    expect(line({ provider: 'entitlementManagement', roleDefinitionId: directoryRole.globalAdministrator, roleProvider: 'entitlementManagement', principalType: 'agentUser', isAssignableToRole: false })).toEqual(['privilegedRoleForAgent principalId: An agent never holds a privileged directory role. Choose a person, or give the agent an access package.']);
  });
});

const program = (...permissions: readonly string[]): Caller => person({ kind: 'servicePrincipal', isDelegated: false, permissions: new Set(permissions) });
const globalAdministrator = { directoryRoles: new Set([directoryRole.globalAdministrator]) };

describe('what is one\'s own', () => {
  const own = (caller: Caller) => needs.filter((need) => entitlementReach(caller, need).own);
  it('is reached by anybody with a right to read, write or ask, and by programs that ask for themselves', () => {
    for (const name of ['EntitlementManagement.Read.All', 'EntitlementManagement.ReadWrite.All', 'EntitlementMgmt-SubjectAccess.ReadWrite']) expect(own(person({ permissions: new Set([name]) }))).toEqual(needs);
    expect(own(person({ permissions: new Set([selfRequest]) }))).toEqual([]);
    expect([own(program('EntitlementManagement.ReadWrite.All')), own(program(selfRequest)), own(program('EntitlementMgmt-SubjectAccess.ReadWrite'))]).toEqual([needs, needs, []]);
    expect(own(program('EntitlementManagement.Read.All'))).toEqual(['readCatalog', 'readAssignments']);
    expect(entitlementReach(program(selfRequest), 'readCatalog')).toEqual({ all: false, catalogIds: [], accessPackageIds: [], policyIds: [], resourceIds: [], own: true });
  });

  it('is all for who administers, to read or to write', () => {
    const all = (caller: Caller) => needs.filter((need) => entitlementReach(caller, need).all);
    expect(all(person({ permissions: new Set(['EntitlementManagement.Read.All']), ...globalAdministrator }))).toEqual(['readCatalog', 'readAssignments']);
    expect(all(person(globalAdministrator))).toEqual(needs);
    expect(all(program('EntitlementManagement.Read.All'))).toEqual(['readCatalog', 'readAssignments']);
  });
});

describe('a person', () => {
  it('is a user who is signed in', () => {
    expect([isPerson(person()), isPerson(person({ kind: 'agentUser' })), isPerson(person({ isDelegated: false })), isPerson(program())]).toEqual([true, false, false, false]);
  });
});

describe('how far the directory is open', () => {
  const read = { permissions: ['User.Read.All', 'Directory.Read.All'] };
  const write = { permissions: ['Application.ReadWrite.All'], ownedPermissions: ['Application.ReadWrite.OwnedBy'], directoryRoles: [directoryRole.globalAdministrator, 'other'] };
  it.each<[string, Caller, Parameters<typeof directoryReach>[1], string]>([
    ['to a reader', person({ permissions: new Set(['Directory.Read.All']) }), read, 'all'], ['to nobody else', person(), read, 'none'],
    ['to a writer by right alone', person({ permissions: new Set(write.permissions) }), write, 'own'], ['to a writer by right and role', person({ permissions: new Set(write.permissions), directoryRoles: new Set(['other']) }), write, 'all'],
    ['to a role without the right', person(globalAdministrator), write, 'none'], ['to a program by right', program(...write.permissions), write, 'all'],
    ['to a program that owns', program('Application.ReadWrite.OwnedBy'), write, 'own'], ['to a program without', program('User.Read.All'), write, 'none'], ['to a person where no role is enough', person({ permissions: new Set(['a']), ...globalAdministrator }), { permissions: ['a'], directoryRoles: [] }, 'own'],
  ])('%s', (...[, caller, right, expected]) => { expect(directoryReach(caller, right)).toBe(expected); });
});

describe('who overrules administrators', () => {
  it.each<[boolean, Caller]>([
    [true, person(globalAdministrator)], [false, person()], [false, person({ permissions: new Set(['RoleManagement.ReadWrite.Directory']) })], [true, program('RoleManagement.ReadWrite.Directory')], [false, program('User.ReadWrite.All')],
  ])('%s', (expected, caller) => { expect(canOverruleAdministrators(caller)).toBe(expected); });
});

describe('powers that credentials would win', () => {
  const powers = { permissions: ['Mail.Read', 'RoleManagement.ReadWrite.Directory'], directoryRoles: ['admin'] };
  it.each<[string, Caller, readonly string[]]>([
    ['none for a Global Administrator', person(globalAdministrator), []], ['all for other people, whatever they may', person({ permissions: new Set(['AppRoleAssignment.ReadWrite.All', 'Mail.Read']) }), ['Mail.Read', 'RoleManagement.ReadWrite.Directory', 'admin']],
    ['none for a program that gives permissions', program('AppRoleAssignment.ReadWrite.All'), []], ['those that a program has not', program('Mail.Read'), ['RoleManagement.ReadWrite.Directory', 'admin']],
    ['no roles for a program that gives roles', program('RoleManagement.ReadWrite.Directory'), ['Mail.Read']],
  ])('%s', (_, caller, expected) => { expect(powersBeyond(caller, powers)).toEqual(expected); });
});

describe('what nobody may do to the rights of administrators', () => {
  it('is to leave the tenant without one', () => {
    expect([reasonsAgainstLosingAdministrator(['a', 'b'], 'a'), reasonsAgainstLosingAdministrator(['a'], 'b'), reasonsAgainstLosingAdministrator([], 'a')]).toEqual([[], [], []]);
    expect(reasonsAgainstLosingAdministrator(['a'], 'a')).toEqual([{ code: 'lastGlobalAdministrator', target: 'a', message: 'This is the last enabled user who is Global Administrator. Make another enabled user Global Administrator first.' }]);
  });

  it('is to make a right for a time one that stays', () => {
    expect([reasonsAgainstOwnGain({ isOwn: false, isStanding: false }), reasonsAgainstOwnGain({ isOwn: true, isStanding: true })]).toEqual([[], []]);
    expect(reasonsAgainstOwnGain({ isOwn: true, isStanding: false })).toEqual([{ code: 'ownRightEnds', target: 'principalId', message: 'Your own right to give this role is for a time only, so you cannot give it to yourself or to a group that you are in. Ask another administrator.' }]);
  });
});
