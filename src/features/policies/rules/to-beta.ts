/**
 * A policy in beta's words (contract §1.3, §1.5). What beta cannot say — scopes of service principals and agents, asking for
 * others, lengths that are no whole days — rides along under its v1.0 name, so that a client which sends back what it has read
 * changes nothing. Pure.
 */
import { flagAt, isRecord, type JsonRecord, recordAt, textAt, without } from '../../../kernel/json.ts';
import { isDynamicStage, kindOf, subjectSetIds } from '../model.ts';
import { reviewSettingsToBeta } from './beta-reviews.ts';
import { betaScope, wholeDays, wholeMinutes } from './beta-words.ts';

/** From a rendered policy with beta's names for its members. Members that were not selected stay away. */
export function policyToBeta(entity: JsonRecord): JsonRecord {
  const { requestorSettings, requestApprovalSettings: approval, expiration, accessReviewSettings: reviews, questions, allowedTargetScope: scope } = entity;
  return {
    ...without(entity, 'allowedTargetScope', 'specificAllowedTargets', 'expiration'),
    ...(typeof scope === 'string' && !betaScope(scope).isExact ? { allowedTargetScope: scope } : {}),
    ...(isRecord(requestorSettings) || scope !== undefined ? { requestorSettings: requestorsTo(entity) } : {}),
    ...(isRecord(approval) ? { requestApprovalSettings: approvalTo(approval) } : {}),
    ...(isRecord(expiration) ? expirationTo(expiration) : {}),
    ...(isRecord(reviews) ? { accessReviewSettings: reviewSettingsToBeta(reviews, setsTo) } : {}),
    ...(Array.isArray(questions) ? { questions: questions.map(questionTo) } : {}),
  };
}

const selfFlags = ['enableTargetsToSelfAddAccess', 'enableTargetsToSelfUpdateAccess', 'enableTargetsToSelfRemoveAccess'];
const otherFlags = ['enableOnBehalfRequestorsToAddAccess', 'enableOnBehalfRequestorsToUpdateAccess', 'enableOnBehalfRequestorsToRemoveAccess', 'allowCustomAssignmentSchedule'];

function requestorsTo(entity: JsonRecord): JsonRecord {
  const settings = recordAt(entity, 'requestorSettings');
  const scope = textAt(entity, 'allowedTargetScope') ?? 'notSpecified';
  const selfValues = selfFlags.map((name) => flagAt(settings, name));
  const acceptRequests = selfValues.includes(true);
  const rest: Record<string, unknown> = {};
  if (new Set(selfValues).size > 1) for (const name of selfFlags) rest[name] = flagAt(settings, name);
  for (const name of otherFlags) if (flagAt(settings, name)) rest[name] = true;
  const others = settings['onBehalfRequestors'];
  if (Array.isArray(others) && others.length > 0) rest['onBehalfRequestors'] = others;
  return { scopeType: betaScope(scope).scopeType, acceptRequests, allowedRequestors: setsTo(entity['specificAllowedTargets'], false), ...rest };
}

function approvalTo(settings: JsonRecord): JsonRecord {
  const stages = Array.isArray(settings['stages']) ? settings['stages'].filter(isRecord) : [];
  const [none, single, more] = ['NoApproval', 'SingleStage', 'Serial'] as const;
  return {
    isApprovalRequired: flagAt(settings, 'isApprovalRequiredForAdd'),
    isApprovalRequiredForExtension: flagAt(settings, 'isApprovalRequiredForUpdate'),
    isRequestorJustificationRequired: flagAt(settings, 'isRequestorJustificationRequired'),
    approvalMode: stages.length === 0 ? none : stages.length === 1 ? single : more,
    approvalStages: stages.map(stageTo),
  };
}

function stageTo(stage: JsonRecord): JsonRecord {
  const denial = textAt(stage, 'durationBeforeAutomaticDenial') ?? 'P14D';
  const escalation = textAt(stage, 'durationBeforeEscalation') ?? 'PT0S';
  const [days, minutes] = [wholeDays(denial), wholeMinutes(escalation)];
  return {
    ...(isDynamicStage(stage) ? { '@odata.type': stage['@odata.type'], customExtension: stage['customExtension'] ?? null } : {}),
    approvalStageTimeOutInDays: days.days,
    isApproverJustificationRequired: flagAt(stage, 'isApproverJustificationRequired'),
    isEscalationEnabled: flagAt(stage, 'isEscalationEnabled'),
    escalationTimeInMinutes: minutes.minutes,
    approverInformationVisibility: textAt(stage, 'approverInformationVisibility') ?? 'default',
    ...(stage['requiredApprovalCount'] === undefined ? {} : { requiredApprovalCount: stage['requiredApprovalCount'] }),
    primaryApprovers: [...setsTo(stage['primaryApprovers'], false), ...setsTo(stage['fallbackPrimaryApprovers'], true)],
    escalationApprovers: [...setsTo(stage['escalationApprovers'], false), ...setsTo(stage['fallbackEscalationApprovers'], true)],
    ...(days.isExact ? {} : { durationBeforeAutomaticDenial: denial }),
    ...(minutes.isExact ? {} : { durationBeforeEscalation: escalation }),
  };
}

/** Subject sets as user sets: `id` for what the set names, and whether it stands in for others. */
export function setsTo(sets: unknown, isBackup: boolean): readonly JsonRecord[] {
  if (!Array.isArray(sets)) return [];
  return sets.filter(isRecord).map((set) => {
    const kind = kindOf(set);
    const property = kind === undefined ? undefined : subjectSetIds[kind];
    const kept = property === undefined ? set : without(set, property);
    return { ...kept, ...(property === undefined ? {} : { id: set[property] ?? null }), isBackup };
  });
}

function expirationTo(expiration: JsonRecord): JsonRecord {
  const duration = textAt(expiration, 'duration');
  if (expiration['type'] === 'afterDateTime') return { durationInDays: 0, expirationDateTime: expiration['endDateTime'] ?? null };
  if (expiration['type'] !== 'afterDuration' || duration === undefined) return { durationInDays: 0, expirationDateTime: null };
  const { days, isExact } = wholeDays(duration);
  return { durationInDays: days, expirationDateTime: null, ...(isExact ? {} : { expiration }) };
}

/** One question in beta's words. Also for the requirements of a request. */
export function questionTo(question: unknown): unknown {
  if (!isRecord(question)) return question;
  const { isMultipleSelectionAllowed, choices } = question;
  return {
    ...without(question, 'localizations', 'isMultipleSelectionAllowed', 'choices'), text: textTo(question),
    ...(isMultipleSelectionAllowed === undefined ? {} : { allowsMultipleSelection: isMultipleSelectionAllowed }),
    ...(Array.isArray(choices) ? { choices: choices.filter(isRecord).map((choice) => ({ ...without(choice, 'text', 'localizations'), displayValue: textTo(choice) })) } : {}),
  };
}

const textTo = (json: JsonRecord): JsonRecord => ({ defaultText: textAt(json, 'text') ?? null, localizedTexts: Array.isArray(json['localizations']) ? json['localizations'] : [] });
