/** Resources of catalogs with their roles, scopes and environments, and the requests that bring them (contract §1.3, §1.4). */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import { any, choice, col, flag, guid, instant, list, record, text, words } from '../../../platform/graph/declare.ts';
import type { Alias, ComplexType, EntityType, Navigation, Root, Sql, Visibility } from '../../../platform/graph/model.ts';
import { entitlementReach } from '../../roles/rules.ts';
import { requestResource } from '../commands/resources.ts';
import { resourceRequestFromBody, resourceToBeta } from '../rules.ts';
import { inReach } from '../store.ts';
import { entitlementManagement } from './catalogs.ts';

const inReadableCatalog = (caller: Caller, row: Alias): Visibility => inReach(entitlementReach(caller, 'readCatalog'), col(row, 'catalog_id'));

const catalog: Navigation = { to: 'accessPackageCatalog', many: false, column: 'catalog_id', join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'catalog_id')}` };
const resource: Navigation = { to: 'accessPackageResource', many: false, column: 'resource_id', contained: true, join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'resource_id')}` };
/** What a resource offers besides the role by which somebody has come to it is for those who read its catalog. */
const ofResource = (to: string): Navigation => ({ to, many: true, join: (from, target) => sql`${col(target, 'resource_id')} = ${col(from, 'id')}` });

const attribute: ComplexType = {
  complex: 'accessPackageResourceAttribute', lenient: true,
  properties: { name: text(), source: any(), destination: any(), isEditable: flag(), isPersistedOnAssignmentRemoval: flag() },
};

/** The same in beta's words (contract §1.3). */
const betaAttribute: ComplexType = {
  ...attribute, properties: { attributeName: text(), attributeSource: any(), attributeDestination: any(), isEditable: flag(), isPersistedOnAssignmentRemoval: flag() },
};

export const accessPackageResource: EntityType = {
  name: 'accessPackageResource',
  table: 'catalog_resources',
  properties: {
    displayName: text({ readOnly: true }),
    description: text({ readOnly: true }),
    originId: text({ readOnly: true }),
    originSystem: text({ readOnly: true }),
    attributes: list(record(attribute), { readOnly: true }),
    createdDateTime: instant({ column: 'created_at', readOnly: true }),
    modifiedDateTime: instant({ column: 'modified_at', readOnly: true }),
    addedBy: text({ only: 'beta', readOnly: true }),
    isPendingOnboarding: flag({ only: 'beta', readOnly: true, sql: () => sql`false` }),
    resourceType: text({ only: 'beta', readOnly: true, sql: resourceTypeOf }),
    url: text({ only: 'beta', readOnly: true, sql: () => sql`null::text` }),
  },
  navigations: {
    roles: ofResource('accessPackageResourceRole'),
    scopes: ofResource('accessPackageResourceScope'),
    environment: { to: 'accessPackageResourceEnvironment', many: false, contained: true, join: () => sql`false` },
    catalog,
  },
  beta: {
    rename: {
      createdDateTime: 'addedOn', environment: 'accessPackageResourceEnvironment', roles: 'accessPackageResourceRoles', scopes: 'accessPackageResourceScopes',
      catalog: 'accessPackageCatalog',
    },
    drop: ['modifiedDateTime'],
    toBeta: resourceToBeta,
    shape: { attributes: list(record(betaAttribute), { readOnly: true }) },
  },
  visible: inReadableCatalog,
};

function resourceTypeOf(row: Alias): Sql {
  return sql`case ${col(row, 'origin_system')} when 'AadGroup' then 'Security Group' when 'AadApplication' then 'Application' else 'API permissions' end`;
}

/** Words for what a role gives (contract §1.4): only API permissions say it. */
const roleType = words('roleType', ['active', 'eligible', 'application', 'delegated']);

const beta = { rename: { resource: 'accessPackageResource' } };

export const accessPackageResourceRole: EntityType = {
  name: 'accessPackageResourceRole',
  table: 'resource_roles',
  properties: {
    displayName: text({ readOnly: true }), description: text({ readOnly: true }), originId: text({ readOnly: true }), originSystem: text({ readOnly: true }),
    type: choice(roleType, { readOnly: true }),
  },
  navigations: { resource },
  beta,
  visible: inReadableCatalog,
};

export const accessPackageResourceScope: EntityType = {
  name: 'accessPackageResourceScope',
  table: 'resource_scopes',
  properties: {
    displayName: text({ readOnly: true }), description: text({ readOnly: true }), originId: text({ readOnly: true }), originSystem: text({ readOnly: true }),
    isRootScope: flag({ readOnly: true }),
    roleOriginId: text({ only: 'beta', readOnly: true, sql: () => sql`null::text` }),
    url: text({ only: 'beta', readOnly: true, sql: () => sql`null::text` }),
  },
  navigations: { resource },
  beta,
  visible: inReadableCatalog,
};

export const accessPackageResourceEnvironment: EntityType = {
  name: 'accessPackageResourceEnvironment',
  table: 'resource_environments',
  properties: {
    displayName: text({ readOnly: true }), description: text({ readOnly: true }), originId: text({ readOnly: true }), originSystem: text({ readOnly: true }),
    isDefaultEnvironment: flag({ readOnly: true }),
    createdDateTime: instant({ column: 'created_at', readOnly: true }), modifiedDateTime: instant({ column: 'modified_at', readOnly: true }),
  },
  visible: (caller) => (entitlementReach(caller, 'readCatalog').all || entitlementReach(caller, 'readCatalog').catalogIds.length > 0 ? 'all' : 'none'),
};

const requestType = words('accessPackageRequestType', [
  'notSpecified', 'userAdd', 'userUpdate', 'userRemove', 'adminAdd', 'adminUpdate', 'adminRemove', 'systemAdd', 'systemUpdate', 'systemRemove', 'onBehalfAdd',
], { betaCase: 'pascal', later: ['approverRemove'] });
const requestState = words('accessPackageRequestState', [
  'submitted', 'pendingApproval', 'delivering', 'delivered', 'deliveryFailed', 'denied', 'scheduled', 'canceled', 'partiallyDelivered',
], { betaCase: 'pascal' });

const requestedResource: ComplexType = {
  complex: 'requestedResource', lenient: true,
  properties: { id: text(), originId: text(), originSystem: text(), displayName: text({ max: 256 }), description: text(), attributes: list(any()) },
};

export const accessPackageResourceRequest: EntityType = {
  name: 'accessPackageResourceRequest',
  table: 'resource_requests',
  properties: {
    requestType: choice(requestType, { required: true, notNull: true }),
    state: choice(requestState, { readOnly: true }),
    createdDateTime: instant({ column: 'created_at', readOnly: true }),
    requestedResource: record(requestedResource, { writeOnly: true }),
    catalogId: guid({ only: 'beta', readOnly: true }),
    requestStatus: text({ only: 'beta', readOnly: true, sql: () => sql`'Fulfilled'` }),
    justification: text({ only: 'beta' }),
    isValidationOnly: flag({ only: 'beta' }),
    executeImmediately: flag({ only: 'beta', sql: () => sql`true` }),
  },
  navigations: { catalog: { ...catalog, bind: true }, resource },
  beta: {
    rename: { state: 'requestState', resource: 'accessPackageResource', catalog: 'accessPackageCatalog' },
    fromBody: resourceRequestFromBody,
    drop: ['createdDateTime'],
  },
  visible: inReadableCatalog,
  create: requestResource,
};

const root = (path: string, betaPath: string, type: string): Root => ({ path: `${entitlementManagement}/${path}`, betaPath: `${entitlementManagement}/${betaPath}`, type });

export const resourceRoots: readonly Root[] = [
  root('resources', 'accessPackageResources', 'accessPackageResource'),
  root('resourceRequests', 'accessPackageResourceRequests', 'accessPackageResourceRequest'),
  root('resourceEnvironments', 'accessPackageResourceEnvironments', 'accessPackageResourceEnvironment'),
];
