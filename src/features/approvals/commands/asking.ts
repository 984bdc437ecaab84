/** Finding out again who decides an open stage: somebody has gone, or joins or leaves a group, or a manager, sponsor or owner is another. */
import { recordAudit } from '../../audit/store.ts';
import { orphan } from '../../requests/commands/advance.ts';
import { chooseDeciders, type Deciders } from '../../requests/rules/approvers.ts';
import { findCandidates, lockRequest, type OpenRequest, type OpenStage } from '../../requests/store/open.ts';
import type { RequestWork } from '../../requests/store/writing.ts';
import { passStage } from '../rules.ts';
import { findRequestOfStage, listRequestsAwaiting, markConcerned, replaceApprovers, watchStage } from '../store/asking.ts';
import { closeStage } from './closing.ts';

/** What is known of a stage whose approvers are found again. */
export interface Asking {
  readonly stage: OpenStage;
  /** People on their way out: nobody already. */
  readonly lost?: readonly string[];
  /** For the trail. */
  readonly why: string;
}

/** The open stage of a request that waits for approval. */
export const openStageOf = (request: OpenRequest | undefined): OpenStage | undefined => request?.stages.find(({ status }) => passStage(status, 'reassign') !== undefined);

/** Asks whoever decides the stage now, and nobody else; when too few are left the stage is denied with the reason. Nothing happens where nothing has changed. */
export async function askAgain(work: RequestWork, request: OpenRequest, { stage, lost = [], why }: Asking): Promise<void> {
  const candidates = await findCandidates(work.tx, stage.id, { lost, isEscalated: stage.isEscalated });
  const deciders = chooseDeciders(candidates, { required: stage.requiredApprovals, approved: candidates.approved });
  if (deciders === undefined) {
    await closeStage(work, request, { stage, event: 'timeOut', failure: [orphan(stage)] });
    return;
  }
  await watchStage(work.tx, stage.id, work.now);
  const taken = passStage(stage.status, 'reassign');
  if (taken?.asksApprovers !== true || isSame(candidates.asked, deciders)) return;
  await replaceApprovers(work, { stageId: stage.id, requestId: request.id, move: taken.move, deciders });
  await recordAudit(work.tx, work, {
    activity: 'Reassign access package approval', category: 'EntitlementManagement', operation: 'Update', why,
    targets: [
      { id: request.id, type: 'AccessPackageAssignmentRequest', displayName: request.packageName, before: { approvers: candidates.asked }, after: { approvers: deciders } },
      { id: request.accessPackageId, type: 'AccessPackage', displayName: request.packageName },
    ],
  });
}

/** Whether the same people are asked in the same qualities. */
export function isSame(some: Deciders, others: Deciders): boolean {
  return some.length === others.length && some.every(({ id, role }) => others.some((other) => other.id === id && other.role === role));
}

/** Finds others for the open stages that wait for people who can no longer decide: they are deleted or disabled, or about to be. */
export async function replaceLostApprovers(work: RequestWork, principalIds: readonly string[]): Promise<void> {
  for (const id of await listRequestsAwaiting(work.tx, principalIds)) {
    const request = await lockRequest(work.tx, id, work.now);
    const stage = openStageOf(request);
    if (request !== undefined && stage !== undefined) await askAgain(work, request, { stage, lost: principalIds, why: 'Somebody who was asked can decide no longer.' });
  }
}

/** Marks the open stages that changed objects are the sources of: who decides them is found out again next. Harmless when repeated. */
export async function markStages(work: RequestWork, changeIds: readonly string[]): Promise<void> {
  await markConcerned(work.tx, changeIds, work.now);
}

/** Finds out again who decides a stage. Harmless when repeated. */
export async function recheckStage(work: RequestWork, stageId: string): Promise<void> {
  const requestId = await findRequestOfStage(work.tx, stageId);
  const request = requestId === undefined ? undefined : await lockRequest(work.tx, requestId, work.now);
  const stage = openStageOf(request);
  if (request === undefined || stage?.id !== stageId) return;
  await askAgain(work, request, { stage, why: 'Who may decide has changed.' });
}
