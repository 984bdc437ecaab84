/** Deciding stages, by those who are asked. */
import type { Caller } from '../../../kernel/caller.ts';
import { refuse } from '../../../kernel/problem.ts';
import { parseApprovalStage } from '../../policies/model.ts';
import { entitlementReach, hasReach, isPerson, reachesPackage } from '../../roles/rules.ts';
import { refuseLate } from '../../requests/commands/advance.ts';
import { exclusionsOf } from '../../requests/commands/excluding.ts';
import { chooseDeciders, isRelational } from '../../requests/rules/approvers.ts';
import { findCandidates, lockRequest, type OpenRequest, type OpenStage } from '../../requests/store/open.ts';
import type { AskingWork } from '../../requests/store/writing.ts';
import type { RequestState } from '../../requests/model.ts';
import { chooseSeat, passStage, whyNotApprover, type StageMove, type StageRight } from '../rules.ts';
import { keepApproval, listSeatsTaken, listStillAsked, type NewDecision } from '../store/asking.ts';
import { concernsApproval } from '../store/knowing.ts';
import { askAgain } from './asking.ts';
import { approvalEvent, closeStage, type Verdict } from './closing.ts';

/**
 * Decides an open stage. `notFound`: unknown, or none of the caller's business; `forbidden`: not an approver, or no longer; `conflict`: decided
 * already, by all who had to or from the caller's seat; `missingProperty`: the policy wants a justification. Answers the state that the request is in now.
 */
export async function decideStage(work: AskingWork, at: { readonly requestId: string; readonly stageId: string }, verdict: Verdict): Promise<RequestState> {
  const { caller } = work;
  const request = await lockRequest(work.tx, at.requestId, work.now);
  const stage = request?.stages.find(({ id }) => id === at.stageId);
  if (request === undefined || stage === undefined) return refuse('notFound', { value: at.stageId });
  // Where several decide, others may have while this waited for the lock: what the lock's own statement has read is older.
  const taken = stage.requiredApprovals > 1 ? await listSeatsTaken(work.tx, stage.id) : [];
  if (taken.some(({ reviewedBy }) => reviewedBy === caller.principalId)) refuseTwice();
  const seats = { principalId: caller.principalId, ...await seatsNow(work, request, stage) };
  const why = whyNotApprover({ ...request, ...seats, isPerson: isPerson(caller) });
  if (why !== undefined) {
    if (!await mayKnow(work, request)) refuse('notFound', { value: at.stageId });
    refuse('forbidden', { reason: why.message }, [why]);
  }
  if (passStage(stage.status, 'timeOut') === undefined || isOver(stage, work.now)) refuseLate();
  if (stage.isJustificationRequired && (verdict.justification ?? '').trim() === '') refuse('missingProperty', { field: 'justification', mend: 'The policy wants approvers to say why.' });
  const seat = chooseSeat({ ...seats, taken }) ?? refuseTwice();
  if (verdict.reviewResult === 'Deny') return await closeStage(work, request, { stage, event: 'deny', verdict, decidedFor: seat.decidedFor });
  const next = passStage(stage.status, 'approve', { isQuorumMet: taken.length + 1 >= stage.requiredApprovals });
  return next?.isPartial === true ? await approveInPart(work, request, { stage, move: next.move, verdict, decidedFor: seat.decidedFor }) : await closeStage(work, request, { stage, event: 'approve', verdict, decidedFor: seat.decidedFor });
}

const refuseTwice = (): never => refuse('conflict', { reason: 'You have decided this stage already, or somebody has in your place. It waits for others, or is over.' });

/** From where the caller decides at this moment: who has ceased to belong to the approvers does not decide, nor does anybody in their place, and who has just come to may, whether or not the sweep has been there. */
async function seatsNow(work: AskingWork, request: OpenRequest, stage: OpenStage): Promise<Pick<StageRight, 'approverIds' | 'standsFor'>> {
  const { principalId } = work.caller;
  const standsFor = stage.standIns.flatMap(({ id, approverId }) => (id === principalId ? [approverId] : []));
  const isOpen = passStage(stage.status, 'reassign') !== undefined;
  if (!isOpen || !isPerson(work.caller) || !(stage.isWatched || isRelational(parseApprovalStage(stage.settings)))) return { approverIds: stage.approverIds, standsFor };
  const own = stage.approverIds.filter((id) => id === principalId);
  const still = await listStillAsked(work.tx, stage.id, [...own, ...standsFor]);
  if (still.length > 0 || own.length > 0) return { approverIds: still.filter((id) => own.includes(id)), standsFor: standsFor.filter((id) => still.includes(id)) };
  const candidates = await findCandidates(work.tx, stage.id, { isEscalated: stage.isEscalated });
  const asked = chooseDeciders(candidates, { required: stage.requiredApprovals, approved: candidates.approved }) ?? [];
  if (!asked.some(({ id }) => id === principalId)) return { approverIds: [], standsFor: [] };
  await askAgain(work, request, { stage, why: 'Who may decide has changed.' });
  return { approverIds: [principalId], standsFor: [] };
}

/** A stage that nobody decided in time is denied, whether or not the sweep has been there. */
const isOver = ({ dueAt }: OpenStage, now: Date): boolean => dueAt !== null && new Date(dueAt) <= now;

async function mayKnow(work: AskingWork, request: OpenRequest): Promise<boolean> {
  return reachesPackage(work.caller, 'readAssignments', request) || await concernsApproval(work.tx, request.id, work.caller.principalId);
}

interface PartialApproval {
  readonly stage: OpenStage;
  readonly move: StageMove;
  readonly verdict: Verdict;
  readonly decidedFor: string | null;
}

/** One of several approvals: kept, and the stage waits for more. */
async function approveInPart(work: AskingWork, request: OpenRequest, { stage, move, verdict, decidedFor }: PartialApproval): Promise<RequestState> {
  await exclusionsOf(work, request, { event: 'stageApproved', reachesDelivery: false });
  const decision: NewDecision = { stageId: stage.id, move, principalId: work.caller.principalId, decidedFor, result: verdict.reviewResult, justification: verdict.justification };
  if (!await keepApproval(work, { decision, requestId: request.id, event: approvalEvent(request, verdict, decidedFor) })) refuseLate();
  return request.state;
}

/** Whether a caller has any business with approvals at all. */
export const mayUseApprovals = (caller: Caller): boolean => {
  const reach = entitlementReach(caller, 'readAssignments');
  return reach.own || hasReach(reach);
};
