/** POST assignmentRequests: from a body to a request. */
import { flagAt, isRecord, recordAt, recordsAt, textAt, type JsonRecord } from '../../../kernel/json.ts';
import { refuse } from '../../../kernel/problem.ts';
import type { Command, Json } from '../../../platform/graph/model.ts';
import { parseExpiration } from '../../policies/model.ts';
import type { Answer, Asked, AskType } from '../model.ts';
import { wishOf } from './delivering.ts';
import type { Ask } from './gather.ts';
import { submitRequest } from './submit.ts';

const offered: readonly AskType[] = ['userAdd', 'userUpdate', 'userRemove', 'adminAdd', 'adminUpdate', 'adminRemove', 'approverRemove'];

/** Makes a request. 201 with the request as it is then; with `isValidationOnly` (beta) everything is checked and nothing kept: 200 with what it would be. */
export const createRequest: Command = async (work, { body }) => {
  const { asked, named } = askFrom(body);
  const made = await submitRequest(work, { asked: { ...asked, languages: work.languages ?? [] }, named });
  if (!flagAt(body, 'isValidationOnly')) return { answer: 'created', id: made.id, ...(made.row === undefined ? {} : { row: made.row }) };
  const isTrial = { isValidationOnly: true };
  return { answer: 'created', id: made.id, isTrial: true, extra: isTrial, ...(made.row === undefined ? {} : { row: { ...made.row, ...isTrial } }) };
};

/** The body as a question. A change names its assignment, or the package and whom it is for, as a first request does (contract §1.6). Refuses types that callers cannot send, and bodies that name too little. */
export function askFrom(body: Json): Ask {
  const type = offered.find((one) => one === body['requestType']);
  if (type === undefined) return refuse('invalidValue', { field: 'requestType', reason: `a request of this type cannot be made; use one of ${offered.join(', ')}` });
  const named = {
    assignmentId: textAt(body, 'assignmentId'), accessPackageId: textAt(body, 'accessPackageId'), policyId: textAt(body, 'assignmentPolicyId'),
    targetId: textAt(body, 'targetId'), targetEmail: textAt(body, 'targetEmail'),
  };
  const isAdd = type === 'userAdd' || type === 'adminAdd';
  const isByPackage = isAdd || (wishOf[type] === 'Update' && named.assignmentId === undefined && named.accessPackageId !== undefined);
  if (!isByPackage && named.assignmentId === undefined) refuse('missingProperty', { field: 'assignment/id', mend: 'Name the assignment that is to change.' });
  if (isAdd && named.accessPackageId === undefined && named.policyId === undefined) refuse('missingProperty', { field: 'assignment/accessPackageId', mend: 'Name the access package, or one of its policies.' });
  if (type.startsWith('admin') && isByPackage && named.targetId === undefined && named.targetEmail === undefined) refuse('missingProperty', { field: 'assignment/targetId', mend: 'Name whom the access is for.' });
  return { asked: askedFrom(body, type), named: isByPackage ? { ...named, assignmentId: undefined } : { assignmentId: named.assignmentId } };
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
