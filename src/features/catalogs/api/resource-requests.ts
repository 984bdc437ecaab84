/** Resource requests as Graph shows them: how a resource came to its catalog, changed and went (contract §1.3, §1.4). */
import { sql } from 'kysely';
import { choice, col, flag, guid, instant, record, text, words } from '../../../platform/graph/declare.ts';
import type { EntityType, Root } from '../../../platform/graph/model.ts';
import { requestResource } from '../commands/resources.ts';
import { resourceRequestFromBody } from '../rules.ts';
import { entitlementManagement } from './catalogs.ts';
import { catalog, resource } from './resources.ts';
import { entitlementReach } from '../../roles/rules.ts';
import { isReachedResource } from '../../roles/store/reach.ts';
import { requestedResource } from './shapes.ts';

const requestType = words('accessPackageRequestType', [
  'notSpecified', 'userAdd', 'userUpdate', 'userRemove', 'adminAdd', 'adminUpdate', 'adminRemove', 'systemAdd', 'systemUpdate', 'systemRemove', 'onBehalfAdd',
], { betaCase: 'pascal', later: ['approverRemove'] });
const requestState = words('accessPackageRequestState', [
  'submitted', 'pendingApproval', 'delivering', 'delivered', 'deliveryFailed', 'denied', 'scheduled', 'canceled', 'partiallyDelivered',
], { betaCase: 'pascal' });

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
    /** Whatever is asked, it was: there is nothing to wait for. */
    executeImmediately: flag({ only: 'beta', sql: () => sql`true` }),
    expirationDateTime: instant({ only: 'beta', column: 'expires_at' }),
  },
  navigations: {
    catalog: { ...catalog, bind: true },
    resource,
    requestor: { to: 'accessPackageSubject', many: false, column: 'requested_by', only: 'beta', contained: true, join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'requested_by')}` },
  },
  beta: {
    rename: { state: 'requestState', resource: 'accessPackageResource', catalog: 'accessPackageCatalog' },
    fromBody: resourceRequestFromBody,
    drop: ['createdDateTime'],
  },
  visible: (caller, row) => isReachedResource(entitlementReach(caller, 'readCatalog'), { id: col(row, 'resource_id'), catalogId: col(row, 'catalog_id') }),
  create: requestResource,
};

/** Root of resource requests. */
export const resourceRequestRoots: readonly Root[] = [
  { path: `${entitlementManagement}/resourceRequests`, betaPath: `${entitlementManagement}/accessPackageResourceRequests`, type: 'accessPackageResourceRequest' },
];
