/** Structured values of resources. */
import { any, flag, list, record, text } from '../../../platform/graph/declare.ts';
import type { ComplexType } from '../../../platform/graph/model.ts';

/** What is collected from a requestor for a resource, and where it goes. */
export const resourceAttribute: ComplexType = {
  complex: 'accessPackageResourceAttribute', lenient: true,
  properties: { name: text(), source: any(), destination: any(), isEditable: flag(), isPersistedOnAssignmentRemoval: flag() },
};

/** Whom to call. The address of a logic app carries its key: it is taken and never answered. */
export const endpointConfiguration: ComplexType = {
  complex: 'customExtensionEndpointConfiguration', abstract: true, properties: {},
  variants: [{
    complex: 'logicAppTriggerEndpointConfiguration',
    properties: { subscriptionId: text({ max: 256 }), resourceGroupName: text({ max: 256 }), logicAppWorkflowName: text({ max: 256 }), url: text({ max: 2000, writeOnly: true }) },
  }],
};

/** The resource that a resource request names, in the words that `resourceRequestFromBody` leaves. */
export const requestedResource: ComplexType = {
  complex: 'requestedResource', lenient: true,
  properties: {
    id: text(), originId: text(), originSystem: text(), displayName: text({ max: 256 }), description: text(), attributes: list(any()),
    environment: record({ complex: 'requestedEnvironment', lenient: true, properties: { id: text(), originId: text() } }),
    notificationEndpointConfiguration: record(endpointConfiguration),
  },
};

/** The attribute in beta's words (contract §1.3). */
export const betaResourceAttribute: ComplexType = {
  ...resourceAttribute, properties: { attributeName: text(), attributeSource: any(), attributeDestination: any(), isEditable: flag(), isPersistedOnAssignmentRemoval: flag() },
};
