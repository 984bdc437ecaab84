/** Resuming a request that waits for a custom extension, and what happens when nobody does (contract §1.6). */
import { isRecord, recordAt, textAt, type JsonRecord } from '../../../kernel/json.ts';
import { refuse, type Reason } from '../../../kernel/problem.ts';
import { reachesPackage } from '../../roles/rules.ts';
import type { Json } from '../../../platform/graph/model.ts';
import { approversStage } from '../../extensions/model.ts';
import type { RequestEvent } from '../machine.ts';
import { chooseResumption, type Callback } from '../rules/resumption.ts';
import { lockRequest, type OpenRequest } from '../store/open.ts';
import type { AskingWork, RequestWork } from '../store/writing.ts';
import { advance, type Occurrence } from './advance.ts';
import { hasStandIns, nameApprovers } from './named-approvers.ts';

const activities: Readonly<Partial<Record<RequestEvent, Pick<Occurrence, 'activity' | 'operation'>>>> = {
  callbackDenied: { activity: 'Deny access package request by custom extension', operation: 'Deny' },
  approversNamed: { activity: 'Name approvers of access package request by custom extension', operation: 'Update' },
  callbackCanceled: { activity: 'Cancel access package request by custom extension', operation: 'Update' },
};
const resumed: Pick<Occurrence, 'activity' | 'operation'> = { activity: 'Resume access package request', operation: 'Update' };

/**
 * Resumes a request, by whoever manages its assignments. `forbidden`: others, and whoever asks for itself; `conflict`: it does not wait, or
 * no longer; `ruleBroken`: another call or stage than the one that is waited for.
 */
export async function resumeRequest(work: AskingWork, id: string, body: Json): Promise<void> {
  const request = await lockRequest(work.tx, id, work.now) ?? refuse('notFound', { value: id });
  insistOnRight(work, request);
  if (request.waitsFor === null || request.waitsUntil === null) refuse('conflict', { reason: 'The request does not wait for a callback. Read its status: only one that is WaitingForCallback can be resumed.' });
  if (request.waitsUntil <= work.now) refuse('conflict', { reason: 'The time to resume the request is over. Make a new request.' });
  const callback = callbackFrom(body);
  const decision = chooseResumption(callback, { waitsFor: request.waitsFor, stage: request.waitsAt });
  if (!decision.ok) {
    const [first] = decision.reasons;
    return refuse('ruleBroken', { reason: first.message, ...(first.target === undefined ? {} : { field: first.target }) }, decision.reasons);
  }
  const { event, detail, source } = decision.value;
  const failure = event === 'callbackDenied' ? [{ code: 'deniedByExtension', message: detail ?? 'A custom extension denied the request.' }] : undefined;
  const ready = event === 'approversNamed' ? await nameApprovers(work, request, callback.approvalStage ?? {}) : request;
  await advance(work, ready, { ...(activities[event] ?? resumed), event, why: detail, source, ...(failure === undefined ? {} : { failure }) });
}

/** Nobody lets their own request pass; an administrator who assigns to others may resume what it made itself. */
function insistOnRight({ caller }: AskingWork, request: OpenRequest): void {
  const { requestorId, targetId, type } = request;
  const mend = 'Resume it as an application or a person with EntitlementManagement.ReadWrite.All who manages assignments of the catalog.';
  if (!reachesPackage(caller, 'manageAssignments', request)) refuse('forbidden', { reason: `Only those who manage assignments may resume a request. ${mend}` });
  const isOwn = caller.principalId === targetId || (caller.principalId === requestorId && !type.startsWith('admin'));
  if (isOwn) refuse('forbidden', { reason: 'Nobody resumes a request that they made, or that is for themselves.' });
}

function callbackFrom(body: Json): Callback {
  const data: JsonRecord = isRecord(body['data']) ? body['data'] : recordAt(body, 'data');
  return {
    source: textAt(body, 'source') ?? null, type: textAt(body, 'type') ?? null, stage: textAt(data, 'stage') ?? null, calloutId: textAt(data, 'customExtensionStageInstanceId') ?? null,
    detail: textAt(data, 'customExtensionStageInstanceDetail') ?? null, state: textAt(data, 'state') ?? null, approvalStage: isRecord(data['approvalStage']) ? data['approvalStage'] : null,
  };
}

/** Ends the waiting of a request that nobody resumed in time: it is denied, unless it waits for approvers and the policy names others. Harmless when repeated. */
export async function expireCallback(work: RequestWork, id: string): Promise<void> {
  const request = await lockRequest(work.tx, id, work.now);
  if (request === undefined || request.waitsUntil === null || request.waitsUntil > work.now) return;
  if (request.waitsAt === approversStage && hasStandIns(request)) {
    await advance(work, request, { event: 'approversTimedOut', activity: 'Ask fallback approvers of access package request', operation: 'Update', why: 'The custom extension named no approvers in time.' });
    return;
  }
  await advance(work, request, { event: 'callbackTimedOut', activity: 'Deny access package request by timeout', operation: 'Expire', why: null, failure: [request.waitsAt === approversStage ? approversNotNamed : notResumed] });
}

const notResumed: Reason = { code: 'callbackTimedOut', message: 'The custom extension that the request waited for did not resume it in time. Ask again, or ask an administrator to look at the extension.' };
const approversNotNamed: Reason = { code: 'approversNotNamed', message: 'The custom extension named no approvers in time, and the policy has no fallback approver who could decide. Ask again, or ask an administrator to look at the extension.' };
