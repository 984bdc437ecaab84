/** The structured values of a policy, as v1.0 words them (contract §1.5, §5.7). */
import { choice, date, flag, guid, instant, list, record, span, text, whole, words } from '../../../platform/graph/declare.ts';
import type { ComplexType, Property } from '../../../platform/graph/model.ts';
import { namedExtension } from '../../extensions/api.ts';
import { targetScopes } from '../model.ts';

const set = (complex: string, properties: Readonly<Record<string, Property>> = {}): ComplexType => ({ complex, properties, lenient: true });
const described = { description: text() };
const level = { managerLevel: whole() };

/** Somebody, or everybody in some relation. Published samples carry strays such as isBackup: accepted and dropped. */
export const subjectSet: ComplexType = {
  complex: 'subjectSet', abstract: true, properties: {}, lenient: true,
  variants: [
    set('singleUser', { userId: guid({ required: true, notNull: true }), ...described }), set('groupMembers', { groupId: guid({ required: true, notNull: true }), ...described }),
    set('connectedOrganizationMembers', { connectedOrganizationId: guid({ required: true, notNull: true }), ...described }),
    set('singleServicePrincipal', { servicePrincipalId: guid({ required: true, notNull: true }), ...described }),
    set('requestorManager', level), set('targetManager', level), set('internalSponsors'), set('externalSponsors'), set('targetUserSponsors'),
    set('targetApplicationOwners'), set('targetAgentIdentitySponsorsOrOwners'), set('attributeRuleMembers', { membershipRule: text({ max: 3072 }), isOwnDoingAccepted: flag(), ...described }),
  ],
};

const sets = (): Property => list(record(subjectSet), { max: 100 });

export const allowedTargetScope = words('allowedTargetScope', targetScopes);

/** When something ends. */
export const expirationPattern: ComplexType = {
  complex: 'expirationPattern',
  properties: { type: choice(words('expirationPatternType', ['notSpecified', 'noExpiration', 'afterDateTime', 'afterDuration'])), duration: span(), endDateTime: instant() },
};

export const requestorSettings: ComplexType = {
  complex: 'accessPackageAssignmentRequestorSettings',
  properties: {
    enableTargetsToSelfAddAccess: flag(), enableTargetsToSelfUpdateAccess: flag(), enableTargetsToSelfRemoveAccess: flag(), allowCustomAssignmentSchedule: flag(),
    enableOnBehalfRequestorsToAddAccess: flag(), enableOnBehalfRequestorsToUpdateAccess: flag(), enableOnBehalfRequestorsToRemoveAccess: flag(), onBehalfRequestors: sets(),
  },
};

const approvalStage: ComplexType = {
  complex: 'accessPackageApprovalStage',
  properties: {
    durationBeforeAutomaticDenial: span(), isApproverJustificationRequired: flag(), isEscalationEnabled: flag(), durationBeforeEscalation: span(),
    approverInformationVisibility: choice(words('approverInformationVisibility', ['default', 'notVisible', 'visible'])),
    // Beyond Graph: how many different people must approve. Null and absent: 1, or in a replaced policy what the stage at the same place had.
    requiredApprovalCount: whole(),
    // Beta's words, which are turned into the two durations when the policy is kept: only then is known what they replace.
    approvalStageTimeOutInDays: whole({ writeOnly: true }), escalationTimeInMinutes: whole({ writeOnly: true }),
    primaryApprovers: sets(), fallbackPrimaryApprovers: sets(), escalationApprovers: sets(), fallbackEscalationApprovers: sets(),
  },
  // Beta's stage names its extension; v1.0's has it in the policy's stage settings only. Both are taken.
  variants: [{ complex: 'accessPackageDynamicApprovalStage', properties: { customExtension: record(namedExtension) } }],
};

export const requestApprovalSettings: ComplexType = {
  complex: 'accessPackageAssignmentApprovalSettings',
  properties: { isApprovalRequiredForAdd: flag(), isApprovalRequiredForUpdate: flag(), isRequestorJustificationRequired: flag(), stages: list(record(approvalStage), { max: 100 }) },
};

const days = words('dayOfWeek', ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']);
const pattern: ComplexType = {
  complex: 'recurrencePattern',
  properties: {
    type: choice(words('recurrencePatternType', ['daily', 'weekly', 'absoluteMonthly', 'relativeMonthly', 'absoluteYearly', 'relativeYearly'])),
    interval: whole(), month: whole(), dayOfMonth: whole(), daysOfWeek: list(choice(days)), firstDayOfWeek: choice(days),
    index: choice(words('weekIndex', ['first', 'second', 'third', 'fourth', 'last'])),
  },
};
const range: ComplexType = {
  complex: 'recurrenceRange',
  properties: { type: choice(words('recurrenceRangeType', ['endDate', 'noEnd', 'numbered'])), startDate: date(), endDate: date(), recurrenceTimeZone: text(), numberOfOccurrences: whole() },
};
const schedule: ComplexType = {
  complex: 'entitlementManagementSchedule',
  properties: {
    startDateTime: instant(), expiration: record(expirationPattern),
    recurrence: record({ complex: 'patternedRecurrence', properties: { pattern: record(pattern), range: record(range) } }),
  },
};

export const reviewSettings: ComplexType = {
  complex: 'accessPackageAssignmentReviewSettings',
  properties: {
    isEnabled: flag(), expirationBehavior: choice(words('accessReviewExpirationBehavior', ['keepAccess', 'removeAccess', 'acceptAccessRecommendation'])),
    isRecommendationEnabled: flag(), isReviewerJustificationRequired: flag(), isSelfReview: flag(), schedule: record(schedule), primaryReviewers: sets(), fallbackReviewers: sets(),
  },
};

/**
 * `isAssignmentNotificationDisabled` mutes every mail to those who ask for or have access (or answer for who has it). Those who are to
 * decide are told all the same: without them a request would wait for nobody.
 */
export const notificationSettings: ComplexType = { complex: 'accessPackageNotificationSettings', properties: { isAssignmentNotificationDisabled: flag() } };

export const automaticRequestSettings: ComplexType = {
  complex: 'accessPackageAutomaticRequestSettings',
  properties: { requestAccessForAllowedTargets: flag(), removeAccessWhenTargetLeavesAllowedTargets: flag(), gracePeriodBeforeAccessRemoval: span() },
};

const localizations = list(record({ complex: 'accessPackageLocalizedText', properties: { languageCode: text({ required: true, notNull: true, max: 35 }), text: text() } }));
const answerChoice: ComplexType = { complex: 'accessPackageAnswerChoice', properties: { actualValue: text({ required: true, notNull: true, max: 256 }), text: text(), localizations } };

/** A question to whoever asks. */
export const accessPackageQuestion: ComplexType = {
  complex: 'accessPackageQuestion', abstract: true,
  properties: { id: text(), text: text(), localizations, isRequired: flag(), isAnswerEditable: flag(), sequence: whole() },
  variants: [
    { complex: 'accessPackageTextInputQuestion', properties: { isSingleLineQuestion: flag(), regexPattern: text({ max: 2048 }) } },
    { complex: 'accessPackageMultipleChoiceQuestion', properties: { choices: list(record(answerChoice), { max: 100 }), isMultipleSelectionAllowed: flag() } },
  ],
};
