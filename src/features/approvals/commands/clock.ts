/** What time does to an open stage: it is escalated, its approvers are reminded, and in the end it is denied. Each is harmless when repeated. */
import { recordAudit } from '../../audit/store.ts';
import type { AuditEvent } from '../../audit/model.ts';
import { orphan } from '../../requests/commands/advance.ts';
import { escalatedStatus } from '../../requests/model.ts';
import { chooseDeciders } from '../../requests/rules/approvers.ts';
import { requestSteps } from '../../requests/rules/passage.ts';
import { nextReminder } from '../../requests/rules/stage-times.ts';
import { findCandidates, lockRequest, type OpenRequest, type OpenStage } from '../../requests/store/open.ts';
import type { RequestWork } from '../../requests/store/writing.ts';
import { passStage } from '../rules.ts';
import { replaceApprovers } from '../store/asking.ts';
import { findDueStage, markEscalated, noteReminder, type Timer } from '../store/due.ts';
import { openStageOf } from './asking.ts';
import { closeStage } from './closing.ts';

/** An open stage one of whose times has come, with its locked request. */
interface DueStage {
  readonly request: OpenRequest;
  readonly stage: OpenStage;
}

async function lockDue(work: RequestWork, stageId: string, timer: Timer): Promise<DueStage | undefined> {
  const found = await findDueStage(work.tx, stageId, { now: work.now, timer });
  const request = found === undefined ? undefined : await lockRequest(work.tx, found.requestId, work.now);
  const stage = openStageOf(request);
  // Somebody else may have been there while this waited for the lock.
  const isStillDue = found !== undefined && await findDueStage(work.tx, stageId, { now: work.now, timer }) !== undefined;
  return request === undefined || stage?.id !== stageId || !isStillDue ? undefined : { request, stage };
}

/** Denies a stage whose time is over. */
export async function expireStage(work: RequestWork, stageId: string): Promise<void> {
  const due = await lockDue(work, stageId, 'due_at');
  if (due === undefined) return;
  const { request, stage } = due;
  const given = stage.requiredApprovals === 1 ? '' : ` ${stage.approvedBy.length} of ${stage.requiredApprovals} approvals were given.`;
  await closeStage(work, request, { stage, event: 'timeOut', failure: [{ code: 'stageTimedOut', message: `Nobody decided stage ${stage.position + 1} in time.${given} Ask again, or ask its approvers to look.` }] });
}

/** Asks the escalation approvers besides those who were asked before; the fallback ones of them when none of the others can decide. */
export async function escalateStage(work: RequestWork, stageId: string): Promise<void> {
  const due = await lockDue(work, stageId, 'escalates_at');
  const taken = due === undefined ? undefined : passStage(due.stage.status, 'escalate');
  if (due === undefined || taken?.asksApprovers !== true) return;
  const { request, stage } = due;
  const candidates = await findCandidates(work.tx, stage.id, { isEscalated: true });
  const deciders = chooseDeciders(candidates, { required: stage.requiredApprovals, approved: candidates.approved });
  if (deciders === undefined) {
    await closeStage(work, request, { stage, event: 'timeOut', failure: [orphan(stage)] });
    return;
  }
  await markEscalated(work, { stageId, requestId: request.id, status: escalatedStatus, moves: requestSteps(request.state, 'stageEscalated') });
  await replaceApprovers(work, { stageId, requestId: request.id, move: taken.move, deciders });
  await recordAudit(work.tx, work, eventOf(request, 'Escalate access package approval', { before: { approvers: candidates.asked }, after: { approvers: deciders, status: escalatedStatus } }));
}

/** Notes that those who have not decided are reminded, and when they are next. */
export async function remindApprovers(work: RequestWork, stageId: string): Promise<void> {
  const due = await lockDue(work, stageId, 'remind_at');
  const taken = due === undefined ? undefined : passStage(due.stage.status, 'remind');
  if (due === undefined || taken?.remindsApprovers !== true) return;
  const { request, stage } = due;
  const next = stage.openedAt === null || stage.dueAt === null ? null : nextReminder({ openedAt: new Date(stage.openedAt), dueAt: new Date(stage.dueAt) }, work.now);
  await noteReminder(work, { stageId, requestId: request.id, move: taken.move, next });
  const waiting = stage.approverIds.filter((id) => !stage.approvedBy.some((one) => one.id === id));
  await recordAudit(work.tx, work, eventOf(request, 'Remind approvers of access package request', { after: { reminded: waiting } }));
}

const eventOf = (request: OpenRequest, activity: string, values: { readonly before?: Record<string, unknown>; readonly after: Record<string, unknown> }): AuditEvent => ({
  activity, category: 'EntitlementManagement', operation: 'Update',
  targets: [
    { id: request.id, type: 'AccessPackageAssignmentRequest', displayName: request.packageName, ...values },
    { id: request.accessPackageId, type: 'AccessPackage', displayName: request.packageName },
  ],
});
