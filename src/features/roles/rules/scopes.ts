/**
 * What a role of entitlement management applies to, which role goes with what, and who may hand it out (decision 0011): one
 * table each. Pure.
 */
import type { Caller } from '../../../kernel/caller.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { directoryRole, entitlementRole, type RoleProvider, type RoleScope } from '../model.ts';
import { directoryReach, governsEntitlement, hasDirectoryRole, hasPermission, isTenantWide, type Place, reaches } from '../rules.ts';

/** What a role applies to. */
export type ScopeKind = 'tenant' | 'catalog' | 'accessPackage' | 'policy' | 'resource';

const names = { AccessPackageCatalog: 'catalogId', AccessPackage: 'accessPackageId', AssignmentPolicy: 'policyId', Resource: 'resourceId' } as const satisfies Readonly<Record<string, keyof RoleScope>>;
const pattern = /^\/(\w+)\/([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/i;
const nameIn = (word: string | undefined): keyof typeof names | undefined => Object.keys(names).find((name): name is keyof typeof names => name.toLowerCase() === word?.toLowerCase());

/** A scope by its name, in whatever letter case; undefined when the name is none. */
export function readScopeName(given: string): (RoleScope & { readonly appScopeId: string }) | undefined {
  if (given === '/') return { appScopeId: '/', catalogId: undefined };
  const [, word, id = ''] = pattern.exec(given) ?? [];
  const name = nameIn(word);
  return name === undefined ? undefined : { catalogId: undefined, [names[name]]: id.toLowerCase(), appScopeId: `/${name}/${id.toLowerCase()}` };
}

/** What a scope that is stored applies to; null: a directory role. */
export function scopeOf(appScopeId: string | null): RoleScope {
  const scope = readScopeName(appScopeId ?? '/');
  if (scope === undefined) throw new Error(`'${appScopeId ?? ''}' is no scope of a role`);
  const { appScopeId: _, ...rest } = scope;
  return rest;
}

/** Of which kind a scope is. */
export function kindOfScope(scope: RoleScope): ScopeKind {
  if (isTenantWide(scope)) return 'tenant';
  if (scope.catalogId !== undefined) return 'catalog';
  return scope.policyId !== undefined ? 'policy' : scope.resourceId !== undefined ? 'resource' : 'accessPackage';
}

const { catalogCreator, catalogOwner, catalogReader, accessPackageManager, assignmentManager } = entitlementRole;
const inCatalogs = [catalogOwner, catalogReader, accessPackageManager, assignmentManager];

/** Which roles go with what. */
export const rolesWithScope: Readonly<Record<ScopeKind, readonly string[]>> = {
  tenant: [catalogCreator, ...inCatalogs],
  catalog: inCatalogs,
  accessPackage: inCatalogs,
  policy: inCatalogs,
  resource: [catalogOwner, catalogReader, accessPackageManager],
};

/** Why a role cannot apply to something; undefined when it can. Roles of the directory have no such scope. */
export function reasonAgainstScope(roleDefinitionId: string, scope: RoleScope): Reason | undefined {
  if (!rolesWithScope.tenant.includes(roleDefinitionId) || rolesWithScope[kindOfScope(scope)].includes(roleDefinitionId)) return undefined;
  return roleDefinitionId === catalogCreator
    ? { code: 'tenantScopeOnly', target: 'appScopeId', message: "Catalog creator applies to the whole tenant: what is not made yet is in no catalog. Send appScopeId '/'." }
    : { code: 'nothingToAssign', target: 'appScopeId', message: 'A resource has no assignments to manage. Name the access package or the policy that gives it, or a catalog.' };
}

/** Where the thing stands that a role applies to, as far as who may give it depends on that. */
export interface ScopePlace extends Place {
  /** Only of API permissions: whether the caller owns the API's application. */
  readonly isApiOfCaller?: boolean | undefined;
}

/** A role that is about to be given or taken. `place` is undefined for the whole tenant, and for what does not exist. */
export interface HandedRole {
  readonly provider: RoleProvider;
  readonly roleDefinitionId: string;
  readonly place: ScopePlace | undefined;
}

/** Who hands out which role on what, besides administrators: owners of the catalog, and whoever manages the package. */
const handedOut: Readonly<Record<Exclude<ScopeKind, 'tenant'>, { readonly byCatalogOwner: readonly string[]; readonly byPackageManager: readonly string[] }>> = {
  catalog: { byCatalogOwner: inCatalogs, byPackageManager: [] },
  accessPackage: { byCatalogOwner: inCatalogs, byPackageManager: [assignmentManager] },
  policy: { byCatalogOwner: inCatalogs, byPackageManager: [assignmentManager] },
  resource: { byCatalogOwner: rolesWithScope.resource, byPackageManager: [] },
};

/** Whether the caller may give or take a role: nobody hands out more than they hold. */
export function mayHandOut(caller: Caller, { provider, roleDefinitionId, place }: HandedRole): boolean {
  if (provider === 'directory') return directoryReach(caller, { permissions: ['RoleManagement.ReadWrite.Directory'], directoryRoles: [directoryRole.globalAdministrator] }) === 'all';
  if (place?.isApiOfCaller === false && roleDefinitionId !== catalogReader && !mayGiveAnyApi(caller)) return false;
  if (governsEntitlement(caller)) return true;
  if (place === undefined) return false;
  const kind = kindOfPlace(place);
  const { catalogId, accessPackageId } = place;
  return (handedOut[kind].byCatalogOwner.includes(roleDefinitionId) && reaches(caller, 'manageCatalog', { catalogId }))
    || (handedOut[kind].byPackageManager.includes(roleDefinitionId) && reaches(caller, 'managePackages', { catalogId, accessPackageId }));
}

/** A role on an API gives the API's permissions away: whoever hands it out could do that itself (decisions 0005 and 0012). */
const mayGiveAnyApi = (caller: Caller): boolean => caller.isDelegated
  ? hasDirectoryRole(caller, directoryRole.globalAdministrator)
  : hasPermission(caller, 'EntitlementManagement.ReadWrite.All') && hasPermission(caller, 'RoleManagement.ReadWrite.Directory');

/** Of which kind the thing at a place is. */
export const kindOfPlace = ({ accessPackageId, policyId, resourceId }: Place): Exclude<ScopeKind, 'tenant'> =>
  policyId !== undefined ? 'policy' : resourceId !== undefined ? 'resource' : accessPackageId !== undefined ? 'accessPackage' : 'catalog';

const administrators = 'a Global or Identity Governance Administrator';
const whoCould: Readonly<Record<ScopeKind, (roleDefinitionId: string) => string>> = {
  tenant: () => administrators,
  catalog: () => `${administrators}, or a Catalog owner of the catalog`,
  accessPackage: (role) => `${administrators}, or a Catalog owner of its catalog${role === assignmentManager ? ', or whoever manages the access package' : ''}`,
  policy: (role) => `${administrators}, or a Catalog owner of its catalog${role === assignmentManager ? ', or whoever manages its access package' : ''}`,
  resource: (role) => (role === catalogReader ? `${administrators}, or a Catalog owner of its catalog` : `${administrators}, or a Catalog owner of its catalog; of API permissions a Global Administrator, or a Catalog owner who owns the API`),
};

/** Who could give or take a role, in a sentence. */
export const neededForRole = (provider: RoleProvider, roleDefinitionId: string, scope: RoleScope): string => (provider === 'directory'
  ? 'Changing directory roles needs RoleManagement.ReadWrite.Directory, and for a person also the role Global Administrator.'
  : `You may not give or take this role here. Ask ${whoCould[kindOfScope(scope)](roleDefinitionId)}. For a person it takes EntitlementManagement.ReadWrite.All in the token, too.`);
