/** Deciding stages: by an approver, by the clock, or because nobody is left who could. */
import type { Caller } from '../../kernel/caller.ts';
import { refuse } from '../../kernel/problem.ts';
import { recordAudit } from '../audit/store.ts';
import { entitlementReach, hasReach, isPerson, reachesPackage } from '../roles/rules.ts';
import { advance, decidersOf, orphan, refuseLate, type Occurrence } from '../requests/commands/advance.ts';
import type { Deciders } from '../requests/rules/approvers.ts';
import { findCandidates, lockRequest, type OpenRequest, type OpenStage } from '../requests/store/open.ts';
import type { AskingWork, RequestWork, StageDecision } from '../requests/store/writing.ts';
import type { RequestState } from '../requests/model.ts';
import type { StageEvent } from './machine.ts';
import { chooseSeat, passStage, whyNotApprover, type StageVerdict } from './rules.ts';
import { concernsApproval, listRequestsAwaiting, lockDueStage, replaceApprovers } from './store.ts';

/** What an approver says. */
export interface Verdict {
  readonly reviewResult: 'Approve' | 'Deny';
  readonly justification: string | null;
}

const occurrences: Readonly<Record<StageVerdict, Pick<Occurrence, 'activity' | 'operation'>>> = {
  stageApproved: { activity: 'Approve access package request', operation: 'Approve' },
  stageDenied: { activity: 'Deny access package request', operation: 'Deny' },
  stageTimedOut: { activity: 'Deny access package request by timeout', operation: 'Expire' },
};

/**
 * Decides an open stage. `notFound`: unknown, or none of the caller's business; `forbidden`: not an approver; `conflict`: decided
 * already; `missingProperty`: the policy wants a justification. Answers the state that the request is in now.
 */
export async function decideStage(work: AskingWork, at: { readonly requestId: string; readonly stageId: string }, verdict: Verdict): Promise<RequestState> {
  const { caller } = work;
  const request = await lockRequest(work.tx, at.requestId, work.now);
  const stage = request?.stages.find(({ id }) => id === at.stageId);
  if (request === undefined || stage === undefined) return refuse('notFound', { value: at.stageId });
  const standsFor = stage.standIns.flatMap(({ id, approverId }) => (id === caller.principalId ? [approverId] : []));
  const why = whyNotApprover({ ...request, principalId: caller.principalId, isPerson: isPerson(caller), approverIds: stage.approverIds, standsFor });
  if (why !== undefined) {
    if (!await mayKnow(work, request)) refuse('notFound', { value: at.stageId });
    refuse('forbidden', { reason: why.message }, [why]);
  }
  if (stage.status !== 'InProgress' || isOver(stage, work.now)) refuseLate();
  if (stage.isJustificationRequired && (verdict.justification ?? '').trim() === '') refuse('missingProperty', { field: 'justification', mend: 'The policy wants approvers to say why.' });
  return await close(work, request, { stage, event: verdict.reviewResult === 'Approve' ? 'approve' : 'deny', verdict, decidedFor: chooseSeat({ principalId: caller.principalId, approverIds: stage.approverIds, standsFor, taken: [] })?.decidedFor ?? null });
}

/** A stage that nobody decided in time is denied, whether or not the sweep has been there. */
const isOver = ({ dueAt }: OpenStage, now: Date): boolean => dueAt !== null && new Date(dueAt) <= now;

async function mayKnow(work: AskingWork, request: OpenRequest): Promise<boolean> {
  return reachesPackage(work.caller, 'readAssignments', request) || await concernsApproval(work.tx, request.id, work.caller.principalId);
}

interface Closing {
  readonly stage: OpenStage;
  readonly event: Extract<StageEvent, 'approve' | 'deny' | 'timeOut'>;
  readonly verdict?: Verdict;
  /** The approver in whose place it is decided. */
  readonly decidedFor?: string | null;
  readonly failure?: Occurrence['failure'];
}

async function close(work: RequestWork, request: OpenRequest, { stage, event, verdict, decidedFor, failure }: Closing): Promise<RequestState> {
  const taken = passStage(stage.status, event);
  if (taken?.verdict === undefined) return refuseLate();
  const decision: StageDecision = {
    stageId: stage.id, move: taken.move, reviewResult: verdict?.reviewResult ?? 'NotReviewed',
    reviewedBy: verdict === undefined ? null : work.caller?.principalId ?? null, justification: verdict?.justification ?? null, decidedFor: decidedFor ?? null,
  };
  return await advance(work, request, { ...occurrences[taken.verdict], event: taken.verdict, decision, why: verdict?.justification ?? null, ...(failure === undefined ? {} : { failure }) });
}

/** Denies a stage whose time is over. Harmless when repeated. */
export async function expireStage(work: RequestWork, stageId: string): Promise<void> {
  const due = await lockDueStage(work.tx, stageId, work.now);
  const request = due === undefined ? undefined : await lockRequest(work.tx, due.requestId, work.now);
  const stage = request?.stages.find(({ id, status }) => id === stageId && status === 'InProgress');
  if (request?.state !== 'pendingApproval' || stage === undefined) return;
  await close(work, request, { stage, event: 'timeOut', failure: [{ code: 'stageTimedOut', message: `Nobody decided stage ${stage.position + 1} in time. Ask again, or ask its approvers to look.` }] });
}

/**
 * Finds others for the open stages that wait for people who can no longer decide: they are deleted or disabled, or about to be.
 * Where somebody of those asked is left nobody else is asked; where nobody is left at all the stage is denied.
 */
export async function replaceLostApprovers(work: RequestWork, principalIds: readonly string[]): Promise<void> {
  for (const id of await listRequestsAwaiting(work.tx, principalIds)) {
    const request = await lockRequest(work.tx, id, work.now);
    const stage = request?.stages.find(({ status }) => status === 'InProgress');
    if (request?.state !== 'pendingApproval' || stage === undefined) continue;
    const candidates = await findCandidates(work.tx, stage.id, principalIds);
    if (candidates.left.length > 0) continue;
    const others = decidersOf(candidates, candidates);
    if (others === undefined) await close(work, request, { stage, event: 'timeOut', failure: [orphan(stage.position)] });
    else await askOthers(work, request, { stage, others });
  }
}

async function askOthers(work: RequestWork, request: OpenRequest, { stage, others }: { readonly stage: OpenStage; readonly others: Deciders }): Promise<void> {
  await replaceApprovers(work.tx, stage.id, others);
  await recordAudit(work.tx, work, {
    activity: 'Reassign access package approval', category: 'EntitlementManagement', operation: 'Update', why: 'Nobody who was asked can decide any longer.',
    targets: [
      { id: request.id, type: 'AccessPackageAssignmentRequest', displayName: request.packageName, before: { approvers: stage.approverIds }, after: { approvers: others.ids, role: others.role } },
      { id: request.accessPackageId, type: 'AccessPackage', displayName: request.packageName },
    ],
  });
}

/** Whether a caller has any business with approvals at all. */
export const mayUseApprovals = (caller: Caller): boolean => {
  const reach = entitlementReach(caller, 'readAssignments');
  return reach.own || hasReach(reach);
};
