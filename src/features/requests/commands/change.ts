/** What may be done to a request that exists: cancel, delete its record, try delivery again. And what happens to it by itself. */
import type { Caller } from '../../../kernel/caller.ts';
import { refuse } from '../../../kernel/problem.ts';
import { recordAudit } from '../../audit/store.ts';
import { isGivenByRule } from '../../membershipRules/store/members.ts';
import { reachesPackage } from '../../roles/rules.ts';
import type { RequestState } from '../model.ts';
import { isCompleted } from '../rules/passage.ts';
import { listOpenRequestsOf, lockRequest, type OpenRequest } from '../store/open.ts';
import { deleteRequests, type AskingWork, type RequestWork } from '../store/writing.ts';
import { advance } from './advance.ts';

async function lock(work: RequestWork, id: string): Promise<OpenRequest> {
  return await lockRequest(work.tx, id, work.now) ?? refuse('notFound', { value: id });
}

const isAdmin = (caller: Caller, request: OpenRequest): boolean => reachesPackage(caller, 'manageAssignments', request);

/** Cancels a request that waits. For whoever made it, whom it is for, and administrators. */
export async function cancelRequest(work: AskingWork, id: string): Promise<void> {
  const request = await lock(work, id);
  const isOwn = [request.requestorId, request.targetId].includes(work.caller.principalId);
  if (!isOwn && !isAdmin(work.caller, request)) refuse('forbidden', { reason: 'Only whoever made a request, whom it is for, and administrators may cancel it.' });
  if (!['submitted', 'pendingApproval', 'scheduled'].includes(request.state)) {
    refuse('conflict', { reason: `A request that is ${request.state} cannot be cancelled: only one that is accepted, waits for approval or waits for its start.` });
  }
  await advance(work, request, { event: 'cancel', activity: 'Cancel access package request', operation: 'Update', why: null });
}

/** Deletes the record of a finished request. The assignment that came of it stays. For administrators. */
export async function deleteRequest(work: AskingWork, id: string): Promise<void> {
  const request = await lock(work, id);
  if (!isAdmin(work.caller, request)) refuse('forbidden', { reason: 'Only administrators may delete the record of a request.' });
  if (!isCompleted(request.state)) refuse('conflict', { reason: `A request that is ${request.state} cannot be deleted. Cancel it first.` });
  await deleteRequests(work.tx, [id]);
  await recordAudit(work.tx, work, {
    activity: 'Delete access package request', category: 'EntitlementManagement', operation: 'Delete',
    targets: [{ id, type: 'AccessPackageAssignmentRequest', displayName: request.packageName, before: { requestType: request.type, state: request.state, targetId: request.targetId } }],
  });
}

/** Tries a failed delivery again, at any time: Graph's window of 14 days (contract §1.6) is about its queue. Approvals stand. For administrators. */
export async function reprocessRequest(work: AskingWork, id: string): Promise<void> {
  const request = await lock(work, id);
  if (!isAdmin(work.caller, request)) refuse('forbidden', { reason: 'Only administrators may reprocess a request.' });
  if (request.state !== 'deliveryFailed' && request.state !== 'partiallyDelivered') {
    refuse('ruleBroken', { reason: `Only a request that is deliveryFailed or partiallyDelivered can be reprocessed; this one is ${request.state}.` });
  }
  if (request.state === 'partiallyDelivered' && !isHeld(request)) refuse('ruleBroken', { reason: 'What was delivered of this request has ended. Make a new request.' });
  await advance(work, request, { event: 'reprocess', activity: 'Reprocess access package request', operation: 'Update', why: null });
}

/** What came of the request is still held: what has ended is not given again without being asked for again. */
const isHeld = ({ live, assignmentId }: OpenRequest): boolean => live?.isOver === false && live.id === assignmentId;

/** Tries the failed delivery of a request again by itself. Approvals stand. False: it is no longer wanted, because the identity got the package otherwise, or the rule by which the server asked matches it no more. */
export async function retryRequest(work: RequestWork, id: string): Promise<boolean> {
  const request = await lockRequest(work.tx, id, work.now);
  if (request === undefined) return false;
  const isWanted = request.state === 'partiallyDelivered' ? isHeld(request) : request.state === 'deliveryFailed' && (request.live === null || request.live.isOver);
  if (!isWanted || (request.state === 'deliveryFailed' && request.type === 'systemAdd' && !await isGivenByRule(work.tx, { policyId: request.policyId, memberId: request.targetId }))) return false;
  await advance(work, request, { event: 'reprocess', activity: 'Retry access package delivery', operation: 'Update', why: 'The last delivery did not succeed.' });
  return true;
}

/** Delivers a request whose named start has come. Harmless when repeated: one that has moved on is left alone. */
export async function startRequest(work: RequestWork, id: string): Promise<void> {
  const request = await lockRequest(work.tx, id, work.now);
  if (request?.state !== 'scheduled') return;
  await advance(work, request, { event: 'startReached', activity: 'Start access package assignment', operation: 'Update', why: null });
}

const gone: Readonly<Record<Leaving, { readonly why: string; readonly states: readonly RequestState[] }>> = {
  deleted: { why: 'An identity that asked or was to receive has been deleted.', states: ['submitted', 'pendingApproval', 'scheduled'] },
  disabled: { why: 'An identity that asked or was to receive has been disabled.', states: ['submitted', 'pendingApproval'] },
};

/** How identities leave. */
export type Leaving = 'deleted' | 'disabled';

/** Cancels what identities have asked for or were to receive. Who is only disabled keeps what is granted already and begins later. */
export async function cancelRequestsOf(work: RequestWork, principalIds: readonly string[], leaving: Leaving = 'deleted'): Promise<void> {
  const { why, states } = gone[leaving];
  for (const id of await listOpenRequestsOf(work.tx, principalIds)) {
    const request = await lockRequest(work.tx, id, work.now);
    if (request !== undefined && states.includes(request.state)) await advance(work, request, { event: 'cancel', activity: 'Cancel access package request', operation: 'Update', why });
  }
}

/** Cancels one request that waits, because the server ends what it is about. One that has moved on meanwhile is left alone. */
export async function cancelOpenRequest(work: RequestWork, id: string, why: string): Promise<void> {
  const request = await lockRequest(work.tx, id, work.now);
  if (request !== undefined && !isCompleted(request.state)) await advance(work, request, { event: 'cancel', activity: 'Cancel access package request', operation: 'Update', why });
}
