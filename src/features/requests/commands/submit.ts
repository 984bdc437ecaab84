/** Asking for access. One statement reads what decides, one writes the request and what follows at once. */
import type { Caller } from '../../../kernel/caller.ts';
import type { JsonRecord } from '../../../kernel/json.ts';
import { refuse } from '../../../kernel/problem.ts';
import { later } from '../../../kernel/schedule.ts';
import { uniqueViolation } from '../../../platform/db/transaction.ts';
import { newId } from '../../../platform/ids.ts';
import type { AuditEvent } from '../../audit/model.ts';
import { noteDelivery } from '../../grants/commands/attempts.ts';
import { endAssignments } from '../../grants/commands/delivery.ts';
import { announceDue } from '../../grants/store/delivery.ts';
import { entitlementReach, hasReach, isPerson, reachesPackage } from '../../roles/rules.ts';
import { stageLife } from '../../approvals/machine.ts';
import { passStage } from '../../approvals/rules.ts';
import { requestLife } from '../machine.ts';
import { queueCallouts } from '../../extensions/store/callouts.ts';
import type { Asked, Facts, RequestState } from '../model.ts';
import { decideRequest, type Verdict } from '../rules/decide.ts';
import { isCompleted, passThrough, type Passage } from '../rules/passage.ts';
import { notRequestable } from '../rules/policy.ts';
import { loadFacts, takeTurn, type Found, type Named } from '../store/facts.ts';
import type { Approver } from '../store/open.ts';
import { insertRequest, statusFor, type AskingWork, type NewRequest } from '../store/writing.ts';
import { waitsAt } from '../rules/callouts.ts';
import { callingOf } from './calling.ts';
import { carryOut, notYet, wishOf, type Done } from './delivering.ts';
import { inviteTarget, isInvitation } from './invite.ts';
import { answerRefusal } from './refusal.ts';

/** What is asked and for whom, with ids that are GUIDs. */
export interface Ask {
  readonly asked: Asked;
  readonly named: Omit<Named, 'callerId'>;
}

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
  return await write(work, facts, decision.value);
}

/** Reads the facts; refuses what needs no rule. */
export async function gatherFacts(work: AskingWork, { asked, named }: Ask): Promise<Facts> {
  const { caller, tx, now } = work;
  const isAsAdmin = asked.type.startsWith('admin');
  const reach = entitlementReach(caller, 'manageAssignments');
  if (isAsAdmin ? !hasReach(reach) : !reach.own) refuse('forbidden', { reason: `A request of type ${asked.type} needs ${isAsAdmin ? 'EntitlementManagement.ReadWrite.All or an assignment-manager role' : 'EntitlementMgmt-SubjectAccess.ReadWrite, or EntitlementManagement.SelfRequest for itself'}.` });
  const isSelf = asked.type === 'userAdd' && named.targetId === undefined && named.targetEmail === undefined;
  let query: Named = { ...named, callerId: caller.principalId, ...(isSelf ? { targetId: caller.principalId } : {}) };
  let found = await loadFacts(tx, query, now);
  if (isInvitation(work, { asked, named: query }, found)) {
    query = await inviteTarget(work, query, found);
    found = await loadFacts(tx, query, now);
  }
  if (found.excludes && found.target !== undefined && wishOf[asked.type] === 'Add') {
    await takeTurn(tx, found.target.id);
    found = await loadFacts(tx, query, now);
  }
  return factsFrom(work, { asked, named: query }, found);
}

function factsFrom({ caller }: AskingWork, { asked, named }: { readonly asked: Asked; readonly named: Named }, found: Found): Facts {
  const { accessPackage, target, ...rest } = found;
  const isAsAdmin = asked.type.startsWith('admin');
  const governed = isAsAdmin && accessPackage !== undefined ? governedPolicies(caller, asked, found) : undefined;
  const isAdmin = governed !== undefined;
  if (accessPackage === undefined || target === undefined || (isAsAdmin && !isAdmin) || (!isAsAdmin && !accessPackage.isPublished && wishOf[asked.type] === 'Add') || (named.assignmentId !== undefined && !isAdmin && !mayKnow(caller, found))) return refuseUnknown(asked, named, isAsAdmin && !isAdmin ? { ...found, accessPackage: undefined } : found);
  return {
    ...rest, policies: governed ?? rest.policies, asked, accessPackage, target, isAdmin, callerId: caller.principalId, namedPolicyId: named.policyId,
    isApprover: found.isApprover && isPerson(caller),
  };
}

/** Policies by which the caller may administer what is asked; undefined: by none. Whoever manages single policies administers what goes by them only. */
function governedPolicies(caller: Caller, { type }: Asked, { accessPackage, policies, live }: Found): Found['policies'] | undefined {
  if (accessPackage === undefined) return undefined;
  const place = { catalogId: accessPackage.catalogId, accessPackageId: accessPackage.id };
  if (reachesPackage(caller, 'manageAssignments', place)) return policies;
  const governed = policies.filter(({ policy }) => reachesPackage(caller, 'manageAssignments', { ...place, policyId: policy.id }));
  const isTheirs = type === 'adminAdd' ? governed.length > 0 : governed.some(({ policy }) => policy.id === live?.policyId);
  return isTheirs ? governed : undefined;
}

/** Whether the caller may know of the named assignment: to others it does not exist. */
function mayKnow(caller: Caller, { accessPackage, policies, live, isApprover, isConcerned }: Found): boolean {
  return isConcerned || isApprover || policies.some(({ isOnBehalf }) => isOnBehalf)
    || (accessPackage !== undefined && reachesPackage(caller, 'readAssignments', { catalogId: accessPackage.catalogId, accessPackageId: accessPackage.id, policyId: live?.policyId }));
}

/** Facts of a caller that asks for itself and has not said how; undefined when there is nothing to ask for. */
export function gatherNothing({ caller }: AskingWork, { accessPackage, target, ...rest }: Found): Facts | undefined {
  if (accessPackage?.isPublished !== true || target === undefined) return undefined;
  const asked: Asked = { type: 'userAdd', justification: null, answers: [], schedule: {} };
  return { ...rest, asked, accessPackage, target, isAdmin: false, callerId: caller.principalId, namedPolicyId: undefined };
}

/** What does not exist and what is not the caller's are answered alike. */
function refuseUnknown(asked: Asked, named: Named, { accessPackage }: Found): never {
  if (wishOf[asked.type] !== 'Add') refuse('notFound', { value: named.assignmentId ?? '' });
  if (!asked.type.startsWith('admin')) return answerRefusal([notRequestable]);
  const [field, value] = accessPackage === undefined ? ['assignment/accessPackageId', named.accessPackageId ?? named.policyId ?? ''] : ['assignment/targetId', named.targetId ?? named.targetEmail ?? ''];
  return refuse('danglingReference', { field, value });
}

async function write(work: AskingWork, facts: Facts, verdict: Verdict): Promise<Submitted> {
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
  await announceDue(work.tx, verdict.start ?? made.opening?.dueAt ?? done.due, work.now);
  return { id: made.requestId, state: made.state, assignmentId: made.assignmentId, row: done.failures.length > 0 ? undefined : rowOf(work, made) };
}

const rowOf = ({ now }: AskingWork, made: NewRequest): JsonRecord => ({
  requestType: made.type, state: made.state, status: statusFor(made), createdDateTime: now, completedDateTime: made.completedAt ?? null, justification: made.justification,
  schedule: made.schedule, answers: made.answers, customExtensionCalloutInstances: made.callouts.map(instanceOf), failureReasons: [], deliveryRetry: null, isValidationOnly: false, customExtensionHandlerInstances: [], verifiedCredentialsData: [],
});

/** A call as Graph shows it before it was made. */
const instanceOf = ({ id, extensionId, waitsUntil }: NewRequest['callouts'][number]): JsonRecord => ({
  id, customExtensionId: extensionId, detail: null, externalCorrelationId: null, status: waitsUntil === null ? null : 'waitingForCallback',
});

function pass({ asked }: Facts, { stages, start, policy: { extensions } }: Verdict, { outcome }: Done): Passage {
  const calls = { wish: wishOf[asked.type], extensions };
  const passage = passThrough({ state: requestLife.initial, event: 'submit' }, { needsApproval: stages.length > 0, hasMoreStages: false, startsLater: start !== undefined, outcome, waitsWhenCreated: waitsAt('assignmentRequestCreated', calls), waitsWhenApproved: waitsAt('assignmentRequestApproved', calls) });
  if (passage === undefined) throw new Error('a new request cannot be submitted');
  return passage;
}

const jobOf = (facts: Facts, { policy, schedule, movesEnd }: Verdict) => ({
  wish: wishOf[facts.asked.type], targetId: facts.target.id, targetKind: facts.target.kind, accessPackageId: facts.accessPackage.id, policyId: policy.policy.id,
  external: facts.target.isGuest ? { isForAnybody: policy.policy.allowedTargetScope === 'allExternalUsers' } : undefined,
  policyExpiration: expirationOf(policy.policy.expiration), schedule, movesEnd, roles: facts.roles, live: facts.live, why: facts.asked.justification,
});

const expirationOf = ({ type, duration, endDateTime }: Verdict['policy']['policy']['expiration']) => ({ type, duration: duration ?? null, endDateTime: endDateTime ?? null });

function newRequest(work: AskingWork, facts: Facts, { verdict, passage, done }: { readonly verdict: Verdict; readonly passage: Passage; readonly done: Done }): NewRequest {
  const stages = verdict.stages.map((stage) => ({ ...stage, id: newId() }));
  const [first] = stages;
  const dueAt = first === undefined ? undefined : later(work.now, first.lasts);
  const opened = passage.opensStage ? passStage(stageLife.initial, 'open') : undefined;
  const request = {
    requestId: newId(), type: facts.asked.type, requestorId: work.caller.principalId, targetId: facts.target.id, accessPackageId: facts.accessPackage.id,
    policyId: verdict.policy.policy.id, justification: facts.asked.justification, answers: facts.asked.answers, schedule: verdict.schedule, stages,
    moves: [{ from: null, to: requestLife.initial, event: 'submit' } as const, ...passage.moves], state: passage.state,
    startsAt: passage.isScheduled ? verdict.start : undefined, completedAt: isCompleted(passage.state) ? work.now : undefined,
    assignmentId: (passage.keepsAssignment ? done.assignmentId : undefined) ?? facts.live?.id, failure: done.failures.length > 0 ? done.failures : undefined, delivery: done.delivery,
    ...callingOf(work, passage, { wish: wishOf[facts.asked.type], extensions: verdict.policy.extensions, isNewlyGranted: done.delivery?.isNew === true, assignmentId: done.assignmentId }),
    opening: first === undefined || dueAt === undefined || opened?.asksApprovers !== true ? undefined : { stageId: first.id, move: opened.move, deciders: first.deciders, dueAt },
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
