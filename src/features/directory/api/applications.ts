/** Declaration of applications and what lives inside them (Graph: application resource type; contract §4). */
import { sql } from 'kysely';
import { any, choice, col, flag, guid, inBag, instant, list, record, text, words } from '../../../platform/graph/declare.ts';
import type { Action, Alias, EntityType, Navigation, Property, Sql } from '../../../platform/graph/model.ts';
import { createExtensionProperty, deleteExtensionProperty } from '../commands/application-extras.ts';
import { createApplication, updateApplication } from '../commands/applications.ts';
import { addPassword, removePassword } from '../commands/client-secrets.ts';
import { changeFederatedCredential, createFederatedCredential, deleteFederatedCredential } from '../commands/federated-credentials.ts';
import { addKey, removeKey } from '../commands/keys.ts';
import { removeWorkload, type AccessEnding } from '../commands/workload-deletion.ts';
import { visibleAmong, visibleWorkloads } from '../store/workload-visibility.ts';
import * as shapes from './application-shapes.ts';
import { keyCredentials, ownApi, ownAppRoles, owners, passwordCredentials } from './workload-columns.ts';

/** Actions of applications and service principals that change their credentials. */
export const credentialActions: Readonly<Record<string, Action>> = {
  addPassword: { parameters: { passwordCredential: record(shapes.passwordCredential) }, answers: { value: shapes.passwordCredential }, run: async (work, input) => withShape(await addPassword(work, input), shapes.passwordCredential) },
  removePassword: { parameters: { keyId: guid({ required: true }) }, run: removePassword },
  addKey: {
    answers: { value: shapes.keyCredential },
    parameters: { keyCredential: record(shapes.keyCredential, { required: true }), passwordCredential: record(shapes.passwordCredential), proof: text({ required: true, max: 20_000 }) },
    run: async (work, input) => withShape(await addKey(work, input), shapes.keyCredential),
  },
  removeKey: { parameters: { keyId: guid({ required: true }), proof: text({ required: true, max: 20_000 }) }, run: removeKey },
};

type Answer = Awaited<ReturnType<Action['run']>>;
const withShape = (answer: Answer, type: typeof shapes.passwordCredential): Answer => (answer.answer === 'value' ? { ...answer, type } : answer);

/** Where an application is used, never null: clients read `redirectUris` of it without looking whether it is there. */
const platform = (name: string, more: object) => (row: Alias): Sql => sql`(${JSON.stringify({ redirectUris: [], ...more })}::jsonb || coalesce(nullif(${col(row, 'data')} -> ${sql.lit(name)}, 'null'::jsonb), '{}'::jsonb))`;

const properties: Readonly<Record<string, Property>> = {
  appId: guid({ readOnly: true, exact: true }), createdDateTime: instant({ readOnly: true, column: 'created_at' }), displayName: text({ max: 256 }), description: text(), uniqueName: text({ immutable: true }),
  isDisabled: flag({ sql: (row) => sql`not ${col(row, 'account_enabled')}` }),
  appRoles: { ...list(record(shapes.appRole), { sql: ownAppRoles }), max: 5000 }, api: record(shapes.apiApplication, { sql: ownApi }),
  passwordCredentials: list(record(shapes.passwordCredential), { sql: passwordCredentials, readOnly: true }), keyCredentials: list(record(shapes.keyCredential), { sql: keyCredentials }),
  publicClient: record(shapes.publicClientApplication, { sql: platform('publicClient', {}) }), spa: record(shapes.spaApplication, { sql: platform('spa', {}) }),
  web: record(shapes.webApplication, { sql: platform('web', { implicitGrantSettings: { enableAccessTokenIssuance: false, enableIdTokenIssuance: false } }) }),
  ...inBag({
    addIns: list(record(shapes.addIn)), applicationTemplateId: text({ readOnly: true }), authenticationBehaviors: record(shapes.authenticationBehaviors, { hidden: true }),
    certification: record(shapes.certification, { readOnly: true }), createdByAppId: text({ readOnly: true }), defaultRedirectUri: text({ max: 2048 }), disabledByMicrosoftStatus: text({ readOnly: true }),
    groupMembershipClaims: text(), identifierUris: list(text(), { exact: true, equals: (row, _path, uri) => sql`${col(row, 'data')} -> 'identifierUris' @> ${JSON.stringify([uri])}::jsonb` }), info: record(shapes.informationalUrl), isDeviceOnlyAuthSupported: flag(), isFallbackPublicClient: flag(),
    managerApplications: list(guid(), { max: 10 }), nativeAuthenticationApisEnabled: choice(words('nativeAuthenticationApisEnabled', ['none', 'all', 'unknownFutureValue']), { hidden: true }), notes: text(),
    oauth2RequirePostResponse: flag({ notNull: true, default: false }), optionalClaims: record(shapes.optionalClaims), parentalControlSettings: record(shapes.parentalControlSettings),
    publisherDomain: text({ readOnly: true }), requestSignatureVerification: record(shapes.requestSignatureVerification), requiredResourceAccess: list(record(shapes.requiredResourceAccess)),
    samlMetadataUrl: text(), serviceManagementReference: text(), servicePrincipalLockConfiguration: record(shapes.lockConfiguration), signInAudience: text(),
    tags: list(text()), tokenEncryptionKeyId: guid(), verifiedPublisher: record(shapes.verifiedPublisher, { readOnly: true }),
  }),
};

const federatedIdentityCredentials: Navigation = { to: 'federatedIdentityCredential', many: true, contained: true, join: (from, to) => sql`${col(to, 'application_id')} = ${col(from, 'id')}`, create: createFederatedCredential };
const extensionProperties: Navigation = { to: 'extensionProperty', many: true, contained: true, join: (from, to) => sql`${col(to, 'application_id')} = ${col(from, 'id')}`, create: createExtensionProperty };

/** Those who see an application see what lives inside it. */
const inSeenApplication: EntityType['visible'] = (caller, row) => {
  const seen = visibleWorkloads(caller, 'owner');
  return typeof seen === 'string' ? seen : sql`exists (select 1 from directory_objects owner where owner.id = ${col(row, 'application_id')} and ${seen})`;
};

const federatedIdentityCredential: EntityType = {
  name: 'federatedIdentityCredential', table: 'federated_identity_credentials', alternateKeys: ['name'], visible: inSeenApplication,
  properties: {
    name: text({ required: true, notNull: true, exact: true }), issuer: text({ required: true, notNull: true, exact: true, max: 600 }), subject: text({ required: true, exact: true, max: 600 }),
    audiences: list(text({ max: 600 })), description: text({ max: 600 }),
  },
  create: createFederatedCredential, update: changeFederatedCredential, remove: deleteFederatedCredential,
};

const extensionProperty: EntityType = {
  name: 'extensionProperty', table: 'extension_properties', visible: inSeenApplication,
  properties: {
    appDisplayName: text({ readOnly: true, sql: (row) => sql`(select a.display_name from directory_objects a where a.id = ${col(row, 'application_id')})` }),
    dataType: text({ required: true, notNull: true }), isMultiValued: flag({ default: false, notNull: true }), isSyncedFromOnPremises: flag({ readOnly: true, sql: () => sql`false` }),
    name: text({ required: true, notNull: true }), targetObjects: list(text()), deletedDateTime: any({ readOnly: true, sql: () => sql`null::jsonb` }),
  },
  create: createExtensionProperty, remove: deleteExtensionProperty,
};

/** The application type, and the entities that live inside applications. */
export const applicationTypes = (hooks: AccessEnding): readonly EntityType[] => [
  {
    name: 'application', base: 'directoryObject', table: 'directory_objects', discriminator: 'application', alternateKeys: ['appId', 'uniqueName'], saysType: true,
    properties, navigations: { owners, federatedIdentityCredentials, extensionProperties }, visible: visibleAmong('application', 'agentIdentityBlueprint'), searchable: ['displayName', 'description'],
    create: createApplication, update: updateApplication, remove: removeWorkload(hooks), actions: credentialActions,
  },
  federatedIdentityCredential, extensionProperty,
];
