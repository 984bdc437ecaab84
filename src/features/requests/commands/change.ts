/** What may be done to a request that exists: cancel, delete its record, try delivery again. And what happens to it by itself. */
import type { Caller } from '../../../kernel/caller.ts';
import { refuse } from '../../../kernel/problem.ts';
import { later } from '../../../kernel/schedule.ts';
import { recordAudit } from '../../audit/store.ts';
import { reachesPackage } from '../../roles/rules.ts';
import { isCompleted } from '../rules/passage.ts';
import { listOpenRequestsOf, lockRequest, type OpenRequest } from '../store/open.ts';
import { deleteRequests, type AskingWork, type RequestWork } from '../store/writing.ts';
import { advance } from './advance.ts';

/** How long after its completion a failed delivery may be tried again (contract §1.6). */
export const reprocessWindow = 'P14D';

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

/** Tries a failed delivery again, within the window. For administrators. */
export async function reprocessRequest(work: AskingWork, id: string): Promise<void> {
  const request = await lock(work, id);
  if (!isAdmin(work.caller, request)) refuse('forbidden', { reason: 'Only administrators may reprocess a request.' });
  if (request.state !== 'deliveryFailed' && request.state !== 'partiallyDelivered') {
    refuse('ruleBroken', { reason: `Only a request that is deliveryFailed or partiallyDelivered can be reprocessed; this one is ${request.state}.` });
  }
  const last = request.completedAt === null ? undefined : later(request.completedAt, reprocessWindow);
  if (last !== undefined && last < work.now) refuse('ruleBroken', { reason: 'A request can be reprocessed until 14 days after its completion. Make a new request.' });
  await advance(work, request, { event: 'reprocess', activity: 'Reprocess access package request', operation: 'Update', why: null });
}

/** Delivers a request whose named start has come. Harmless when repeated: one that has moved on is left alone. */
export async function startRequest(work: RequestWork, id: string): Promise<void> {
  const request = await lockRequest(work.tx, id, work.now);
  if (request?.state !== 'scheduled') return;
  await advance(work, request, { event: 'startReached', activity: 'Start access package assignment', operation: 'Update', why: null });
}

/** Cancels what identities have asked for or were to receive: they are gone. */
export async function cancelRequestsOf(work: RequestWork, principalIds: readonly string[]): Promise<void> {
  for (const id of await listOpenRequestsOf(work.tx, principalIds)) {
    const request = await lockRequest(work.tx, id, work.now);
    if (request !== undefined) await advance(work, request, { event: 'cancel', activity: 'Cancel access package request', operation: 'Update', why: 'An identity that asked or was to receive has been deleted.' });
  }
}
