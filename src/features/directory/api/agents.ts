/** Declaration of blueprints, their principals, agent identities and agent users (contract §3). */
import { sql } from 'kysely';
import { col, guid, instant, record } from '../../../platform/graph/declare.ts';
import type { EntityType, Navigation, Root } from '../../../platform/graph/model.ts';
import { createAgentIdentity, createAgentUser } from '../commands/agents.ts';
import { createBlueprint, updateApplication } from '../commands/applications.ts';
import { removeObject } from '../commands/deletion.ts';
import { changeInheritablePermission, createInheritablePermission, deleteInheritablePermission } from '../commands/inheritable-permissions.ts';
import { createBlueprintPrincipal, updateServicePrincipal } from '../commands/service-principals.ts';
import { updateUser, type ApproverLoss } from '../commands/users.ts';
import { removeWorkload, type AccessEnding } from '../commands/workload-deletion.ts';
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

const directory = { table: 'directory_objects', saysType: true } as const;

/** The four agent types, and what blueprints hand on. */
export const agentTypes = (hooks: AccessEnding & ApproverLoss): readonly EntityType[] => [
  {
    ...directory, name: 'agentIdentityBlueprint', base: 'application', discriminator: 'agentIdentityBlueprint', properties: {}, navigations: { sponsors, inheritablePermissions },
    visible: visibleAmong('agentIdentityBlueprint'), create: createBlueprint, update: updateApplication, remove: removeWorkload(hooks),
  },
  {
    ...directory, name: 'agentIdentityBlueprintPrincipal', base: 'servicePrincipal', discriminator: 'agentIdentityBlueprintPrincipal', properties: {}, navigations: { sponsors },
    visible: visibleAmong('agentIdentityBlueprintPrincipal'), create: createBlueprintPrincipal, update: updateServicePrincipal, remove: removeWorkload(hooks),
  },
  {
    ...directory, name: 'agentIdentity', base: 'servicePrincipal', discriminator: 'agentIdentity',
    properties: {
      agentIdentityBlueprintId: guid({ column: 'blueprint_app_id', required: true, notNull: true, immutable: true, exact: true }), createdDateTime: instant({ readOnly: true, column: 'created_at' }),
    },
    navigations: { sponsors }, visible: visibleAmong('agentIdentity'), create: createAgentIdentity, update: updateServicePrincipal, remove: removeWorkload(hooks),
  },
  {
    ...directory, name: 'agentUser', base: 'user', discriminator: 'agentUser', properties: {}, visible: visibleUsers, create: createAgentUser, update: updateUser(hooks), remove: removeObject(hooks),
  },
  inheritablePermission,
];

/** Entity sets of workloads; the agent types are casts of them. */
export const workloadRoots: readonly Root[] = [
  { path: 'applications', type: 'application' },
  { path: 'servicePrincipals', type: 'servicePrincipal' },
];
