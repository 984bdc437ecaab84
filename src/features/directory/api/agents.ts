/** Declaration of blueprints, their principals, agent identities and agent users (contract §3). */
import { sql } from 'kysely';
import { col, guid, instant, record, text } from '../../../platform/graph/declare.ts';
import type { EntityType, Navigation, Root } from '../../../platform/graph/model.ts';
import { createAgentIdentity, createAgentUser } from '../commands/agents.ts';
import { createBlueprint, updateApplication } from '../commands/applications.ts';
import { removeObject } from '../commands/deletion.ts';
import { changeInheritablePermission, createInheritablePermission, deleteInheritablePermission } from '../commands/inheritable-permissions.ts';
import { createBlueprintPrincipal, updateServicePrincipal } from '../commands/service-principals.ts';
import { updateUser, type ShuttingOut } from '../commands/users.ts';
import { removeWorkload, type AccessEnding } from '../commands/workload-deletion.ts';
import { inheritedRoleAssignments, inheritedScope } from '../store/inherited.ts';
import { visibleUsers } from '../store/visibility.ts';
import { visibleAmong, visibleWorkloads } from '../store/workload-visibility.ts';
import { inheritableRoles, inheritableScopes } from './application-shapes.ts';
import { sponsors } from './workload-columns.ts';

const inheritablePermissions: Navigation = {
  to: 'inheritablePermission', many: true, contained: true, join: (from, to) => sql`${col(to, 'blueprint_id')} = ${col(from, 'id')}`,
  create: createInheritablePermission, update: changeInheritablePermission, remove: deleteInheritablePermission,
};

/** Keyed by the API's appId within its blueprint. */
const inheritablePermission: EntityType = {
  name: 'inheritablePermission', table: 'inheritable_permissions', key: { column: 'resource_key', type: 'text', property: 'resourceAppId' },
  properties: {
    resourceAppId: guid({ required: true, notNull: true, immutable: true, exact: true }), inheritableScopes: record(inheritableScopes, { column: 'scopes' }), inheritableRoles: record(inheritableRoles, { column: 'roles' }),
  },
  visible: (caller, row) => {
    const seen = visibleWorkloads(caller, 'blueprint');
    return typeof seen === 'string' ? seen : sql`exists (select 1 from directory_objects blueprint where blueprint.id = ${col(row, 'blueprint_id')} and ${seen})`;
  },
  create: createInheritablePermission, update: changeInheritablePermission, remove: deleteInheritablePermission,
};

/** A grant to the blueprint's principal, as far as it reaches an agent: the grant's own id and client, and the names that flow. */
const inheritedOAuth2PermissionGrant: EntityType = {
  name: 'inheritedOAuth2PermissionGrant', table: 'inherited_permission_grants', key: { column: 'id', type: 'text' },
  exists: (row) => sql`${inheritedScope(row)} is not null`,
  properties: {
    clientId: guid({ readOnly: true }), consentType: text({ readOnly: true }), principalId: guid({ readOnly: true }), resourceId: guid({ readOnly: true }), scope: text({ readOnly: true, sql: inheritedScope }),
    startTime: instant({ readOnly: true, sql: () => sql`null::timestamptz` }), expiryTime: instant({ readOnly: true, sql: () => sql`null::timestamptz` }),
  },
  visible: () => 'none',
};

/** What an agent's tokens have from its blueprint: read by whoever reads the agent. */
const inherited: Readonly<Record<string, Navigation>> = {
  inheritedAppRoleAssignments: { to: 'appRoleAssignment', many: true, only: 'beta', contained: true, join: (from, to) => sql`${col(to, 'id')} = any(${inheritedRoleAssignments(from)})` },
  inheritedOauth2PermissionGrants: { to: 'inheritedOAuth2PermissionGrant', many: true, only: 'beta', contained: true, join: (from, to) => sql`${col(to, 'agent_id')} = ${col(from, 'id')}` },
};

const directory = { table: 'directory_objects', saysType: true } as const;

/** The four agent types, and what blueprints hand on. */
export const agentTypes = (hooks: AccessEnding & ShuttingOut): readonly EntityType[] => [
  {
    ...directory, name: 'agentIdentityBlueprint', base: 'application', discriminator: 'agentIdentityBlueprint', properties: {}, navigations: { sponsors, inheritablePermissions },
    visible: visibleAmong('agentIdentityBlueprint'), create: createBlueprint, update: updateApplication, remove: removeWorkload(hooks),
  },
  {
    ...directory, name: 'agentIdentityBlueprintPrincipal', base: 'servicePrincipal', discriminator: 'agentIdentityBlueprintPrincipal', properties: {}, navigations: { sponsors },
    visible: visibleAmong('agentIdentityBlueprintPrincipal'), create: createBlueprintPrincipal, update: updateServicePrincipal(hooks), remove: removeWorkload(hooks),
  },
  {
    ...directory, name: 'agentIdentity', base: 'servicePrincipal', discriminator: 'agentIdentity',
    properties: {
      agentIdentityBlueprintId: guid({ column: 'blueprint_app_id', required: true, notNull: true, immutable: true, exact: true }), createdDateTime: instant({ readOnly: true, column: 'created_at' }),
    },
    navigations: { sponsors, ...inherited }, visible: visibleAmong('agentIdentity'), create: createAgentIdentity, update: updateServicePrincipal(hooks), remove: removeWorkload(hooks),
  },
  {
    ...directory, name: 'agentUser', base: 'user', discriminator: 'agentUser', properties: {}, visible: visibleUsers, create: createAgentUser, update: updateUser(hooks), remove: removeObject(hooks),
  },
  inheritablePermission, inheritedOAuth2PermissionGrant,
];

/** Entity sets of workloads; the agent types are casts of them. */
export const workloadRoots: readonly Root[] = [
  { path: 'applications', type: 'application' },
  { path: 'servicePrincipals', type: 'servicePrincipal' },
];
