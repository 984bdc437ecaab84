/** A policy's body in either dialect, or a mixture, to v1.0's words (contract §1.3, §1.5). Pure; a v1.0 body stays as it is. */
import { isRecord, type JsonRecord, textAt, without } from '../../../kernel/json.ts';
import { isDynamicStage, kindOf, subjectSetIds } from '../model.ts';
import { reviewSettingsFromBeta } from './beta-reviews.ts';
import { scopeOfBeta } from './beta-words.ts';

/** Turns whatever a client sent into a v1.0 body. What neither dialect knows is left for the body's check to refuse. */
export function policyFromBody(body: JsonRecord): JsonRecord {
  const settings = body['requestorSettings'];
  const { accessPackageId, accessPackage, questions, requestApprovalSettings: approval } = body;
  const reviews = body['accessReviewSettings'] ?? body['reviewSettings'];
  const notifications = body['notificationSettings'] ?? body['accessPackageNotificationSettings'];
  const packageId = accessPackageId ?? (isRecord(accessPackage) ? accessPackage['id'] : undefined);
  return {
    ...plain(body),
    ...(packageId === undefined || packageId === null ? {} : { accessPackage: { id: packageId } }),
    ...scopeFrom(body, settings),
    ...given('requestorSettings', isRecord(settings) ? requestorsFrom(settings, body['canExtend']) : settings),
    ...given('requestApprovalSettings', isRecord(approval) ? approvalFrom(approval) : approval),
    ...expirationFrom(body),
    ...given('reviewSettings', isRecord(reviews) ? reviewSettingsFromBeta(reviews, setsFrom) : reviews),
    ...given('notificationSettings', notifications),
    ...given('questions', Array.isArray(questions) ? questions.map(questionFrom) : questions),
    ...extensionsFrom(body),
  };
}

/** Beta's older `customExtensionHandlers` say the same; an extension may be named by its address. */
function extensionsFrom({ customExtensionStageSettings: settings, customExtensionHandlers: handlers }: JsonRecord): JsonRecord {
  const given = [settings, handlers].flatMap((list): readonly unknown[] => (Array.isArray(list) ? list : []));
  if (given.length === 0) return settings === undefined || settings === null || Array.isArray(settings) ? {} : { customExtensionStageSettings: settings };
  return { customExtensionStageSettings: given.map((one) => (isRecord(one) ? { ...one, ...extensionNamed(one['customExtension@odata.bind']) } : one)) };
}

const extensionNamed = (address: unknown): JsonRecord => (typeof address === 'string' ? { customExtension: { id: /[0-9a-f-]{36}(?='?\)?$)/i.exec(address)?.[0] ?? address } } : {});

const given = (name: string, value: unknown): JsonRecord => (value === undefined || value === null ? {} : { [name]: value });

const translated = [
  'accessPackageId', 'accessPackage', 'accessPackageCatalog', 'catalog', 'requestorSettings', 'requestApprovalSettings', 'accessReviewSettings', 'reviewSettings',
  'accessPackageNotificationSettings', 'notificationSettings', 'questions', 'durationInDays', 'expirationDateTime', 'expiration', 'allowedTargetScope', 'specificAllowedTargets', 'customExtensionStageSettings', 'customExtensionHandlers',
];

/** What needs no translation. Beta's settings that stand for nothing are dropped; ones that ask for something stay, and are refused. */
function plain(body: JsonRecord): JsonRecord {
  const kept = without(body, ...translated);
  return Object.fromEntries(Object.entries(kept).filter(([key, value]) => !(isEmpty(value) && key === 'verifiableCredentialSettings')));
}

const isEmpty = (value: unknown): boolean =>
  value === null || (Array.isArray(value) && value.length === 0) || (isRecord(value) && Object.values(value).every(isEmpty));

function scopeFrom(body: JsonRecord, settings: unknown): JsonRecord {
  const { allowedTargetScope, specificAllowedTargets } = body;
  const beta = isRecord(settings) ? settings : {};
  const said = textAt(beta, 'scopeType');
  const named = scopeOfBeta(said ?? '') ?? said;
  const listed = Array.isArray(beta['allowedRequestors']) ? beta['allowedRequestors'] : undefined;
  const targets = specificAllowedTargets ?? listed;
  const scope = allowedTargetScope ?? named;
  return { ...given('allowedTargetScope', scope), ...given('specificAllowedTargets', setsFrom(targets)) };
}

/** `acceptRequests` is everything that targets may do for themselves; `canExtend: false` takes the changes out of it. */
function requestorsFrom(settings: JsonRecord, canExtend: unknown): JsonRecord {
  const { acceptRequests, onBehalfRequestors } = settings;
  const self = { enableTargetsToSelfAddAccess: acceptRequests, enableTargetsToSelfUpdateAccess: acceptRequests === true && canExtend !== false, enableTargetsToSelfRemoveAccess: acceptRequests };
  const kept = without(settings, 'scopeType', 'acceptRequests', 'allowedRequestors', 'onBehalfRequestors');
  return { ...(typeof acceptRequests === 'boolean' ? self : {}), ...kept, ...given('onBehalfRequestors', setsFrom(onBehalfRequestors)) };
}

function approvalFrom(settings: JsonRecord): JsonRecord {
  const { isApprovalRequired, isApprovalRequiredForExtension, approvalMode, approvalStages, stages } = settings;
  const kept = without(settings, 'isApprovalRequired', 'isApprovalRequiredForExtension', 'approvalMode', 'approvalStages', 'stages');
  const list = stages ?? approvalStages;
  return {
    ...given('isApprovalRequiredForAdd', isApprovalRequired), ...given('isApprovalRequiredForUpdate', isApprovalRequiredForExtension), ...kept,
    // Stages here follow one another: another mode is left for the body's check to refuse.
    ...(typeof approvalMode === 'string' && !/^(NoApproval|SingleStage|Serial)$/i.test(approvalMode) ? { approvalMode } : {}),
    ...given('stages', Array.isArray(list) ? list.map(stageFrom) : list),
  };
}

/** One stage of approval in either dialect. Also for the stage that an extension names approvers in. */
export function stageFrom(stage: unknown): unknown {
  if (!isRecord(stage)) return stage;
  // Of the type only that it is dynamic says anything: beta has another word for the plain one.
  const kept = without(stage, ...(isDynamicStage(stage) ? [] : ['@odata.type']), 'primaryApprovers', 'escalationApprovers', 'fallbackPrimaryApprovers', 'fallbackEscalationApprovers');
  return {
    // Times in days and minutes are left to `policyRow`, which knows what they replace.
    ...kept,
    ...approversFrom(stage, 'primaryApprovers', 'fallbackPrimaryApprovers'), ...approversFrom(stage, 'escalationApprovers', 'fallbackEscalationApprovers'),
  };
}

/** Beta keeps fallback approvers in the same list, marked `isBackup`. */
function approversFrom(stage: JsonRecord, first: string, fallback: string): JsonRecord {
  const others = stage[fallback];
  if (!Array.isArray(stage[first])) return { ...given(first, stage[first]), ...given(fallback, setsFrom(others)) };
  const approvers: readonly unknown[] = stage[first];
  const standIns: readonly unknown[] = Array.isArray(others) ? others : [];
  const isBackup = (set: unknown): boolean => isRecord(set) && set['isBackup'] === true;
  const backups = [...approvers.filter(isBackup), ...standIns];
  return { [first]: setsFrom(approvers.filter((set) => !isBackup(set))), ...(backups.length > 0 || others !== undefined ? { [fallback]: setsFrom(backups) } : {}) };
}

/** Subject sets with beta's `id` under v1.0's name for it. */
export function setsFrom(sets: unknown): unknown {
  return Array.isArray(sets) ? sets.map(setFrom) : sets;
}

function setFrom(set: unknown): unknown {
  if (!isRecord(set)) return set;
  const kind = kindOf(set);
  const property = kind === undefined ? undefined : subjectSetIds[kind];
  const { id } = set;
  const kept = without(set, 'id', 'isBackup');
  return property === undefined || id === undefined ? kept : { ...kept, [property]: kept[property] ?? id };
}

function expirationFrom(body: JsonRecord): JsonRecord {
  const { expiration, durationInDays: days, expirationDateTime: end } = body;
  if (expiration !== undefined && expiration !== null) return { expiration };
  if (days === undefined && end === undefined) return {};
  if (typeof end === 'string') return { expiration: { type: 'afterDateTime', endDateTime: end } };
  if (days === 0 || days === null || days === undefined) return { expiration: { type: 'noExpiration' } };
  return { expiration: { type: 'afterDuration', duration: typeof days === 'number' ? `P${days}D` : days } };
}

function questionFrom(question: unknown): unknown {
  if (!isRecord(question)) return question;
  const { allowsMultipleSelection, choices } = question;
  return {
    ...without(question, 'allowsMultipleSelection', 'choices', 'text'), ...textFrom(question['text']),
    ...given('isMultipleSelectionAllowed', allowsMultipleSelection ?? question['isMultipleSelectionAllowed']),
    ...given('choices', Array.isArray(choices) ? choices.map(choiceFrom) : choices),
  };
}

function choiceFrom(choice: unknown): unknown {
  if (!isRecord(choice)) return choice;
  return { ...without(choice, 'displayValue', 'text'), ...textFrom(choice['displayValue'] ?? choice['text']) };
}

/** `{defaultText, localizedTexts}` becomes `text` and `localizations`. */
const textFrom = (text: unknown): JsonRecord => isRecord(text) ? { ...given('text', text['defaultText']), ...given('localizations', text['localizedTexts']) } : given('text', text);
