/** The structured values of a policy as beta answers them (contract §1.3, §1.5): what {@link policyToBeta} leaves. Read for descriptions. */
import { any, flag, instant, list, record, text, whole } from '../../../platform/graph/declare.ts';
import type { ComplexType, Property } from '../../../platform/graph/model.ts';
import { namedExtension } from '../../extensions/api.ts';
import { subjectSet } from './types.ts';

/** Who is meant. Beta has the id under `id`, whatever the kind. */
const userSet: ComplexType = {
  complex: 'userSet', abstract: true, lenient: true, properties: { id: text(), isBackup: flag() }, variants: subjectSet.variants ?? [],
};
const sets = (): Property => list(record(userSet));

const requestorSettings: ComplexType = {
  complex: 'requestorSettings',
  properties: {
    scopeType: text(), acceptRequests: flag(), allowedRequestors: sets(), onBehalfRequestors: sets(),
    enableTargetsToSelfAddAccess: flag(), enableTargetsToSelfUpdateAccess: flag(), enableTargetsToSelfRemoveAccess: flag(), allowCustomAssignmentSchedule: flag(),
    enableOnBehalfRequestorsToAddAccess: flag(), enableOnBehalfRequestorsToUpdateAccess: flag(), enableOnBehalfRequestorsToRemoveAccess: flag(),
  },
};

const approvalStage: ComplexType = {
  complex: 'approvalStageSettings',
  properties: {
    approvalStageTimeOutInDays: whole(), isApproverJustificationRequired: flag(), isEscalationEnabled: flag(), escalationTimeInMinutes: whole(), approverInformationVisibility: text(),
    primaryApprovers: sets(), escalationApprovers: sets(), durationBeforeAutomaticDenial: text(), durationBeforeEscalation: text(), requiredApprovalCount: whole(),
  },
  variants: [{ complex: 'accessPackageDynamicApprovalStage', properties: { customExtension: record(namedExtension) } }],
};

const approvalSettings: ComplexType = {
  complex: 'approvalSettings',
  properties: { isApprovalRequired: flag(), isApprovalRequiredForExtension: flag(), isRequestorJustificationRequired: flag(), approvalMode: text(), approvalStages: list(record(approvalStage)) },
};

const reviewSettings: ComplexType = {
  complex: 'assignmentReviewSettings',
  properties: {
    isEnabled: flag(), recurrenceType: text(), reviewerType: text(), startDateTime: instant(), durationInDays: whole(), reviewers: sets(), isAccessRecommendationEnabled: flag(),
    isApprovalJustificationRequired: flag(), accessReviewTimeoutBehavior: text(),
  },
};

const localizedContent: ComplexType = { complex: 'accessPackageLocalizedContent', properties: { defaultText: text(), localizedTexts: list(any()) } };
const answerChoice: ComplexType = { complex: 'accessPackageAnswerChoice', properties: { actualValue: text(), displayValue: record(localizedContent) } };
const question: ComplexType = {
  complex: 'accessPackageQuestion', abstract: true,
  properties: { id: text(), text: record(localizedContent), isRequired: flag(), isAnswerEditable: flag(), sequence: whole() },
  variants: [
    { complex: 'accessPackageTextInputQuestion', properties: { isSingleLineQuestion: flag(), regexPattern: text() } },
    { complex: 'accessPackageMultipleChoiceQuestion', properties: { choices: list(record(answerChoice)), allowsMultipleSelection: flag() } },
  ],
};

/** Members of a policy that beta shapes otherwise. */
export const betaShape: Readonly<Record<string, Property>> = {
  requestorSettings: record(requestorSettings), requestApprovalSettings: record(approvalSettings), accessReviewSettings: record(reviewSettings), questions: list(record(question)),
  durationInDays: whole(), expirationDateTime: instant(),
};
