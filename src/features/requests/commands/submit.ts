/** Asking for access. One statement reads what decides, one writes the request and what follows at once. */
import type { JsonRecord } from '../../../kernel/json.ts';
import { refuse } from '../../../kernel/problem.ts';
import { uniqueViolation } from '../../../platform/db/transaction.ts';
import { newId } from '../../../platform/ids.ts';
import type { AuditEvent } from '../../audit/model.ts';
import { noteDelivery } from '../../grants/commands/attempts.ts';
import { endAssignments } from '../../grants/commands/delivery.ts';
import { announceDue } from '../../grants/store/delivery.ts';
import { stageLife } from '../../approvals/machine.ts';
import { passStage } from '../../approvals/rules.ts';
import { parseApprovalStage } from '../../policies/model.ts';
import { requestLife } from '../machine.ts';
import { queueCallouts } from '../../extensions/store/callouts.ts';
import type { Facts, RequestState } from '../model.ts';
import { decideRequest, type Verdict } from '../rules/decide.ts';
import { isCompleted, passThrough, type Passage } from '../rules/passage.ts';
import { firstOf, stageTimes } from '../rules/stage-times.ts';
import type { Approver } from '../store/open.ts';
import { insertRequest, statusFor, type AskingWork, type NewRequest, type RequestWork } from '../store/writing.ts';
import { asksForApprovers, waitsAt } from '../rules/callouts.ts';
import { callingOf } from './calling.ts';
import { carryOut, notYet, wishOf, type Done } from './delivering.ts';
import { gatherFacts, type Ask } from './gather.ts';
import { answerRefusal } from './refusal.ts';

export { gatherFacts, type Ask } from './gather.ts';

/** The request that was made. */
export interface Submitted {
  readonly id: string;
  readonly state: RequestState;
  readonly assignmentId: string | undefined;
  /** The request's properties as written, so that nobody has to read them back; undefined when more was written than these. */
  readonly row: JsonRecord | undefined;
}

/**
 * Makes a request and carries it as far as it goes by itself. Refusals: `forbidden` (no right to ask at all), `notRequestable`
 * and `requestRefused` with every reason, `conflict` (has it, or asked already), `notFound` (an assignment that is not the caller's).
 */
export async function submitRequest(work: AskingWork, ask: Ask): Promise<Submitted> {
  const facts = await gatherFacts(work, ask);
  const decision = decideRequest(facts, work.now);
  if (!decision.ok) return answerRefusal(decision.reasons);
  if (facts.overdueId !== undefined) await endAssignments(work, [facts.overdueId], { cause: 'expired', why: null });
  return await writeRequest(work, facts, decision.value);
}

/** Writes a request that was decided on, and carries it as far as it goes by itself. */
export async function writeRequest(work: RequestWork, facts: Facts, verdict: Verdict): Promise<Submitted> {
  const passage = pass(facts, verdict, notYet);
  const reachesDelivery = passage.moves.some(({ to }) => to === 'delivering');
  const done = reachesDelivery ? await carryOut(work, jobOf(facts, verdict)) : notYet;
  const made = newRequest(work, facts, { verdict, passage: pass(facts, verdict, done), done });
  try {
    await insertRequest(work, made);
  } catch (error) {
    const broken = uniqueViolation(error);
    if (broken === 'assignment_requests_one_open' || broken === 'assignments_one_live') refuse('conflict', { reason: 'Another request for this identity and access package was made at the same moment. Look at its requests and assignments.' });
    throw error;
  }
  await queueCallouts(work.tx, made.callouts.map(({ id }) => id), work.now);
  if (done.failures.length > 0) await noteDelivery(work, made.assignmentId === undefined ? { requestId: made.requestId } : { assignmentId: made.assignmentId }, { failures: done.failures, retried: [] });
  await announceDue(work.tx, verdict.start ?? (made.opening === undefined ? done.due : firstOf(made.opening.times)), work.now);
  return { id: made.requestId, state: made.state, assignmentId: made.assignmentId, row: done.failures.length > 0 ? undefined : rowOf(work, made) };
}

const rowOf = ({ now }: RequestWork, made: NewRequest): JsonRecord => ({
  requestType: made.type, state: made.state, status: statusFor(made), createdDateTime: now, completedDateTime: made.completedAt ?? null, justification: made.justification,
  schedule: made.schedule, answers: made.answers, customExtensionCalloutInstances: made.callouts.map(instanceOf), failureReasons: [], deliveryRetry: null, isValidationOnly: false, customExtensionHandlerInstances: [], verifiedCredentialsData: [],
});

/** A call as Graph shows it before it was made. */
const instanceOf = ({ id, extensionId, waitsUntil }: NewRequest['callouts'][number]): JsonRecord => ({
  id, customExtensionId: extensionId, detail: null, externalCorrelationId: null, status: waitsUntil === null ? null : 'waitingForCallback',
});

function pass({ asked }: Facts, { stages, start, policy: { extensions } }: Verdict, { outcome }: Done): Passage {
  const calls = { wish: wishOf[asked.type], extensions };
  const passage = passThrough({ state: requestLife.initial, event: 'submit' }, { needsApproval: stages.length > 0, asksForApprovers: asksForApprovers(stages[0], extensions), hasMoreStages: false, startsLater: start !== undefined, outcome, waitsWhenCreated: waitsAt('assignmentRequestCreated', calls), waitsWhenApproved: waitsAt('assignmentRequestApproved', calls) });
  if (passage === undefined) throw new Error('a new request cannot be submitted');
  return passage;
}

const jobOf = (facts: Facts, { policy, schedule, movesEnd }: Verdict) => ({
  wish: wishOf[facts.asked.type], targetId: facts.target.id, targetKind: facts.target.kind, accessPackageId: facts.accessPackage.id, policyId: policy.policy.id,
  external: facts.target.isGuest ? { isForAnybody: policy.policy.allowedTargetScope === 'allExternalUsers' } : undefined,
  policyExpiration: expirationOf(policy.policy.expiration), schedule, movesEnd, roles: facts.roles, live: facts.live, why: facts.asked.justification,
});

const expirationOf = ({ type, duration, endDateTime }: Verdict['policy']['policy']['expiration']) => ({ type, duration: duration ?? null, endDateTime: endDateTime ?? null });

function newRequest(work: RequestWork, facts: Facts, { verdict, passage, done }: { readonly verdict: Verdict; readonly passage: Passage; readonly done: Done }): NewRequest {
  const stages = verdict.stages.map((stage) => ({ ...stage, id: newId() }));
  const [first] = stages;
  const opened = passage.opensStage ? passStage(stageLife.initial, 'open') : undefined;
  const request = {
    requestId: newId(), type: facts.asked.type, requestorId: work.caller?.principalId ?? null, targetId: facts.target.id, accessPackageId: facts.accessPackage.id,
    policyId: verdict.policy.policy.id, justification: facts.asked.justification, answers: verdict.answers, schedule: verdict.schedule, stages,
    moves: [{ from: null, to: requestLife.initial, event: 'submit' } as const, ...passage.moves], state: passage.state,
    startsAt: passage.isScheduled ? verdict.start : undefined, completedAt: isCompleted(passage.state) ? work.now : undefined,
    assignmentId: (passage.keepsAssignment ? done.assignmentId : undefined) ?? facts.live?.id, failure: done.failures.length > 0 ? done.failures : undefined, delivery: done.delivery,
    ...callingOf(work, passage, { wish: wishOf[facts.asked.type], extensions: verdict.policy.extensions, isNewlyGranted: done.delivery?.isNew === true, assignmentId: done.assignmentId }),
    opening: first === undefined || opened?.asksApprovers !== true ? undefined : { stageId: first.id, move: opened.move, deciders: first.deciders, needed: first.requiredApprovals, times: stageTimes(parseApprovalStage(first.settings), work.now) },
  };
  return { ...request, events: eventsOf(facts, request) };
}

function eventsOf(facts: Facts, made: Omit<NewRequest, 'events'>): readonly AuditEvent[] {
  const about = [
    { id: facts.target.id, type: facts.target.kind === 'user' || facts.target.kind === 'agentUser' ? 'User' : 'ServicePrincipal', displayName: facts.target.displayName },
    { id: facts.accessPackage.id, type: 'AccessPackage', displayName: facts.accessPackage.displayName },
  ];
  const asked: AuditEvent = {
    activity: 'Request access package', category: 'EntitlementManagement', operation: 'Request', why: facts.asked.justification,
    targets: [{ id: made.requestId, type: 'AccessPackageAssignmentRequest', displayName: facts.accessPackage.displayName, after: { requestType: made.type, state: made.state, schedule: made.schedule } }, ...about],
  };
  return made.delivery === undefined ? [asked] : [asked, deliveryEvent(made, { about, approvedBy: [] })];
}

/** What the trail says of a delivery. Whoever caused it is its initiator: that Gatehouse delivered, and who had approved, is said beside. */
export function deliveryEvent(
  { requestId, delivery, failure }: Pick<NewRequest, 'requestId' | 'delivery' | 'failure'>, { about, approvedBy }: { readonly about: AuditEvent['targets']; readonly approvedBy: readonly Approver[] },
): AuditEvent {
  const approvals = approvedBy.map(({ id, displayName }) => `${displayName ?? 'unnamed'} (${id})`).join(', ');
  return {
    activity: 'Deliver access package assignment', category: 'EntitlementManagement', operation: 'Assign',
    additional: { accessPackageAssignmentRequestId: requestId, deliveredBy: 'Gatehouse', ...(approvals === '' ? {} : { approvedBy: approvals }) },
    targets: [{
      id: delivery?.assignmentId ?? requestId, type: 'AccessPackageAssignment',
      after: { state: delivery?.passage.state, endDateTime: delivery?.endsAt, roles: delivery?.roles, ...(failure === undefined ? {} : { failure }) },
    }, ...about],
  };
}
