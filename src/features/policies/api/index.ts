/** Policies as Graph shows them (contract §1.3, §1.5). */
import { sql } from 'kysely';
import { choice, col, flag, guid, instant, list, record, text } from '../../../platform/graph/declare.ts';
import type { Declaration, EntityType } from '../../../platform/graph/model.ts';
import { entitlementManagement } from '../../catalogs/api/catalogs.ts';
import { customExtensionStageSetting } from '../../extensions/api.ts';
import { stageSettingsOf } from '../../extensions/store/extensions.ts';
import { entitlementReach } from '../../roles/rules.ts';
import { isReachedPackage } from '../../roles/store/reach.ts';
import { createPolicy, removePolicy, replacePolicy } from '../commands.ts';
import { policyFromBody } from '../rules/from-beta.ts';
import { policyToBeta } from '../rules/to-beta.ts';
import { betaShape } from './beta.ts';
import {
  accessPackageQuestion, allowedTargetScope, automaticRequestSettings, expirationPattern, notificationSettings, requestApprovalSettings,
  requestorSettings, reviewSettings, subjectSet,
} from './types.ts';

/** What a policy holds, in v1.0's words. */
export const policyProperties: EntityType['properties'] = {
  displayName: text({ required: true, notNull: true, max: 256 }),
  description: text(),
  allowedTargetScope: choice(allowedTargetScope, { notNull: true }),
  specificAllowedTargets: list(record(subjectSet), { max: 1000 }),
  expiration: record(expirationPattern),
  requestorSettings: record(requestorSettings),
  requestApprovalSettings: record(requestApprovalSettings),
  automaticRequestSettings: record(automaticRequestSettings),
  reviewSettings: record(reviewSettings),
  notificationSettings: record(notificationSettings),
  customExtensionStageSettings: list(record(customExtensionStageSetting), { max: 20, expandable: true, sql: (row) => stageSettingsOf(col(row, 'id')) }),
  questions: list(record(accessPackageQuestion), { max: 30, expandable: true }),
  createdDateTime: instant({ column: 'created_at', readOnly: true }),
  modifiedDateTime: instant({ column: 'modified_at', readOnly: true }),
  accessPackageId: guid({ only: 'beta', readOnly: true }),
  // Whoever may change its own access may ask for more of it, in whichever version that was said.
  canExtend: flag({ only: 'beta', sql: (row) => sql`(${col(row, 'can_extend')} or coalesce((${col(row, 'requestor_settings')} ->> 'enableTargetsToSelfUpdateAccess')::boolean, false))` }),
  createdBy: text({ only: 'beta', readOnly: true }),
  modifiedBy: text({ only: 'beta', readOnly: true }),
};

const accessPackageAssignmentPolicy: EntityType = {
  name: 'accessPackageAssignmentPolicy',
  table: 'assignment_policies',
  properties: policyProperties,
  navigations: {
    accessPackage: { to: 'accessPackage', many: false, column: 'access_package_id', bind: true, join: (from, to) => sql`${col(to, 'id')} = ${col(from, 'access_package_id')}` },
    catalog: {
      to: 'accessPackageCatalog', many: false, ignoreInBody: true,
      join: (from, to) => sql`${col(to, 'id')} = (select ap.catalog_id from access_packages ap where ap.id = ${col(from, 'access_package_id')})`,
    },
  },
  beta: {
    rename: { reviewSettings: 'accessReviewSettings', notificationSettings: 'accessPackageNotificationSettings', catalog: 'accessPackageCatalog' },
    fromBody: policyFromBody,
    toBeta: policyToBeta,
    shape: betaShape,
    drop: ['automaticRequestSettings'],
  },
  visible: (caller, row) => isReachedPackage(entitlementReach(caller, 'readCatalog'), { packageId: col(row, 'access_package_id'), policyId: col(row, 'id') }),
  create: createPolicy,
  replace: replacePolicy,
  remove: removePolicy,
  searchable: ['displayName', 'description'],
};

export const policies: Declaration = {
  types: [accessPackageAssignmentPolicy],
  roots: [{ path: `${entitlementManagement}/assignmentPolicies`, betaPath: `${entitlementManagement}/accessPackageAssignmentPolicies`, type: 'accessPackageAssignmentPolicy' }],
};
