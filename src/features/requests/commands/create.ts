/** POST assignmentRequests: from a body to a request. And what a caller would have to bring (getApplicablePolicyRequirements). */
import { isRecord, recordAt, recordsAt, textAt, type JsonRecord } from '../../../kernel/json.ts';
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork, Json } from '../../../platform/graph/model.ts';
import { parseExpiration } from '../../policies/model.ts';
import type { Answer, Asked, AskType, PolicyFacts } from '../model.ts';
import { applicablePolicies } from '../rules/policy.ts';
import { loadFacts } from '../store/facts.ts';
import { gatherNothing, submitRequest, type Ask } from './submit.ts';

const offered: readonly AskType[] = ['userAdd', 'userUpdate', 'userRemove', 'adminAdd', 'adminUpdate', 'adminRemove', 'approverRemove'];

/** Makes a request. 201 with the request as it is then. */
export const createRequest: Command = async (work, { body }) => {
  const made = await submitRequest(work, askFrom(body));
  return { answer: 'created', id: made.id, ...(made.row === undefined ? {} : { row: made.row }) };
};

/** The body as a question. Refuses types that callers cannot send, and bodies that name too little. */
export function askFrom(body: Json): Ask {
  const type = offered.find((one) => one === body['requestType']);
  if (type === undefined) return refuse('invalidValue', { field: 'requestType', reason: `a request of this type cannot be made; use one of ${offered.join(', ')}` });
  const named = {
    assignmentId: textAt(body, 'assignmentId'), accessPackageId: textAt(body, 'accessPackageId'), policyId: textAt(body, 'assignmentPolicyId'),
    targetId: textAt(body, 'targetId'), targetEmail: textAt(body, 'targetEmail'),
  };
  const isAdd = type === 'userAdd' || type === 'adminAdd';
  if (!isAdd && named.assignmentId === undefined) refuse('missingProperty', { field: 'assignment/id', mend: 'Name the assignment that is to change.' });
  if (isAdd && named.accessPackageId === undefined && named.policyId === undefined) refuse('missingProperty', { field: 'assignment/accessPackageId', mend: 'Name the access package, or one of its policies.' });
  if (type === 'adminAdd' && named.targetId === undefined && named.targetEmail === undefined) refuse('missingProperty', { field: 'assignment/targetId', mend: 'Name whom the access is for.' });
  return { asked: askedFrom(body, type), named: isAdd ? { ...named, assignmentId: undefined } : { assignmentId: named.assignmentId } };
}

function askedFrom(body: Json, type: AskType): Asked {
  const schedule = recordAt(body, 'schedule');
  if (isRecord(schedule['recurrence'])) refuse('invalidValue', { field: 'schedule/recurrence', reason: 'access does not recur; name a start and an end' });
  const { endDateTime, duration, ...expiration } = parseExpiration(recordAt(schedule, 'expiration'));
  return {
    type, justification: textAt(body, 'justification') ?? null, answers: recordsAt(body, 'answers').map(answerFrom),
    schedule: { startDateTime: textAt(schedule, 'startDateTime') ?? null, expiration: { ...expiration, endDateTime: endDateTime ?? null, duration: duration ?? null } },
  };
}

const answerFrom = (answer: JsonRecord): Answer => ({ ...answer, value: textAt(answer, 'value') ?? null, answeredQuestion: { ...recordAt(answer, 'answeredQuestion') } });

/** POST accessPackages/{id}/getApplicablePolicyRequirements: what each policy under which the caller may ask for itself wants. Empty: it may not. */
export const listRequirements: Command = async (work: GraphWork, { id }) => {
  const found = await loadFacts(work.tx, { callerId: work.caller.principalId, targetId: work.caller.principalId, accessPackageId: id }, work.now);
  const facts = gatherNothing(work, found);
  return { answer: 'values', values: facts === undefined ? [] : applicablePolicies(facts).map(requirement(work.version)) };
};

const requirement = (version: GraphWork['version']) => ({ policy }: PolicyFacts): JsonRecord => {
  const { isApprovalRequiredForAdd, isApprovalRequiredForUpdate, isRequestorJustificationRequired } = policy.requestApprovalSettings;
  const isCustom = policy.requestorSettings.allowCustomAssignmentSchedule;
  const shared = {
    policyId: policy.id, policyDisplayName: policy.displayName, policyDescription: policy.description, isRequestorJustificationRequired,
    schedule: { startDateTime: null, expiration: { type: policy.expiration.type, endDateTime: policy.expiration.endDateTime ?? null, duration: policy.expiration.duration ?? null } },
    questions: policy.questions.map((question) => question.wire),
  };
  return version !== 'beta'
    ? { ...shared, isApprovalRequiredForAdd, isApprovalRequiredForUpdate, allowCustomAssignmentSchedule: isCustom }
    : { ...shared, isApprovalRequired: isApprovalRequiredForAdd, isApprovalRequiredForExtension: isApprovalRequiredForUpdate, isCustomAssignmentScheduleAllowed: isCustom, existingAnswers: [] };
};
