/** Which roles a caller sees, and which it may give and take, as conditions on rows. */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import { col } from '../../../platform/graph/declare.ts';
import type { Alias, Sql, Visibility } from '../../../platform/graph/model.ts';
import { directoryRole, entitlementRole } from '../model.ts';
import { directoryReach, entitlementReach, governsEntitlement, hasDirectoryRole, hasPermission, hasReach } from '../rules.ts';
import { mayHandOut } from '../rules/scopes.ts';
import { isFound, rolesWithin } from './scopes.ts';

/** Any of these reads roles of the directory. */
export const readsDirectoryRoles = ['RoleManagement.Read.All', 'RoleManagement.Read.Directory', 'RoleManagement.ReadWrite.Directory', 'Directory.Read.All', 'Directory.ReadWrite.All'] as const;
/** Any of these reads roles of entitlement management. */
export const readsEntitlementRoles = ['RoleManagement.Read.All', 'EntitlementManagement.Read.All', 'EntitlementManagement.ReadWrite.All'] as const;
const readers = [directoryRole.globalAdministrator, directoryRole.identityGovernanceAdministrator, directoryRole.globalReader] as const;

/** Administrators see all, whoever reads something by a role those on it and on what is inside, everybody with a right to look at all their own. */
export function visibleRoles(caller: Caller, row: Alias): Visibility {
  return visibleIn(caller, row, { table: 'role_schedules' });
}

/**
 * As {@link visibleRoles}, for rows of a table with the same columns, and besides those that the caller put there where `by` names
 * the column for that. What is the caller's is looked up by its indexes first: few rows of many.
 */
export function visibleIn(caller: Caller, row: Alias, { table, by }: { readonly table: string; readonly by?: string }): Visibility {
  const isReader = !caller.isDelegated || hasDirectoryRole(caller, ...readers);
  const directory = isReader && directoryReach(caller, { permissions: readsDirectoryRoles }) === 'all';
  const reach = entitlementReach(caller, 'readCatalog');
  const entitlement = reach.all || (isReader && hasPermission(caller, 'RoleManagement.Read.All'));
  if (directory && entitlement) return 'all';
  const mayLook = reach.own || hasReach(reach) || hasPermission(caller, ...readsDirectoryRoles, ...readsEntitlementRoles);
  if (!mayLook) return 'none';
  const where = [sql`x.principal_id = ${caller.principalId}`, ...(by === undefined ? [] : [sql`${col('x', by)} = ${caller.principalId}`])];
  const own = [...where.map((condition) => sql`select x.id from ${sql.table(table)} x where ${condition}`), ...rolesWithin(table, reach)];
  const provider = directory ? ['directory'] : entitlement ? ['entitlementManagement'] : [];
  return sql`(${sql.join([isFound(row, own), ...provider.map((one) => sql`${col(row, 'provider')} = ${one}`)], sql` or `)})`;
}

/** Rows of a table of roles that the caller may give and take. As {@link mayHandOut}, but that a role on an API takes more than that. */
export function reachableRoles(caller: Caller, row: Alias, table: string): Sql {
  const mayGive = (provider: 'directory' | 'entitlementManagement'): boolean => (provider === 'directory' ? mayHandOut(caller, { provider, roleDefinitionId: '', place: undefined }) : governsEntitlement(caller));
  const [owner, manager] = [entitlementReach(caller, 'manageCatalog'), entitlementReach(caller, 'managePackages')];
  const owned = { ...owner, accessPackageIds: [], policyIds: [], resourceIds: [] };
  const managed = { ...manager, policyIds: [], resourceIds: [] };
  return sql`((${mayGive('directory')} and ${col(row, 'provider')} = 'directory') or (${mayGive('entitlementManagement')} and ${col(row, 'provider')} = 'entitlementManagement')
    or (${owner.all} and ${col(row, 'provider')} = 'entitlementManagement' and ${col(row, 'app_scope_id')} <> '/') or ${isFound(row, rolesWithin(table, owned))}
    or (${col(row, 'role_definition_id')} = ${entitlementRole.assignmentManager}::uuid and (${col(row, 'app_scope_id')} like '/AccessPackage/%' or ${col(row, 'app_scope_id')} like '/AssignmentPolicy/%')
      and (${manager.all} or ${isFound(row, rolesWithin(table, managed))})))`;
}
