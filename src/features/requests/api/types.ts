/** Structured values of requests and assignments (contract §1.3, §1.6). */
import { sql } from 'kysely';
import { any, choice, col, flag, instant, list, record, span, text, whole, words } from '../../../platform/graph/declare.ts';
import type { ComplexType, Property } from '../../../platform/graph/model.ts';
import { retryOf } from '../../grants/store/attempts.ts';
import { requestStates, requestTypes } from '../model.ts';

/** How an end is named. */
export const expirationPattern: ComplexType = {
  complex: 'expirationPattern',
  properties: {
    type: choice(words('expirationPatternType', ['notSpecified', 'noExpiration', 'afterDateTime', 'afterDuration'])),
    endDateTime: instant(), duration: span(),
  },
};

/** From when to when. Recurring access does not exist here: a recurrence is refused by the command. */
export const entitlementManagementSchedule: ComplexType = {
  complex: 'entitlementManagementSchedule',
  properties: { startDateTime: instant(), expiration: record(expirationPattern), recurrence: any() },
};

const reason: ComplexType = { complex: 'reason', properties: { code: text(), message: text(), target: text() } };

/** Why it came to what it came to: every reason, as a refusal tells them. Graph has no such member. */
export const reasons = (column: string): Property => list(record(reason), { readOnly: true, sql: (row) => sql`coalesce(${col(row, column)}, '[]'::jsonb)` });

/** How often something that is missing was tried to be given, and when it is tried again; null when nothing is missing. Graph has no such member. */
export const deliveryRetry = (...ids: readonly string[]): Property => record({
  complex: 'deliveryRetry', properties: { attemptCount: whole(), lastAttemptDateTime: instant(), nextAttemptDateTime: instant(), reasons: list(record(reason)) },
}, { readOnly: true, sql: (row) => retryOf(row, ...ids) });

const accessPackageAnswerString: ComplexType = { complex: 'accessPackageAnswerString', properties: { value: text({ max: 4000 }) } };

/** Answer to a question of the policy. */
export const accessPackageAnswer: ComplexType = {
  complex: 'accessPackageAnswer', variants: [accessPackageAnswerString],
  properties: {
    displayValue: text({ max: 4000 }), value: text({ max: 4000 }),
    answeredQuestion: record({ complex: 'accessPackageQuestion', lenient: true, properties: { id: text(), text: any() } }),
  },
};

/** What a policy wants of those who ask under it, in the words of either version: an answer of getApplicablePolicyRequirements. */
export const policyRequirements: ComplexType = {
  complex: 'accessPackageAssignmentRequestRequirements',
  properties: {
    policyId: text(), policyDisplayName: text(), policyDescription: text(), isRequestorJustificationRequired: flag(), schedule: record(entitlementManagementSchedule), questions: list(any()),
    isApprovalRequiredForAdd: flag(), isApprovalRequiredForUpdate: flag(), allowCustomAssignmentSchedule: flag(),
    isApprovalRequired: flag(), isApprovalRequiredForExtension: flag(), isCustomAssignmentScheduleAllowed: flag(), existingAnswers: list(any()),
  },
};

/** What a request asks for. `approverRemove` stands after unknownFutureValue. */
export const requestType = words('accessPackageRequestType', requestTypes, { later: ['approverRemove'], betaCase: 'pascal' });

/** State of a request. */
export const requestState = words('accessPackageRequestState', requestStates, { betaCase: 'pascal' });

/** Body of `resume`: what a custom extension says (accessPackageAssignmentRequestCallbackData). Samples name it by several types. */
export const resumeParameters = {
  source: text(), type: text(),
  data: record({
    complex: 'accessPackageAssignmentRequestCallbackData', lenient: true,
    properties: { stage: text(), customExtensionStageInstanceId: text(), customExtensionStageInstanceDetail: text({ max: 4000 }), state: text(), approvalStage: any() },
  }, { required: true, notNull: true }),
};
