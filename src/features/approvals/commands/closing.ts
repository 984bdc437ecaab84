/** How a stage ends, and what that means for its request. */
import type { AuditEvent } from '../../audit/model.ts';
import { advance, refuseLate, type Occurrence } from '../../requests/commands/advance.ts';
import type { OpenRequest, OpenStage } from '../../requests/store/open.ts';
import type { RequestWork, StageDecision } from '../../requests/store/writing.ts';
import type { RequestState } from '../../requests/model.ts';
import type { StageEvent } from '../machine.ts';
import { passStage, type StageVerdict } from '../rules.ts';

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

/** How a stage closes. `failure`: why, when nobody decided it. */
export interface Closing {
  readonly stage: OpenStage;
  readonly event: Extract<StageEvent, 'approve' | 'deny' | 'timeOut'>;
  readonly verdict?: Verdict;
  /** The approver in whose place it is decided. */
  readonly decidedFor?: string | null;
  readonly failure?: Occurrence['failure'];
}

/** Closes a stage of a locked request and moves the request on. Answers the state that it is in then. */
export async function closeStage(work: RequestWork, request: OpenRequest, { stage, event, verdict, decidedFor = null, failure }: Closing): Promise<RequestState> {
  const taken = passStage(stage.status, event);
  if (taken?.verdict === undefined) return refuseLate();
  const decision: StageDecision = {
    stageId: stage.id, move: taken.move, reviewResult: verdict?.reviewResult ?? 'NotReviewed',
    reviewedBy: verdict === undefined ? null : work.caller?.principalId ?? null, justification: verdict?.justification ?? null, decidedFor,
  };
  return await advance(work, request, { ...occurrences[taken.verdict], event: taken.verdict, decision, why: verdict?.justification ?? null, ...(failure === undefined ? {} : { failure }) });
}

/** What the trail says of one of several approvals. */
export const approvalEvent = (request: OpenRequest, { justification }: Verdict, decidedFor: string | null): AuditEvent => ({
  ...occurrences.stageApproved, category: 'EntitlementManagement', why: justification, additional: decidedFor === null ? {} : { decidedFor },
  targets: [
    { id: request.id, type: 'AccessPackageAssignmentRequest', displayName: request.packageName, before: { state: request.state }, after: { state: request.state } },
    { id: request.accessPackageId, type: 'AccessPackage', displayName: request.packageName },
    ...(decidedFor === null ? [] : [{ id: decidedFor, type: 'User' }]),
  ],
});
