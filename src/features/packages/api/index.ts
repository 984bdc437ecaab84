/** What packages contribute to the service. */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import { col, instant, text } from '../../../platform/graph/declare.ts';
import type { Alias, Declaration, EntityType, Navigation, Visibility } from '../../../platform/graph/model.ts';
import { entitlementManagement } from '../../catalogs/api/catalogs.ts';
import { entitlementReach } from '../../roles/rules.ts';
import { roleScopeFromBody } from '../rules.ts';
import { accessPackage, type PackageHooks, requestableRows, visiblePackages } from './packages.ts';

export type { PackageHooks } from './packages.ts';

/** Roles of packages that the caller sees: of governed catalogs all, elsewhere where the package shows what it gives. */
function visibleRoles(caller: Caller, row: Alias): Visibility {
  const reach = entitlementReach(caller, 'readCatalog');
  const packages = visiblePackages(caller, 'vp');
  if (packages === 'all' || packages === 'none') return packages;
  const governed = reach.catalogIds.length === 0 ? sql`false` : sql`vp.catalog_id = any(${reach.catalogIds}::uuid[])`;
  return sql`exists (select 1 from access_packages vp where vp.id = ${col(row, 'access_package_id')} and (vp.is_role_scopes_visible or ${governed}) and ${packages})`;
}

const part = (to: string, column: string): Navigation =>
  ({ to, many: false, column, contained: true, join: (from, target) => sql`${col(target, 'id')} = ${col(from, column)}` });

/** Members of a body that name a role and its scope: `roleScopeFromBody` writes them, nothing answers them. */
const asked = { roleId: text({ writeOnly: true }), roleOriginId: text({ writeOnly: true }), originSystem: text({ writeOnly: true }), resourceId: text({ writeOnly: true }),
  resourceOriginId: text({ writeOnly: true }), scopeId: text({ writeOnly: true }), scopeOriginId: text({ writeOnly: true }) };

const accessPackageResourceRoleScope: EntityType = {
  name: 'accessPackageResourceRoleScope',
  table: 'package_roles',
  key: { column: 'id', type: 'text' },
  properties: { createdDateTime: instant({ column: 'created_at', readOnly: true }), ...asked },
  navigations: { role: part('accessPackageResourceRole', 'role_id'), scope: part('accessPackageResourceScope', 'scope_id') },
  beta: { rename: { role: 'accessPackageResourceRole', scope: 'accessPackageResourceScope' }, fromBody: roleScopeFromBody },
  visible: visibleRoles,
};

const availableAccessPackage: EntityType = {
  name: 'availableAccessPackage',
  table: 'access_packages',
  properties: { displayName: text({ readOnly: true }), description: text({ readOnly: true }) },
  navigations: {
    resourceRoleScopes: { to: 'accessPackageResourceRoleScope', many: true, join: (from, target) => sql`${col(target, 'access_package_id')} = ${col(from, 'id')}` },
  },
  // The end user's view; whoever reads the whole tenant sees it whole.
  visible: (caller, row) => {
    const { all, own } = entitlementReach(caller, 'readCatalog');
    if (all && !caller.isDelegated) return 'all';
    return own ? requestableRows(caller, row) : 'none';
  },
};

/** Packages with what later features hook into them. */
export const declarePackages = (hooks: PackageHooks): Declaration => ({
  types: [accessPackage(hooks), accessPackageResourceRoleScope, availableAccessPackage],
  roots: [
    { path: `${entitlementManagement}/accessPackages`, type: 'accessPackage' },
    { path: `${entitlementManagement}/availableAccessPackages`, type: 'availableAccessPackage' },
    { path: `${entitlementManagement}/resourceRoleScopes`, betaPath: `${entitlementManagement}/accessPackageResourceRoleScopes`, type: 'accessPackageResourceRoleScope' },
  ],
});
