/** Custom extensions as Graph shows them (contract §1.2, §1.4). */
import { choice, col, guid, instant, list, record, span, text, whole, words } from '../../platform/graph/declare.ts';
import type { ComplexType, Declaration, EntityType, Property } from '../../platform/graph/model.ts';
import { inReach } from '../catalogs/store.ts';
import { entitlementReach } from '../roles/rules.ts';
import { changeExtension, createExtension, createLegacyExtension, removeExtension, replaceExtension } from './commands/extensions.ts';
import { calloutStages, extensionTypes } from './model.ts';

const endpointConfiguration: ComplexType = {
  complex: 'customExtensionEndpointConfiguration', abstract: true, properties: {},
  variants: [
    { complex: 'logicAppTriggerEndpointConfiguration', properties: { subscriptionId: text(), resourceGroupName: text(), logicAppWorkflowName: text(), url: text({ max: 2048 }) } },
    { complex: 'httpRequestEndpoint', properties: { targetUrl: text({ max: 2048 }) } },
  ],
};
const authenticationConfiguration: ComplexType = {
  complex: 'customExtensionAuthenticationConfiguration', abstract: true, properties: {},
  variants: [{ complex: 'azureAdTokenAuthentication', properties: { resourceId: text() } }, { complex: 'azureAdPopTokenAuthentication', properties: {} }],
};
const clientConfiguration: ComplexType = { complex: 'customExtensionClientConfiguration', properties: { maximumRetries: whole(), timeoutInMilliseconds: whole() } };
/** Graph's samples name the abstract type, and the time by an older word. */
const callbackConfiguration: ComplexType = {
  complex: 'customExtensionCallbackConfiguration', properties: { timeoutDuration: span(), durationBeforeTimeout: span({ writeOnly: true }) },
  variants: [{ complex: 'accessPackageRequestApprovalStageCallbackConfiguration', properties: {} }],
};

/** When an extension is called. */
export const calloutStage = words('accessPackageCustomExtensionStage', calloutStages);

const called = {
  displayName: text({ required: true, notNull: true, max: 256 }),
  description: text(),
  endpointConfiguration: record(endpointConfiguration, { required: true, notNull: true }),
  authenticationConfiguration: record(authenticationConfiguration),
  clientConfiguration: record(clientConfiguration),
};
const written = { createdDateTime: instant({ column: 'created_at', readOnly: true }), lastModifiedDateTime: instant({ column: 'modified_at', readOnly: true }) };
const waited = {
  callbackConfiguration: record(callbackConfiguration), ...written,
  createdBy: text({ readOnly: true }), lastModifiedBy: text({ column: 'modified_by', readOnly: true }),
};

const shared = {
  table: 'custom_extensions', saysType: true, visible: (caller, row) => inReach(entitlementReach(caller, 'readCatalog'), col(row, 'catalog_id')),
} satisfies Partial<EntityType>;
const subtype = (name: string, more: Pick<EntityType, 'properties'> & Partial<EntityType>): EntityType => ({ name, base: 'customCalloutExtension', discriminator: name, ...shared, ...more });

const customCalloutExtension: EntityType = {
  name: 'customCalloutExtension', abstract: true, ...shared, properties: called,
  create: createExtension, update: changeExtension, replace: replaceExtension, remove: removeExtension, searchable: ['displayName', 'description'],
};

/** An extension inside a policy: named by its id; in its stage settings it is answered whole. */
export const namedExtension: ComplexType = {
  complex: 'customCalloutExtension', lenient: true, variants: extensionTypes.map((complex) => ({ complex, properties: {} })),
  properties: {
    id: guid({ required: true, notNull: true }), displayName: text({ readOnly: true }), description: text({ readOnly: true }), endpointConfiguration: record(endpointConfiguration, { readOnly: true }),
    authenticationConfiguration: record(authenticationConfiguration, { readOnly: true }), clientConfiguration: record(clientConfiguration, { readOnly: true }),
    callbackConfiguration: record(callbackConfiguration, { readOnly: true }),
  },
};

/** What a policy calls, and when. */
export const customExtensionStageSetting: ComplexType = {
  complex: 'customExtensionStageSetting', lenient: true,
  properties: { id: text({ readOnly: true }), stage: choice(calloutStage, { required: true, notNull: true }), customExtension: record(namedExtension, { required: true, notNull: true }) },
};

const calloutStatus = words('customExtensionCalloutInstanceStatus', ['calloutSent', 'callbackReceived', 'calloutFailed', 'callbackTimedOut', 'waitingForCallback']);

/** Calls that were made about a request or an assignment. */
export const calloutInstances: Property = list(record({
  complex: 'customExtensionCalloutInstance',
  properties: { id: text(), customExtensionId: text(), detail: text(), externalCorrelationId: text(), status: choice(calloutStatus) },
}), { readOnly: true });

/** Custom extensions. */
export const extensionsDeclaration: Declaration = {
  types: [
    customCalloutExtension, subtype('accessPackageAssignmentRequestWorkflowExtension', { properties: waited }), subtype('accessPackageAssignmentWorkflowExtension', { properties: waited }),
    subtype('customAccessPackageWorkflowExtension', { properties: written, create: createLegacyExtension }),
  ],
  roots: [],
};
