/** What requests contribute to the service (contract §1.6). */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import { refuse } from '../../../kernel/problem.ts';
import { any, choice, col, flag, guid, instant, list, record, text, words } from '../../../platform/graph/declare.ts';
import type { Alias, Command, Declaration, EntityType, FilterFunction, Navigation, Sql, Visibility } from '../../../platform/graph/model.ts';
import { entitlementManagement } from '../../catalogs/api/catalogs.ts';
import { entitlementReach } from '../../roles/rules.ts';
import { anyOf, isReachedPackage } from '../../roles/store/reach.ts';
import { createRequest } from '../commands/create.ts';
import { cancelRequest, deleteRequest, reprocessRequest } from '../commands/change.ts';
import { requestFromBody, requestToBeta } from '../rules/body.ts';
import { calloutInstances } from '../../extensions/api.ts';
import { calloutInstancesOf } from '../../extensions/store/callouts.ts';
import { resumeRequest } from '../commands/resume.ts';
import { concernedRequests, isAwaiting, isCaller, isGuardedAgentOf, isManagedBy } from '../store/concern.ts';
import { accessPackageAnswer, deliveryRetry, entitlementManagementSchedule, reasons, resumeParameters, requestState, requestType } from './types.ts';

/** Requests for packages and by policies within reach, and those that are the caller's business. */
export function visibleRequests(caller: Caller, row: Alias): Visibility {
  const reach = entitlementReach(caller, 'readAssignments');
  const governed = isReachedPackage(reach, { packageId: col(row, 'access_package_id'), policyId: col(row, 'policy_id') });
  if (governed === 'all') return 'all';
  const own = reach.own ? [sql`${col(row, 'id')} = any(${concernedRequests(caller)})`] : [];
  return anyOf([...(governed === 'none' ? [] : [governed]), ...own]);
}

/** Refuses callers that may not even ask what is theirs. */
export function needOwn(caller: Caller): void {
  if (!entitlementReach(caller, 'readAssignments').own) refuse('forbidden', { reason: 'This takes a permission such as EntitlementMgmt-SubjectAccess.ReadWrite or EntitlementManagement.SelfRequest.' });
}

type On = 'target' | 'createdBy' | 'approver' | 'targetOrRequestor' | 'targetManager' | 'requestForOthers' | 'targetAgentIdentitySponsorOrOwner';
const options: readonly On[] = ['target', 'createdBy', 'approver', 'targetOrRequestor', 'targetManager', 'requestForOthers', 'targetAgentIdentitySponsorOrOwner'];

const conditions: Readonly<Record<On, (caller: Caller, row: Alias) => Sql>> = {
  target: (caller, row) => isCaller(caller, col(row, 'target_id')),
  createdBy: (caller, row) => isCaller(caller, col(row, 'requestor_id')),
  approver: (caller, row) => isAwaiting(caller, col(row, 'id')),
  targetOrRequestor: (caller, row) => sql`(${isCaller(caller, col(row, 'target_id'))} or ${isCaller(caller, col(row, 'requestor_id'))})`,
  targetManager: (caller, row) => isManagedBy(caller, col(row, 'target_id')),
  requestForOthers: (caller, row) => sql`(${isCaller(caller, col(row, 'requestor_id'))} and ${col(row, 'target_id')} <> ${col(row, 'requestor_id')})`,
  targetAgentIdentitySponsorOrOwner: (caller, row) => isGuardedAgentOf(caller, col(row, 'target_id')),
};

const filterByCurrentUser: FilterFunction = {
  parameters: { on: choice(words('accessPackageAssignmentRequestFilterByCurrentUserOptions', options), { required: true, notNull: true }) },
  returns: 'accessPackageAssignmentRequest',
  where: (caller, row, given) => {
    needOwn(caller);
    const on = options.find((option) => option === given['on']);
    return on === undefined ? sql`false` : conditions[on](caller, row);
  },
};

const done = (run: (work: Parameters<Command>[0], id: string) => Promise<void>, answer: 'done' | 'accepted'): Command => async (work, input) => {
  await run(work, input.id);
  return { answer };
};

const to = (type: string, column: string): Navigation => ({ to: type, many: false, column, contained: true, join: (from, target) => sql`${col(target, 'id')} = ${col(from, column)}` });

/** Members of a body that `requestFromBody` lifts out of its nested objects. */
const asked = {
  targetId: guid({ writeOnly: true }), targetEmail: text({ writeOnly: true }), assignmentPolicyId: guid({ writeOnly: true }),
  accessPackageId: guid({ writeOnly: true }), assignmentId: guid({ writeOnly: true }),
};

const accessPackageAssignmentRequest: EntityType = {
  name: 'accessPackageAssignmentRequest',
  table: 'assignment_requests',
  properties: {
    requestType: choice(requestType, { required: true, notNull: true, immutable: true }),
    state: choice(requestState, { readOnly: true, equals: (row, _path, state) => sql`${col(row, 'state')} = ${sql.lit(state)}` }),
    status: text({ readOnly: true }),
    createdDateTime: instant({ column: 'created_at', readOnly: true }),
    completedDateTime: instant({ column: 'completed_at', readOnly: true }),
    justification: text({ max: 4000 }),
    schedule: record(entitlementManagementSchedule, { immutable: true }),
    answers: list(record(accessPackageAnswer)),
    customExtensionCalloutInstances: { ...calloutInstances, sql: (row) => calloutInstancesOf('request_id', col(row, 'id')) },
    failureReasons: reasons('failure'),
    deliveryRetry: deliveryRetry('id', 'assignment_id'),
    isValidationOnly: flag({ only: 'beta', sql: () => sql`false` }),
    customExtensionHandlerInstances: list(any(), { only: 'beta', readOnly: true, sql: () => sql`'[]'::jsonb` }),
    verifiedCredentialsData: list(any(), { only: 'beta', readOnly: true, sql: () => sql`'[]'::jsonb` }),
    ...asked,
  },
  navigations: {
    accessPackage: to('accessPackage', 'access_package_id'),
    assignment: to('accessPackageAssignment', 'assignment_id'),
    requestor: to('accessPackageSubject', 'requestor_id'),
  },
  beta: {
    rename: { state: 'requestState', status: 'requestStatus', completedDateTime: 'completedDate', assignment: 'accessPackageAssignment' },
    fromBody: requestFromBody,
    toBeta: requestToBeta,
  },
  visible: visibleRequests,
  create: createRequest,
  remove: done(deleteRequest, 'done'),
  actions: { cancel: { run: done(cancelRequest, 'done') }, resume: { parameters: resumeParameters, run: async (work, input) => { await resumeRequest(work, input.id, input.body); return { answer: 'done' }; } }, reprocess: { run: done(reprocessRequest, 'accepted'), answers: { accepted: true } } },
  collectionFunctions: { filterByCurrentUser, My: { only: 'beta', returns: 'accessPackageAssignmentRequest', where: (caller, row) => { needOwn(caller); return conditions.targetOrRequestor(caller, row); } } },
};

/** Requests. */
export const requestsDeclaration: Declaration = {
  types: [accessPackageAssignmentRequest],
  roots: [
    { path: `${entitlementManagement}/assignmentRequests`, type: 'accessPackageAssignmentRequest' },
    { path: `${entitlementManagement}/accessPackageAssignmentRequests`, type: 'accessPackageAssignmentRequest', only: 'beta' },
  ],
};
