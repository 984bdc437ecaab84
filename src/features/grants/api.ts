/** Declaration of app role assignments and delegated permission grants, as both ends see them (contract §4). */
import { sql } from 'kysely';
import { guid, instant, text } from '../../platform/graph/declare.ts';
import type { Declaration, EntityType } from '../../platform/graph/model.ts';
import { createAppRoleAssignment, deleteAppRoleAssignment } from './commands/app-role-assignments.ts';
import { changePermissionGrant, createPermissionGrant, deletePermissionGrant } from './commands/permission-grants.ts';
import { visibleAppRoleAssignments, visiblePermissionGrants } from './store/visibility.ts';

const appRoleAssignment: EntityType = {
  name: 'appRoleAssignment', table: 'app_role_assignments', key: { column: 'id', type: 'text' },
  properties: {
    appRoleId: guid({ required: true, notNull: true }), principalId: guid({ required: true, notNull: true }), resourceId: guid({ required: true, notNull: true }),
    createdDateTime: instant({ readOnly: true, column: 'created_at' }), principalType: text({ readOnly: true }), principalDisplayName: text({ readOnly: true }), resourceDisplayName: text({ readOnly: true }),
    deletedDateTime: instant({ readOnly: true, sql: () => sql`null::timestamptz` }),
  },
  visible: visibleAppRoleAssignments, create: createAppRoleAssignment, remove: deleteAppRoleAssignment,
};

const oAuth2PermissionGrant: EntityType = {
  name: 'oAuth2PermissionGrant', table: 'oauth2_permission_grants', key: { column: 'id', type: 'text' },
  properties: {
    clientId: guid({ required: true, notNull: true }), consentType: text({ required: true }), principalId: guid(), resourceId: guid({ required: true, notNull: true }), scope: text({ max: 20_000 }),
    // Beta's retired members: accepted, and without effect.
    startTime: instant({ only: 'beta', sql: () => sql`null::timestamptz` }), expiryTime: instant({ only: 'beta', sql: () => sql`null::timestamptz` }),
  },
  visible: visiblePermissionGrants, delta: { area: 'oAuth2PermissionGrant' }, create: createPermissionGrant, update: changePermissionGrant, remove: deletePermissionGrant,
};

/** Grants made by hand, and those that packages give, as Graph shows them. */
export const grantDeclaration: Declaration = { types: [appRoleAssignment, oAuth2PermissionGrant], roots: [{ path: 'oauth2PermissionGrants', type: 'oAuth2PermissionGrant' }] };
