/** What packages contribute to the service. */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import { col, instant, text } from '../../../platform/graph/declare.ts';
import type { Alias, Declaration, EntityType, Navigation, Visibility } from '../../../platform/graph/model.ts';
import { entitlementManagement } from '../../catalogs/api/catalogs.ts';
import { entitlementReach } from '../../roles/rules.ts';
import { isSeenPackageRole } from '../../roles/store/reach.ts';
import { roleScopeFromBody } from '../rules.ts';
import { accessPackage, isOwnPackage, type PackageHooks, requestableRows } from './packages.ts';

export type { PackageHooks } from './packages.ts';

/** Roles of packages that the caller sees: of those that it reads by a role, and elsewhere where the package shows what it gives. */
function visibleRoles(caller: Caller, row: Alias): Visibility {
  const reach = entitlementReach(caller, 'readCatalog');
  const governed = isSeenPackageRole(reach, { packageId: col(row, 'access_package_id'), resourceId: col(row, 'resource_id') });
  if (governed === 'all' || !reach.own) return governed;
  const own = sql`${col(row, 'access_package_id')} = any(array(select vp.id from access_packages vp where vp.is_role_scopes_visible and ${isOwnPackage(caller, 'vp')}))`;
  return governed === 'none' ? own : sql`(${governed} or ${own})`;
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
