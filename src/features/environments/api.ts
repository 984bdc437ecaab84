/** Environments and connectors as Graph shows them (contract §1.2, §1.4; externalOriginResourceConnector's page). */
import { sql } from 'kysely';
import type { Caller } from '../../kernel/caller.ts';
import { choice, col, flag, instant, record, text, words } from '../../platform/graph/declare.ts';
import type { ComplexType, Declaration, EntityType, Visibility } from '../../platform/graph/model.ts';
import { entitlementReach } from '../roles/rules.ts';
import { changeConnector, createConnector, removeConnector } from './commands.ts';
import { connectorTypes } from './model.ts';

/** What is in a key vault stays there: only its name is known here, and a secret itself has no member to be sent in. */
const connectionInfo: ComplexType = {
  complex: 'connectionInfo',
  properties: { url: text({ max: 2000 }) },
  variants: [{
    complex: 'externalTokenBasedSapIagConnectionInfo',
    properties: {
      accessTokenUrl: text({ max: 2000 }), clientId: text({ max: 256 }), keyVaultName: text({ max: 256 }), secretName: text({ max: 256 }), subscriptionId: text({ max: 256 }),
      resourceGroup: text({ max: 256 }),
    },
  }],
};

const readsSomeCatalog = (caller: Caller): Visibility => {
  const { all, catalogIds } = entitlementReach(caller, 'readCatalog');
  return all || catalogIds.length > 0 ? 'all' : 'none';
};

const accessPackageResourceEnvironment: EntityType = {
  name: 'accessPackageResourceEnvironment',
  table: 'resource_environments',
  properties: {
    displayName: text({ readOnly: true }), description: text({ readOnly: true }),
    originId: text({ readOnly: true, exact: true }), originSystem: text({ readOnly: true }),
    isDefaultEnvironment: flag({ readOnly: true }),
    connectionInfo: record(connectionInfo, {
      readOnly: true, sql: (row) => sql`(select jsonb_build_object('url', c.connection_info -> 'url') from external_connectors c where c.id = ${col(row, 'connector_id')})`,
    }),
    createdDateTime: instant({ column: 'created_at', readOnly: true }), modifiedDateTime: instant({ column: 'modified_at', readOnly: true }),
    createdBy: text({ only: 'beta', readOnly: true }), modifiedBy: text({ only: 'beta', readOnly: true }),
  },
  navigations: {
    resources: { to: 'accessPackageResource', many: true, join: (from, to) => sql`${col(to, 'environment_id')} = ${col(from, 'id')}` },
  },
  beta: { rename: { resources: 'accessPackageResources' } },
  visible: readsSomeCatalog,
};

const connectorType = words('connectorType', connectorTypes);

const externalOriginResourceConnector: EntityType = {
  name: 'externalOriginResourceConnector',
  table: 'external_connectors',
  properties: {
    displayName: text({ required: true, notNull: true, max: 256 }),
    description: text({ required: true, notNull: true }),
    connectorType: choice(connectorType, { required: true, notNull: true }),
    connectionInfo: record(connectionInfo, { required: true, notNull: true }),
    createdBy: text({ readOnly: true }), createdDateTime: instant({ column: 'created_at', readOnly: true }),
    modifiedBy: text({ readOnly: true }), modifiedDateTime: instant({ column: 'modified_at', readOnly: true }),
  },
  visible: (caller) => (entitlementReach(caller, 'readCatalog').all ? 'all' : 'none'),
  create: createConnector,
  update: changeConnector,
  remove: removeConnector,
};

const entitlementManagement = 'identityGovernance/entitlementManagement';

/** What environments contribute to the service. */
export const environments: Declaration = {
  types: [accessPackageResourceEnvironment, externalOriginResourceConnector],
  roots: [
    { path: `${entitlementManagement}/resourceEnvironments`, betaPath: `${entitlementManagement}/accessPackageResourceEnvironments`, type: 'accessPackageResourceEnvironment' },
    { path: `${entitlementManagement}/externalOriginResourceConnectors`, type: 'externalOriginResourceConnector' },
  ],
};
