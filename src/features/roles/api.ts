/** Roles in Graph's words: unifiedRoleDefinition and unifiedRoleAssignment of both providers (contract §1.10). */
import { sql } from 'kysely';
import { col, flag, guid, list, record, text } from '../../platform/graph/declare.ts';
import type { Alias, ComplexType, Declaration, EntityType, FilterFunction, Functions, Navigation, Property, Root, Sql, Visibility } from '../../platform/graph/model.ts';
import { isGuid } from '../../platform/graph/value.ts';
import { createRoleAssignment, removeRoleAssignment } from './commands.ts';
import { directoryRole } from './model.ts';
import { hasPermission } from './rules.ts';
import { readsDirectoryRoles, readsEntitlementRoles, visibleRoles } from './store/visibility.ts';

const unifiedRolePermission: ComplexType = {
  complex: 'unifiedRolePermission',
  properties: { allowedResourceActions: list(text()), condition: text(), excludedResourceActions: list(text()) },
};

const nothing = (): Sql => sql`null::text`;

const asCondition = (visibility: Visibility): Sql => (visibility === 'all' ? sql`true` : visibility === 'none' ? sql`false` : visibility);

/** Principals that hold a role now, in the whole directory or in one scope; with `transitive` also whoever is in a group that holds it. Only those that the caller may see, by roles that the caller may see. */
const assignedPrincipals = (visiblePrincipals: EntityType['visible']): FilterFunction => ({
  parameters: { transitive: flag(), directoryScopeType: text(), directoryScopeId: text() },
  returns: 'directoryObject',
  only: 'beta',
  where: (caller, row, ...[given, from]) => {
    const scope = given['directoryScopeId'];
    const holds = sql`(ra.principal_id = ${col(row, 'id')} or (${given['transitive'] === true} and ra.principal_id = any(group_ids_of(${col(row, 'id')}))))`;
    const scoped = typeof scope === 'string' && scope !== '' ? sql`ra.directory_scope_id = ${scope}` : sql`true`;
    return sql`(${col(row, 'deleted_at')} is null and ${asCondition(visiblePrincipals(caller, row))} and exists (
      select 1 from role_assignments ra where ra.role_definition_id = ${col(from ?? row, 'id')} and ${scoped} and ${holds} and ${asCondition(visibleRoles(caller, 'ra'))}))`;
  },
});

const visibleDefinitions: EntityType['visible'] = (caller) =>
  (hasPermission(caller, ...readsDirectoryRoles, ...readsEntitlementRoles, 'EntitlementMgmt-SubjectAccess.ReadWrite') ? 'all' : 'none');

const roleDefinition = ({ visiblePrincipals }: RbacMembers): EntityType => ({
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
    // Text by the metadata, a list by the description: said only when it is asked for.
    allowedPrincipalTypes: text({ readOnly: true, only: 'beta', hidden: true, sql: () => sql`'user,servicePrincipal,group'::text` }),
    isPrivileged: flag({ readOnly: true, only: 'beta', sql: (row) => sql`(${col(row, 'id')} in (${directoryRole.globalAdministrator}, ${directoryRole.identityGovernanceAdministrator}, ${directoryRole.applicationAdministrator}, ${directoryRole.privilegedRoleAdministrator}))` }),
  },
  navigations: {
    // Only some roles of Entra that do not exist here inherit from others.
    inheritsPermissionsFrom: { to: 'unifiedRoleDefinition', many: true, join: () => sql`false` },
  },
  functions: { assignedPrincipals: assignedPrincipals(visiblePrincipals) },
  visible: visibleDefinitions,
});

const assignmentProperties: Readonly<Record<string, Property>> = {
  principalId: guid({ required: true, notNull: true }),
  roleDefinitionId: guid({ required: true, notNull: true }),
  directoryScopeId: text(),
  appScopeId: text(),
  condition: text({ sql: nothing }),
  principalOrganizationId: text({ only: 'v1.0', readOnly: true, sql: () => sql`(select id::text from tenants)` }),
  resourceScope: text({ only: 'beta', readOnly: true, sql: (row) => sql`coalesce(${col(row, 'app_scope_id')}, ${col(row, 'directory_scope_id')})` }),
};

/** What a role of somebody in some scope leads to. */
export const roleNavigations: Readonly<Record<string, Navigation>> = {
  principal: { to: 'directoryObject', many: false, column: 'principal_id', ignoreInBody: true, join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'principal_id')}` },
  roleDefinition: { to: 'unifiedRoleDefinition', many: false, column: 'role_definition_id', ignoreInBody: true, join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'role_definition_id')}` },
  directoryScope: { to: 'directoryObject', many: false, ignoreInBody: true, join: () => sql`false` },
  appScope: { to: 'appScope', many: false, column: 'app_scope_id', contained: true, ignoreInBody: true, join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'app_scope_id')}` },
};

const roleAssignment: EntityType = {
  name: 'unifiedRoleAssignment',
  table: 'role_assignments',
  properties: assignmentProperties,
  navigations: roleNavigations,
  visible: visibleRoles,
  remove: removeRoleAssignment,
};

/** The groups of somebody by which roles are held: for directory roles, those that are for roles. */
const heldThrough = (row: Alias, id: string): Sql => sql`(${col(row, 'principal_id')} = any(group_ids_of(${id}::uuid))
  and (${col(row, 'provider')} <> 'directory' or (select g.data -> 'isAssignableToRole' = 'true' from directory_objects g where g.id = ${col(row, 'principal_id')})))`;

/** Role assignments again, where `principalId eq` also finds what is held through groups (api: rbacapplication-list-transitiveroleassignments). */
const transitiveAssignment: EntityType = {
  name: 'transitiveRoleAssignment',
  table: 'role_assignments',
  properties: {
    ...assignmentProperties,
    principalId: guid({ notNull: true, equals: (row, _, id) => (isGuid(id) ? sql`(${col(row, 'principal_id')} = ${id}::uuid or ${heldThrough(row, id)})` : undefined) }),
  },
  navigations: roleNavigations,
  visible: (caller, row) => {
    const visible = visibleRoles(caller, row);
    return visible === 'all' || visible === 'none' ? visible : sql`(${visible} or ${heldThrough(row, caller.principalId)})`;
  },
};

/** The catalog, or the whole directory, that a role of entitlement management applies to. */
const appScope: EntityType = {
  name: 'appScope',
  table: 'app_scopes',
  key: { column: 'id', type: 'text' },
  properties: { displayName: text({ readOnly: true }), type: text({ readOnly: true }) },
  visible: () => 'all',
};

const resourceNamespace: EntityType = {
  name: 'unifiedRbacResourceNamespace', table: 'rbac_resource_namespaces', key: { column: 'id', type: 'text' }, properties: { name: text({ notNull: true }) },
  navigations: { resourceActions: { to: 'unifiedRbacResourceAction', many: true, contained: true, join: (from, to) => sql`(${col(to, 'namespace_id')} = ${col(from, 'id')} and ${col(to, 'provider')} = ${col(from, 'provider')})` } },
  visible: visibleDefinitions,
};

/** What a role may do with some kind of thing, by the name that role definitions use. */
const resourceAction: EntityType = {
  name: 'unifiedRbacResourceAction', table: 'rbac_resource_actions', key: { column: 'id', type: 'text' },
  properties: {
    name: text({ notNull: true }), actionVerb: text({ sql: nothing }), authenticationContextId: text({ sql: nothing }), description: text({ sql: nothing }),
    isAuthenticationContextSettable: flag({ sql: () => sql`false` }), isPrivileged: flag({ only: 'beta', sql: (row) => sql`(${col(row, 'name')} not like '%/read')` }), resourceScopeId: text({ sql: nothing }),
  },
  visible: visibleDefinitions,
};

/** What later features add to the providers of role management. */
export interface RbacMembers {
  readonly navigations: Readonly<Record<string, Navigation>>;
  readonly functions: Functions;
  /** Which directory objects a caller sees. */
  readonly visiblePrincipals: EntityType['visible'];
}

const rbacApplication = (added: RbacMembers): EntityType => ({
  name: 'rbacApplication',
  table: 'rbac_applications',
  key: { column: 'id', type: 'text' },
  properties: {},
  navigations: {
    roleDefinitions: { to: 'unifiedRoleDefinition', many: true, join: (from, to) => sql`${col(to, 'provider')} = ${col(from, 'id')}` },
    roleAssignments: { to: 'unifiedRoleAssignment', many: true, join: (from, to) => sql`${col(to, 'provider')} = ${col(from, 'id')}`, create: createRoleAssignment },
    transitiveRoleAssignments: { to: 'transitiveRoleAssignment', many: true, only: 'beta', join: (from, to) => sql`${col(to, 'provider')} = ${col(from, 'id')}` },
    resourceNamespaces: { to: 'unifiedRbacResourceNamespace', many: true, join: (from, to) => sql`${col(to, 'provider')} = ${col(from, 'id')}` },
    ...added.navigations,
  },
  functions: added.functions,
  visible: () => 'all',
});

const root = (provider: string): Root => ({ path: `roleManagement/${provider}`, type: 'rbacApplication', singleton: () => provider });

/** Role definitions and role assignments under roleManagement/directory and roleManagement/entitlementManagement. */
export const declareRoles = (added: RbacMembers = { navigations: {}, functions: {}, visiblePrincipals: () => 'none' }): Declaration => ({
  types: [roleDefinition(added), roleAssignment, transitiveAssignment, appScope, resourceNamespace, resourceAction, rbacApplication(added)],
  roots: [root('directory'), root('entitlementManagement')],
});
