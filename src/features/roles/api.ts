/** Roles in Graph's words: unifiedRoleDefinition and unifiedRoleAssignment of both providers (contract §1.10). */
import { sql } from 'kysely';
import type { Caller } from '../../kernel/caller.ts';
import { col, flag, guid, list, record, text } from '../../platform/graph/declare.ts';
import type { Alias, ComplexType, Declaration, EntityType, Root, Visibility } from '../../platform/graph/model.ts';
import { createRoleAssignment, removeRoleAssignment } from './commands.ts';
import { directoryRole } from './model.ts';
import { directoryReach, entitlementReach, hasDirectoryRole, hasPermission } from './rules.ts';

const readsDirectoryRoles = ['RoleManagement.Read.All', 'RoleManagement.Read.Directory', 'RoleManagement.ReadWrite.Directory', 'Directory.Read.All', 'Directory.ReadWrite.All'] as const;
const readsEntitlementRoles = ['RoleManagement.Read.All', 'EntitlementManagement.Read.All', 'EntitlementManagement.ReadWrite.All'] as const;
const readers = [directoryRole.globalAdministrator, directoryRole.identityGovernanceAdministrator, directoryRole.globalReader] as const;

const unifiedRolePermission: ComplexType = {
  complex: 'unifiedRolePermission',
  properties: { allowedResourceActions: list(text()), condition: text(), excludedResourceActions: list(text()) },
};

const roleDefinition: EntityType = {
  name: 'unifiedRoleDefinition',
  table: 'role_definitions',
  searchable: ['displayName', 'description'],
  properties: {
    displayName: text({ readOnly: true }),
    description: text({ readOnly: true }),
    isBuiltIn: flag({ readOnly: true, sql: () => sql`true` }),
    isEnabled: flag({ readOnly: true, sql: () => sql`true` }),
    templateId: text({ readOnly: true, sql: (row) => sql`${col(row, 'id')}::text` }),
    version: text({ readOnly: true, sql: () => sql`'1'::text` }),
    resourceScopes: list(text(), { readOnly: true, sql: () => sql`'["/"]'::jsonb` }),
    rolePermissions: list(record(unifiedRolePermission), {
      readOnly: true,
      sql: (row) => sql`jsonb_build_array(jsonb_build_object('allowedResourceActions', ${col(row, 'actions')}, 'condition', null, 'excludedResourceActions', '[]'::jsonb))`,
    }),
    isPrivileged: flag({ readOnly: true, only: 'beta', sql: (row) => sql`(${col(row, 'id')} in (${directoryRole.globalAdministrator}, ${directoryRole.identityGovernanceAdministrator}, ${directoryRole.applicationAdministrator}))` }),
  },
  navigations: {
    inheritsPermissionsFrom: { to: 'unifiedRoleDefinition', many: true, join: () => sql`false` },
  },
  visible: (caller) => (hasPermission(caller, ...readsDirectoryRoles, ...readsEntitlementRoles, 'EntitlementMgmt-SubjectAccess.ReadWrite') ? 'all' : 'none'),
};

const roleAssignment: EntityType = {
  name: 'unifiedRoleAssignment',
  table: 'role_assignments',
  properties: {
    principalId: guid({ required: true, notNull: true }),
    roleDefinitionId: guid({ required: true, notNull: true }),
    directoryScopeId: text(),
    appScopeId: text(),
    condition: text({ sql: () => sql`null::text` }),
    principalOrganizationId: text({ only: 'v1.0', readOnly: true, sql: () => sql`(select id::text from tenants)` }),
    resourceScope: text({ only: 'beta', readOnly: true, sql: (row) => sql`coalesce(${col(row, 'app_scope_id')}, ${col(row, 'directory_scope_id')})` }),
  },
  navigations: {
    principal: { to: 'directoryObject', many: false, column: 'principal_id', ignoreInBody: true, join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'principal_id')}` },
    roleDefinition: { to: 'unifiedRoleDefinition', many: false, column: 'role_definition_id', ignoreInBody: true, join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'role_definition_id')}` },
    directoryScope: { to: 'directoryObject', many: false, ignoreInBody: true, join: () => sql`false` },
    appScope: { to: 'appScope', many: false, column: 'app_scope_id', contained: true, ignoreInBody: true, join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'app_scope_id')}` },
  },
  visible: visibleAssignments,
  remove: removeRoleAssignment,
};

/** The catalog, or the whole directory, that a role of entitlement management applies to. */
const appScope: EntityType = {
  name: 'appScope',
  table: 'app_scopes',
  key: { column: 'id', type: 'text' },
  properties: { displayName: text({ readOnly: true }), type: text({ readOnly: true }) },
  visible: () => 'all',
};

const rbacApplication: EntityType = {
  name: 'rbacApplication',
  table: 'rbac_applications',
  key: { column: 'id', type: 'text' },
  properties: {},
  navigations: {
    roleDefinitions: { to: 'unifiedRoleDefinition', many: true, join: (from, to) => sql`${col(to, 'provider')} = ${col(from, 'id')}` },
    roleAssignments: { to: 'unifiedRoleAssignment', many: true, join: (from, to) => sql`${col(to, 'provider')} = ${col(from, 'id')}`, create: createRoleAssignment },
  },
  visible: () => 'all',
};

const root = (provider: string): Root => ({ path: `roleManagement/${provider}`, type: 'rbacApplication', singleton: () => provider });

/** Role definitions and role assignments under roleManagement/directory and roleManagement/entitlementManagement. */
export const declareRoles = (): Declaration => ({
  types: [roleDefinition, roleAssignment, appScope, rbacApplication],
  roots: [root('directory'), root('entitlementManagement')],
});

/** Administrators see all, catalog owners those of their catalogs, everybody with a right to look at all their own. */
function visibleAssignments(caller: Caller, row: Alias): Visibility {
  const isReader = !caller.isDelegated || hasDirectoryRole(caller, ...readers);
  const directory = isReader && directoryReach(caller, { permissions: readsDirectoryRoles }) === 'all';
  const reach = entitlementReach(caller, 'readCatalog');
  const entitlement = reach.all || (isReader && hasPermission(caller, 'RoleManagement.Read.All'));
  if (directory && entitlement) return 'all';
  const mayLook = reach.own || reach.catalogIds.length > 0 || hasPermission(caller, ...readsDirectoryRoles, ...readsEntitlementRoles);
  if (!mayLook) return 'none';
  return sql`(${col(row, 'principal_id')} = ${caller.principalId}
    or (${directory} and ${col(row, 'provider')} = 'directory')
    or (${entitlement} and ${col(row, 'provider')} = 'entitlementManagement')
    or ${col(row, 'catalog_id')} = any(${reach.catalogIds}::uuid[]))`;
}
