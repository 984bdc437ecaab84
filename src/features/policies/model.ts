/**
 * An assignment policy says who may receive a package, who may ask for it, who must approve and for how long. Stored
 * and held in v1.0's words (contract §1.5); beta is a dialect that `rules/` translates.
 */
import { flagAt, isRecord, type JsonRecord, numberAt, recordAt, recordsAt, textAt } from '../../kernel/json.ts';

/** Who may receive, in v1.0's order. `notSpecified`: whom an administrator assigns directly. */
export const targetScopes = [
  'notSpecified', 'specificDirectoryUsers', 'specificConnectedOrganizationUsers', 'specificDirectoryServicePrincipals', 'allMemberUsers',
  'allDirectoryUsers', 'allDirectoryServicePrincipals', 'allConfiguredConnectedOrganizationUsers', 'allExternalUsers', 'allDirectoryAgentIdentities',
] as const;
export type AllowedTargetScope = (typeof targetScopes)[number];

/** Kinds of subject set, and the property that names what they are about. */
export const subjectSetIds = {
  singleUser: 'userId', groupMembers: 'groupId', connectedOrganizationMembers: 'connectedOrganizationId', singleServicePrincipal: 'servicePrincipalId',
  requestorManager: undefined, targetManager: undefined, internalSponsors: undefined, externalSponsors: undefined, targetUserSponsors: undefined,
  targetApplicationOwners: undefined, targetAgentIdentitySponsorsOrOwners: undefined, attributeRuleMembers: undefined,
} as const;
export type SubjectSetKind = keyof typeof subjectSetIds;

/** Somebody, or everybody in some relation. `id` is set for the four kinds that name one object. */
export interface SubjectSet {
  readonly kind: SubjectSetKind;
  readonly id: string | undefined;
  /** 1 is the direct manager. Only for the two manager kinds. */
  readonly managerLevel: number;
  /** Only for attributeRuleMembers. */
  readonly membershipRule?: string;
  /** Whoever wrote the rule accepts that those who would gain, or their owners, can bring it about themselves. */
  readonly isOwnDoingAccepted?: boolean;
}

/** Managers of managers are followed this far up, wherever a policy is read. migrations/0013-lifecycle.sql says the same. */
export const highestManagerLevel = 10;

/** When access ends: `duration` is ISO 8601, `endDateTime` an ISO instant; each set for its own type only. */
export interface Expiration {
  readonly type: 'notSpecified' | 'noExpiration' | 'afterDateTime' | 'afterDuration';
  readonly duration: string | null;
  readonly endDateTime: string | null;
}

/** Who may ask, for itself and for others. */
export interface RequestorSettings {
  readonly enableTargetsToSelfAddAccess: boolean;
  readonly enableTargetsToSelfUpdateAccess: boolean;
  readonly enableTargetsToSelfRemoveAccess: boolean;
  readonly enableOnBehalfRequestorsToAddAccess: boolean;
  readonly enableOnBehalfRequestorsToUpdateAccess: boolean;
  readonly enableOnBehalfRequestorsToRemoveAccess: boolean;
  readonly allowCustomAssignmentSchedule: boolean;
  /** As written. An empty list under the agent scope means sponsors and owners (contract §2.3): see `onBehalfSets`. */
  readonly onBehalfRequestors: readonly SubjectSet[];
}

/** The lists of a stage that name who decides. */
export const approverLists = ['primaryApprovers', 'fallbackPrimaryApprovers', 'escalationApprovers', 'fallbackEscalationApprovers'] as const;

/** One stage of approval. Durations are ISO 8601. */
export interface ApprovalStageSettings {
  /** Its approvers are named by an extension when it opens (accessPackageDynamicApprovalStage). */
  readonly isDynamic: boolean;
  /** The extension, where the stage itself says it; else it stands in the policy's stage settings. */
  readonly extensionId: string | undefined;
  readonly durationBeforeAutomaticDenial: string;
  readonly isApproverJustificationRequired: boolean;
  readonly isEscalationEnabled: boolean;
  readonly durationBeforeEscalation: string;
  /** How many different people must approve, 1 or more. Beyond Graph. */
  readonly requiredApprovalCount: number;
  readonly primaryApprovers: readonly SubjectSet[];
  readonly fallbackPrimaryApprovers: readonly SubjectSet[];
  readonly escalationApprovers: readonly SubjectSet[];
  readonly fallbackEscalationApprovers: readonly SubjectSet[];
}

/** Whether and by whom a request is approved. */
export interface ApprovalSettings {
  readonly isApprovalRequiredForAdd: boolean;
  readonly isApprovalRequiredForUpdate: boolean;
  readonly isRequestorJustificationRequired: boolean;
  readonly stages: readonly ApprovalStageSettings[];
}

/** A question for whoever asks. `regexPattern` is one of RE2's, checked when the policy is saved; a whole answer has to follow it. */
export interface Question {
  readonly id: string;
  readonly kind: 'accessPackageTextInputQuestion' | 'accessPackageMultipleChoiceQuestion';
  readonly text: string;
  readonly isRequired: boolean;
  readonly isAnswerEditable: boolean;
  readonly sequence: number;
  /** The answer is one line. */
  readonly isSingleLine: boolean;
  readonly regexPattern: string | undefined;
  /** Values that may be chosen; empty for free text. */
  readonly choices: readonly string[];
  readonly isMultipleSelectionAllowed: boolean;
  /** As stored, for answering it to a client. */
  readonly wire: JsonRecord;
}

/** What happens by itself as targets match the policy's rule, or no longer do. */
export interface AutomaticRequestSettings {
  readonly requestAccessForAllowedTargets: boolean;
  readonly removeAccessWhenTargetLeavesAllowedTargets: boolean;
  /** ISO 8601; null: access is taken at once. */
  readonly gracePeriodBeforeAccessRemoval: string | null;
}

/** A whole policy. */
export interface Policy {
  readonly id: string;
  readonly accessPackageId: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly allowedTargetScope: AllowedTargetScope;
  readonly specificAllowedTargets: readonly SubjectSet[];
  readonly expiration: Expiration;
  readonly requestorSettings: RequestorSettings;
  readonly requestApprovalSettings: ApprovalSettings;
  readonly questions: readonly Question[];
  /** Beta's `canExtend`, as it was sent: a holder may ask for more time before the end. What counts is `enableTargetsToSelfUpdateAccess`. */
  readonly canExtend: boolean;
  readonly reviewSettings: JsonRecord | undefined;
  readonly automaticRequestSettings: AutomaticRequestSettings;
}

/** A row of `assignment_policies`, in snake_case, to a {@link Policy}. Throws on a row that this server cannot have written. */
export function parsePolicy(row: JsonRecord): Policy {
  const id = textAt(row, 'id');
  const accessPackageId = textAt(row, 'access_package_id');
  if (id === undefined || accessPackageId === undefined) throw new Error('a policy row has no id or no package');
  return {
    id, accessPackageId,
    displayName: textAt(row, 'display_name') ?? '',
    description: textAt(row, 'description') ?? null,
    allowedTargetScope: targetScopes.find((scope) => scope === row['allowed_target_scope']) ?? 'notSpecified',
    specificAllowedTargets: parseSubjectSets(row, 'specific_allowed_targets'),
    expiration: parseExpiration(recordAt(row, 'expiration')),
    requestorSettings: parseRequestorSettings(recordAt(row, 'requestor_settings')),
    requestApprovalSettings: parseApprovalSettings(recordAt(row, 'request_approval_settings')),
    questions: recordsAt(row, 'questions').map(parseQuestion),
    canExtend: flagAt(row, 'can_extend'),
    reviewSettings: isRecord(row['review_settings']) ? row['review_settings'] : undefined,
    automaticRequestSettings: parseAutomaticSettings(recordAt(row, 'automatic_request_settings')),
  };
}

/** Subject sets of a list in Graph's shape. One whose type is unknown is left out: it never widens a scope. */
export function parseSubjectSets(owner: JsonRecord, key: string): readonly SubjectSet[] {
  return recordsAt(owner, key).flatMap((set) => {
    const kind = kindOf(set);
    if (kind === undefined) return [];
    const property = subjectSetIds[kind];
    const rule = kind === 'attributeRuleMembers' ? { membershipRule: textAt(set, 'membershipRule') ?? '', ...(flagAt(set, 'isOwnDoingAccepted') ? { isOwnDoingAccepted: true } : {}) } : {};
    return [{ kind, id: property === undefined ? undefined : textAt(set, property), managerLevel: numberAt(set, 'managerLevel') ?? 1, ...rule }];
  });
}

/** Kind of a subject set by its `@odata.type`. */
export function kindOf(set: JsonRecord): SubjectSetKind | undefined {
  const name = textAt(set, '@odata.type')?.replace(/^#?microsoft\.graph\./i, '').toLowerCase();
  return Object.keys(subjectSetIds).find((kind): kind is SubjectSetKind => kind.toLowerCase() === name);
}

/** Expiration in Graph's shape. Missing: not specified. */
export function parseExpiration(json: JsonRecord): Expiration {
  const types = ['noExpiration', 'afterDateTime', 'afterDuration'] as const;
  return { type: types.find((type) => type === json['type']) ?? 'notSpecified', duration: textAt(json, 'duration') ?? null, endDateTime: textAt(json, 'endDateTime') ?? null };
}

/** Automatic settings in Graph's shape. Whatever is missing is off. */
export const parseAutomaticSettings = (json: JsonRecord): AutomaticRequestSettings => ({
  requestAccessForAllowedTargets: flagAt(json, 'requestAccessForAllowedTargets'),
  removeAccessWhenTargetLeavesAllowedTargets: flagAt(json, 'removeAccessWhenTargetLeavesAllowedTargets'),
  gracePeriodBeforeAccessRemoval: textAt(json, 'gracePeriodBeforeAccessRemoval') ?? null,
});

/** Requestor settings in Graph's shape. Whatever is missing is off. */
export const parseRequestorSettings = (json: JsonRecord): RequestorSettings => ({
  enableTargetsToSelfAddAccess: flagAt(json, 'enableTargetsToSelfAddAccess'),
  enableTargetsToSelfUpdateAccess: flagAt(json, 'enableTargetsToSelfUpdateAccess'),
  enableTargetsToSelfRemoveAccess: flagAt(json, 'enableTargetsToSelfRemoveAccess'),
  enableOnBehalfRequestorsToAddAccess: flagAt(json, 'enableOnBehalfRequestorsToAddAccess'),
  enableOnBehalfRequestorsToUpdateAccess: flagAt(json, 'enableOnBehalfRequestorsToUpdateAccess'),
  enableOnBehalfRequestorsToRemoveAccess: flagAt(json, 'enableOnBehalfRequestorsToRemoveAccess'),
  allowCustomAssignmentSchedule: flagAt(json, 'allowCustomAssignmentSchedule'),
  onBehalfRequestors: parseSubjectSets(json, 'onBehalfRequestors'),
});

/** Approval settings in Graph's shape. */
export const parseApprovalSettings = (json: JsonRecord): ApprovalSettings => ({
  isApprovalRequiredForAdd: flagAt(json, 'isApprovalRequiredForAdd'),
  isApprovalRequiredForUpdate: flagAt(json, 'isApprovalRequiredForUpdate'),
  isRequestorJustificationRequired: flagAt(json, 'isRequestorJustificationRequired'),
  stages: recordsAt(json, 'stages').map(parseApprovalStage),
});

/** One stage in Graph's shape, as a policy and an open request keep it. */
export const parseApprovalStage = (stage: JsonRecord): ApprovalStageSettings => ({
  isDynamic: isDynamicStage(stage),
  extensionId: textAt(recordAt(stage, 'customExtension'), 'id'),
  durationBeforeAutomaticDenial: textAt(stage, 'durationBeforeAutomaticDenial') ?? 'P14D',
  isApproverJustificationRequired: flagAt(stage, 'isApproverJustificationRequired'),
  isEscalationEnabled: flagAt(stage, 'isEscalationEnabled'),
  durationBeforeEscalation: textAt(stage, 'durationBeforeEscalation') ?? 'PT0S',
  requiredApprovalCount: numberAt(stage, 'requiredApprovalCount') ?? 1,
  primaryApprovers: parseSubjectSets(stage, 'primaryApprovers'),
  fallbackPrimaryApprovers: parseSubjectSets(stage, 'fallbackPrimaryApprovers'),
  escalationApprovers: parseSubjectSets(stage, 'escalationApprovers'),
  fallbackEscalationApprovers: parseSubjectSets(stage, 'fallbackEscalationApprovers'),
});

/** Whether a stage in Graph's shape has its approvers named by an extension. */
export const isDynamicStage = (stage: JsonRecord): boolean => /(^|[.#])accessPackageDynamicApprovalStage$/i.test(textAt(stage, '@odata.type') ?? '');

/** One question in Graph's v1.0 shape. */
export const parseQuestion = (json: JsonRecord): Question => ({
  id: textAt(json, 'id') ?? '',
  kind: /MultipleChoice/i.test(textAt(json, '@odata.type') ?? '') ? 'accessPackageMultipleChoiceQuestion' : 'accessPackageTextInputQuestion',
  text: textAt(json, 'text') ?? '',
  isRequired: flagAt(json, 'isRequired'),
  isAnswerEditable: flagAt(json, 'isAnswerEditable', true),
  sequence: numberAt(json, 'sequence') ?? 0,
  isSingleLine: flagAt(json, 'isSingleLineQuestion'),
  regexPattern: textAt(json, 'regexPattern') === '' ? undefined : textAt(json, 'regexPattern'),
  choices: recordsAt(json, 'choices').flatMap((choice) => textAt(choice, 'actualValue') ?? []),
  isMultipleSelectionAllowed: flagAt(json, 'isMultipleSelectionAllowed'),
  wire: json,
});
