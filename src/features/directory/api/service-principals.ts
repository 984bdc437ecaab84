/** Declaration of service principals (Graph: servicePrincipal resource type; contract §4). */
import { sql } from 'kysely';
import { choice, col, flag, guid, inBag, list, record, text, words } from '../../../platform/graph/declare.ts';
import type { EntityType, Navigation, Property } from '../../../platform/graph/model.ts';
import { createClassification, deleteClassification } from '../commands/application-extras.ts';
import { createServicePrincipal, updateServicePrincipal } from '../commands/service-principals.ts';
import type { ShuttingOut } from '../commands/users.ts';
import { removeWorkload, type AccessEnding } from '../commands/workload-deletion.ts';
import { visibleAmong, visibleWorkloads } from '../store/workload-visibility.ts';
import * as shapes from './application-shapes.ts';
import { credentialActions } from './applications.ts';
import {
  appIdsNamed, appRoleAssignments, createdObjects, definedAppRoles, definedScopes, fromApplication, keyCredentials, memberOf, ownedObjects, owners, passwordCredentials, servicePrincipalNames, transitiveMemberOf,
} from './workload-columns.ts';

const properties: Readonly<Record<string, Property>> = {
  appId: guid({ immutable: true, exact: true }), displayName: text({ max: 256 }), description: text(), accountEnabled: flag({ notNull: true }),
  isDisabled: flag({ readOnly: true, sql: (row) => sql`not ${col(row, 'account_enabled')}` }),
  appDisplayName: text({ readOnly: true, sql: fromApplication((a) => col(a, 'display_name')) }),
  appDescription: text({ readOnly: true, sql: fromApplication((a) => col(a, 'description')) }),
  appOwnerOrganizationId: guid({ readOnly: true, sql: () => sql`(select t.id from tenants t)` }),
  appRoles: list(record(shapes.appRole), { readOnly: true, sql: definedAppRoles }),
  oauth2PermissionScopes: list(record(shapes.permissionScope), { readOnly: true, sql: definedScopes }),
  servicePrincipalNames: list(text(), { readOnly: true, sql: servicePrincipalNames, exact: true, equals: (row, _path, name) => sql`${col(row, 'app_id')} = any(${appIdsNamed(name)})` }),
  servicePrincipalType: text({ readOnly: true, sql: (row) => sql`case when ${col(row, 'type')} = 'agentIdentity' then 'ServiceIdentity' else 'Application' end` }),
  signInAudience: text({ readOnly: true, sql: fromApplication((a) => sql`${col(a, 'data')} ->> 'signInAudience'`) }),
  passwordCredentials: list(record(shapes.passwordCredential), { sql: passwordCredentials, readOnly: true }), keyCredentials: list(record(shapes.keyCredential), { sql: keyCredentials }),
  ...inBag({
    addIns: list(record(shapes.addIn)), alternativeNames: list(text()), applicationTemplateId: text({ readOnly: true }), appRoleAssignmentRequired: flag({ notNull: true, default: false }),
    createdByAppId: text({ readOnly: true }), disabledByMicrosoftStatus: text({ readOnly: true }), homepage: text({ max: 2048 }), info: record(shapes.informationalUrl), loginUrl: text({ max: 2048 }),
    logoutUrl: text({ max: 2048 }), notes: text(), notificationEmailAddresses: list(text()), preferredSingleSignOnMode: text(), preferredTokenSigningKeyThumbprint: text(), replyUrls: list(text({ max: 2048 })),
    resourceSpecificApplicationPermissions: list(record(shapes.resourceSpecificPermission), { readOnly: true }), samlMetadataUrl: text({ only: 'beta' }), samlSingleSignOnSettings: record(shapes.samlSettings), tags: list(text(), { equals: (row, _path, tag) => sql`lower((${col(row, 'data')} -> 'tags')::text)::jsonb @> lower(${JSON.stringify([tag])})::jsonb` }),
    tokenEncryptionKeyId: guid(), verifiedPublisher: record(shapes.verifiedPublisher, { readOnly: true }),
  }),
};

const navigations: Readonly<Record<string, Navigation>> = {
  owners, ownedObjects, createdObjects, memberOf, transitiveMemberOf, appRoleAssignments,
  appRoleAssignedTo: { to: 'appRoleAssignment', many: true, inverse: 'resource', join: (from, to) => sql`${col(to, 'resource_id')} = ${col(from, 'id')}` },
  oauth2PermissionGrants: { to: 'oAuth2PermissionGrant', many: true, join: (from, to) => sql`${col(to, 'client_id')} = ${col(from, 'id')}` },
  delegatedPermissionClassifications: {
    to: 'delegatedPermissionClassification', many: true, contained: true, join: (from, to) => sql`${col(to, 'service_principal_id')} = ${col(from, 'id')}`, create: createClassification,
  },
};

const delegatedPermissionClassification: EntityType = {
  name: 'delegatedPermissionClassification', table: 'permission_classifications', key: { column: 'id', type: 'text' },
  properties: {
    classification: choice(words('permissionClassificationType', ['low', 'medium', 'high', 'unknownFutureValue']), { required: true }),
    permissionId: guid({ required: true }), permissionName: text(),
  },
  visible: (caller, row) => {
    const seen = visibleWorkloads(caller, 'api');
    return typeof seen === 'string' ? seen : sql`exists (select 1 from directory_objects api where api.id = ${col(row, 'service_principal_id')} and ${seen})`;
  },
  create: createClassification, remove: deleteClassification,
};

/** The service principal type, and the classifications of its permissions. */
export const servicePrincipalTypes = (hooks: AccessEnding & ShuttingOut): readonly EntityType[] => [
  {
    name: 'servicePrincipal', base: 'directoryObject', table: 'directory_objects', discriminator: 'servicePrincipal', alternateKeys: ['appId'], saysType: true,
    properties, navigations, visible: visibleAmong('servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal'), searchable: ['displayName', 'description'],
    create: createServicePrincipal, update: updateServicePrincipal(hooks), remove: removeWorkload(hooks), actions: credentialActions,
    beta: { rename: { oauth2PermissionScopes: 'publishedPermissionScopes' } },
  },
  delegatedPermissionClassification,
];
