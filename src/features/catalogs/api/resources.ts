/** Resources of catalogs with their roles and scopes (contract §1.3, §1.4). */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import { choice, col, flag, instant, list, record, text, words } from '../../../platform/graph/declare.ts';
import type { Alias, EntityType, Navigation, Root, Sql, Visibility } from '../../../platform/graph/model.ts';
import { entitlementReach } from '../../roles/rules.ts';
import { refreshResource } from '../commands/refresh.ts';
import { resourceToBeta } from '../rules.ts';
import { isSeenResource } from '../../roles/store/reach.ts';
import { entitlementManagement } from './catalogs.ts';
import { betaResourceAttribute, endpointConfiguration, resourceAttribute } from './shapes.ts';

/** Resources that the caller may see; rows of a resource by `column`, the name of the column that says of which. */
const ofSeenResource = (column: string) => (caller: Caller, row: Alias): Visibility => isSeenResource(entitlementReach(caller, 'readCatalog'), { id: col(row, column), catalogId: col(row, 'catalog_id') });
const seenResource = ofSeenResource('id');
const ofResourceRow = ofSeenResource('resource_id');

/** The catalog of a row. */
export const catalog: Navigation = { to: 'accessPackageCatalog', many: false, column: 'catalog_id', join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'catalog_id')}` };
/** The resource of a row. */
export const resource: Navigation = { to: 'accessPackageResource', many: false, column: 'resource_id', contained: true, join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'resource_id')}` };
/** What a resource offers besides the role by which somebody has come to it is for those who read its catalog. */
const ofResource = (to: string, more: Partial<Navigation> = {}): Navigation => ({ to, many: true, join: (from, target) => sql`${col(target, 'resource_id')} = ${col(from, 'id')}`, ...more });

export const accessPackageResource: EntityType = {
  name: 'accessPackageResource',
  table: 'catalog_resources',
  discriminator: 'accessPackageResource',
  properties: {
    displayName: text({ readOnly: true }),
    description: text({ readOnly: true }),
    originId: text({ readOnly: true }),
    originSystem: text({ readOnly: true }),
    attributes: list(record(resourceAttribute), { readOnly: true }),
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
    environment: { to: 'accessPackageResourceEnvironment', many: false, column: 'environment_id', contained: true, join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'environment_id')}` },
    externalOriginResourceConnector: {
      to: 'externalOriginResourceConnector', many: false, only: 'beta',
      join: (from, to) => sql`${col(to, 'id')} = (select e.connector_id from resource_environments e where e.id = ${col(from, 'environment_id')})`,
    },
    uploadSessions: ofResource('customDataProvidedResourceUploadSession', { inverse: 'resource' }),
    catalog,
  },
  beta: {
    rename: {
      createdDateTime: 'addedOn', environment: 'accessPackageResourceEnvironment', roles: 'accessPackageResourceRoles', scopes: 'accessPackageResourceScopes',
      catalog: 'accessPackageCatalog',
    },
    drop: ['modifiedDateTime'],
    toBeta: resourceToBeta,
    shape: { attributes: list(record(betaResourceAttribute), { readOnly: true }) },
  },
  visible: seenResource,
  actions: { refresh: { run: refreshResource } },
};

/** A system outside the directory whose access data is uploaded for reviews. No package gives anything of it. */
export const customDataProvidedResource: EntityType = {
  name: 'customDataProvidedResource',
  base: 'accessPackageResource',
  table: 'catalog_resources',
  discriminator: 'customDataProvidedResource',
  properties: { notificationEndpointConfiguration: record(endpointConfiguration, { readOnly: true }) },
  visible: seenResource,
};

function resourceTypeOf(row: Alias): Sql {
  return sql`case ${col(row, 'origin_system')} when 'AadGroup' then 'Security Group' when 'AadApplication' then 'Application' when 'OAuthApplication' then 'API permissions' else 'Custom data provided resource' end`;
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
  visible: ofResourceRow,
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
  visible: ofResourceRow,
};

/** Roots of resources. */
export const resourceRoots: readonly Root[] = [
  { path: `${entitlementManagement}/resources`, betaPath: `${entitlementManagement}/accessPackageResources`, type: 'accessPackageResource' },
];
