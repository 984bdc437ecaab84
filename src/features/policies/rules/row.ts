/** A policy's body as the row that keeps it: defaults filled in, questions with ids. Pure. */
import { flagAt, isRecord, type JsonRecord, recordAt, recordsAt, textAt } from '../../../kernel/json.ts';
import { kindOf, subjectSetIds, type ApprovalStageSettings, type Policy } from '../model.ts';
import { spanOfMinutes, wholeDays, wholeMinutes } from './beta-words.ts';

/** Columns of `assignment_policies` that a body sets, jsonb ones as values. Names are the table's, so that `parsePolicy` reads it. */
export interface PolicyRow extends JsonRecord {
  readonly id: string;
  readonly access_package_id: string;
  readonly display_name: string;
  readonly description: string | null;
  readonly allowed_target_scope: string;
  readonly specific_allowed_targets: readonly JsonRecord[];
  readonly expiration: JsonRecord;
  readonly requestor_settings: JsonRecord;
  readonly request_approval_settings: JsonRecord;
  readonly automatic_request_settings: JsonRecord | null;
  readonly review_settings: JsonRecord | null;
  readonly notification_settings: JsonRecord;
  readonly questions: readonly JsonRecord[];
  readonly can_extend: boolean;
}

/** What a row needs besides the body. `questionIds` are new ids, at least one for each question; `before`: the policy that it replaces. */
export interface RowKeys {
  readonly id: string;
  readonly accessPackageId: string;
  readonly questionIds: readonly string[];
  readonly before?: Policy | undefined;
}

/** The row of a validated v1.0 body. Whatever is missing is a default: nobody but administrators, no approval, no end. */
export function policyRow(body: JsonRecord, keys: RowKeys): PolicyRow {
  return {
    id: keys.id,
    access_package_id: keys.accessPackageId,
    display_name: textAt(body, 'displayName') ?? '',
    description: textAt(body, 'description') ?? null,
    allowed_target_scope: textAt(body, 'allowedTargetScope') ?? 'notSpecified',
    specific_allowed_targets: recordsAt(body, 'specificAllowedTargets'),
    expiration: expirationOf(recordAt(body, 'expiration')),
    requestor_settings: { ...requestorDefaults, ...present(recordAt(body, 'requestorSettings')) },
    request_approval_settings: approvalOf(recordAt(body, 'requestApprovalSettings'), keys.before),
    automatic_request_settings: recordOrNull(body['automaticRequestSettings']),
    review_settings: recordOrNull(body['reviewSettings']),
    notification_settings: { isAssignmentNotificationDisabled: flagAt(recordAt(body, 'notificationSettings'), 'isAssignmentNotificationDisabled') },
    questions: recordsAt(body, 'questions').map((question, index) => ({ ...question, id: keptId(question) ?? keys.questionIds[index] ?? '' })),
    can_extend: flagAt(body, 'canExtend'),
  };
}

const requestorDefaults: JsonRecord = {
  enableTargetsToSelfAddAccess: false, enableTargetsToSelfUpdateAccess: false, enableTargetsToSelfRemoveAccess: false, allowCustomAssignmentSchedule: false,
  enableOnBehalfRequestorsToAddAccess: false, enableOnBehalfRequestorsToUpdateAccess: false, enableOnBehalfRequestorsToRemoveAccess: false, onBehalfRequestors: [],
};

const approvalDefaults: JsonRecord = { isApprovalRequiredForAdd: false, isApprovalRequiredForUpdate: false, isRequestorJustificationRequired: false };
const stageDefaults: JsonRecord = {
  durationBeforeAutomaticDenial: 'P14D', isApproverJustificationRequired: false, isEscalationEnabled: false, durationBeforeEscalation: 'PT0S', approverInformationVisibility: 'default', requiredApprovalCount: 1,
  primaryApprovers: [], fallbackPrimaryApprovers: [], escalationApprovers: [], fallbackEscalationApprovers: [],
};

const approvalOf = (json: JsonRecord, before: Policy | undefined): JsonRecord =>
  ({ ...approvalDefaults, ...present(json), stages: recordsAt(json, 'stages').map((stage, index) => stageOf(stage, before?.requestApprovalSettings.stages[index])) });

/** A stage. Clients that know Graph alone do not send how many must approve: it stays as the stage at the same place had it. */
function stageOf(stage: JsonRecord, before: ApprovalStageSettings | undefined): JsonRecord {
  const kept = before !== undefined && stage['requiredApprovalCount'] === undefined ? { requiredApprovalCount: before.requiredApprovalCount } : {};
  return { ...stageDefaults, ...kept, ...present(timedStage(stage, before)) };
}

/** A stage with exact durations, where beta's days and minutes may stand in their place or beside them. */
export function timedStage(stage: JsonRecord, before: ApprovalStageSettings | undefined): JsonRecord {
  const { approvalStageTimeOutInDays: days, escalationTimeInMinutes: minutes, ...rest } = stage;
  return {
    ...rest,
    ...chosen('durationBeforeAutomaticDenial', chooseLength(days, { said: textAt(rest, 'durationBeforeAutomaticDenial'), before: before?.durationBeforeAutomaticDenial }, inDays)),
    ...chosen('durationBeforeEscalation', chooseLength(minutes, { said: textAt(rest, 'durationBeforeEscalation'), before: before?.durationBeforeEscalation }, inMinutes)),
  };
}

const chosen = (name: string, value: string | undefined): JsonRecord => (value === undefined ? {} : { [name]: value });

/** A unit of beta: how a duration is rounded up to it, and how v1.0 writes a number of them. */
interface Unit {
  readonly round: (duration: string) => number;
  readonly write: (count: number) => string;
}
const inDays: Unit = { round: (duration) => wholeDays(duration).days, write: (days) => `P${days}D` };
const inMinutes: Unit = { round: (duration) => wholeMinutes(duration).minutes, write: spanOfMinutes };

/**
 * The duration that is meant where beta's rounded number stands beside the exact duration, or alone. A number that says what the duration of
 * before rounds to changes nothing; one that differs while the exact duration beside it is that of before was meant to change it.
 */
function chooseLength(count: unknown, { said, before }: { readonly said: string | undefined; readonly before: string | undefined }, unit: Unit): string | undefined {
  if (typeof count !== 'number') return said;
  const isKept = before !== undefined && unit.round(before) === count;
  if (said !== undefined) return said === before && !isKept ? unit.write(count) : said;
  return isKept ? before : unit.write(count);
}

const expirationOf = (json: JsonRecord): JsonRecord => {
  const type = textAt(json, 'type') ?? 'notSpecified';
  return { type, duration: type === 'afterDuration' ? json['duration'] ?? null : null, endDateTime: type === 'afterDateTime' ? json['endDateTime'] ?? null : null };
};

const present = (json: JsonRecord): JsonRecord => Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null));
const recordOrNull = (value: unknown): JsonRecord | null => (isRecord(value) ? value : null);

/** A question that is sent back keeps its id, so that answers to it still fit. */
const keptId = (question: JsonRecord): string | undefined => {
  const id = textAt(question, 'id');
  return id !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) ? id.toLowerCase() : undefined;
};

/** An object that a subject set names, as the directory knows it. */
export interface NamedObject {
  readonly id: string;
  readonly type: string;
  readonly displayName: string | null;
}

/** The row with display names in the subject sets that have no description (contract §1.5), wherever they are. */
export function describeSets(row: PolicyRow, objects: ReadonlyMap<string, NamedObject>): PolicyRow {
  const described = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(described);
    if (!isRecord(value)) return value;
    const kind = kindOf(value);
    const property = kind === undefined ? undefined : subjectSetIds[kind];
    if (property === undefined) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, described(member)]));
    return { ...value, description: textAt(value, 'description') ?? objects.get(textAt(value, property) ?? '')?.displayName ?? null };
  };
  const record = (value: JsonRecord): JsonRecord => recordAt({ value: described(value) }, 'value');
  return {
    ...row,
    specific_allowed_targets: row.specific_allowed_targets.map(record),
    requestor_settings: record(row.requestor_settings),
    request_approval_settings: record(row.request_approval_settings),
    review_settings: row.review_settings === null ? null : record(row.review_settings),
  };
}
