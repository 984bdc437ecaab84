/** Moving a request that exists: approvals, cancellation, a start that has come, another try at delivery. */
import { refuse, type Reason } from '../../../kernel/problem.ts';
import { instantOf } from '../../../kernel/schedule.ts';
import type { AuditEvent } from '../../audit/model.ts';
import { endAssignments } from '../../grants/commands/delivery.ts';
import { noteDelivery } from '../../grants/commands/attempts.ts';
import type { DeliverySubject } from '../../grants/store/attempts.ts';
import { announceDue } from '../../grants/store/delivery.ts';
import { parseApprovalStage, parseExpiration } from '../../policies/model.ts';
import { passStage, stageClosings, type StageMove } from '../../approvals/rules.ts';
import type { RequestEvent } from '../machine.ts';
import type { RequestState } from '../model.ts';
import { queueCallouts } from '../../extensions/store/callouts.ts';
import { asksForApprovers, waitsAt } from '../rules/callouts.ts';
import { chooseDeciders, type Deciders } from '../rules/approvers.ts';
import { firstOf, stageTimes } from '../rules/stage-times.ts';
import { isCompleted, passThrough, type Passage } from '../rules/passage.ts';
import { asksForEnd } from '../rules/time.ts';
import type { Approver, OpenRequest, OpenStage } from '../store/open.ts';
import { advanceRequest, type Opening, type RequestWork, type StageDecision, type StepWriting } from '../store/writing.ts';
import { callingOf, settleWaiting } from './calling.ts';
import { exclusionsOf } from './excluding.ts';
import { carryOut, notYet, wishOf, type Done, type Job } from './delivering.ts';
import { deliveryEvent } from './submit.ts';

/** One event in the life of a locked request. */
export interface Occurrence {
  readonly event: RequestEvent;
  /** The stage that was decided with it. */
  readonly decision?: StageDecision;
  /** What the trail says of it. */
  readonly activity: string;
  readonly operation: AuditEvent['operation'];
  readonly why: string | null;
  /** Why it came to this, when nobody decided it. */
  readonly failure?: readonly Reason[];
  /** Who resumed it, as a custom extension calls itself. */
  readonly source?: string | null;
}

/** Moves a locked request. Refuses with `conflict` when the event is not possible now or somebody else was quicker; then nothing is kept. */
export async function advance(work: RequestWork, request: OpenRequest, occurrence: Occurrence): Promise<RequestState> {
  const next = request.stages.find((stage) => stage.status === 'Initializing');
  const deciders = next === undefined ? undefined : decidersOf(request, next);
  const isAsked = asksForApprovers(next, request.extensions);
  const isOrphan = ['stageApproved', 'resumeCreated'].includes(occurrence.event) && next !== undefined && deciders === undefined && !isAsked;
  const first = way(work, request, { event: occurrence.event, outcome: 'none' });
  const reachesDelivery = first.moves.some(({ to }) => to === 'delivering');
  const exclusions = await exclusionsOf(work, request, { event: occurrence.event, reachesDelivery });
  if (exclusions.length > 0 && occurrence.event !== 'reprocess') return await advance(work, request, { ...occurrence, ...excluded, failure: exclusions });
  const done = exclusions.length > 0 ? { ...notYet, failures: exclusions } : reachesDelivery ? await deliver(work, request) : notYet;
  const passage = isOrphan ? denied(first) : way(work, request, { event: occurrence.event, outcome: done.outcome });
  const opening = passage.opensStage && next !== undefined && deciders !== undefined ? openingOf(work, next, deciders) : undefined;
  const written = stepOf(work, request, { passage, done, opening, failure: isOrphan ? [orphan(next)] : occurrence.failure });
  const events = [occurrenceEvent(request, occurrence, written), ...(written.delivery === undefined ? [] : [deliveryEvent(written, { about: about(request), approvedBy: approversOf(work, request, occurrence.decision) })])];
  if (!await advanceRequest(work, { ...written, events }, occurrence.decision)) refuseLate();
  if (passage.moves.some(({ to }) => to === 'delivering')) await noteDelivery(work, subjectOf(request, done), { failures: done.failures, retried: occurrence.event === 'reprocess' ? [request.id, done.assignmentId].flatMap((id) => id ?? []) : [] });
  await settleWaiting(work, request, { event: occurrence.event, detail: occurrence.why });
  await queueCallouts(work.tx, written.callouts.map(({ id }) => id), work.now);
  await announceDue(work.tx, written.startsAt ?? (opening === undefined ? done.due : firstOf(opening.times)), work.now);
  return written.state;
}

/** What becomes of a request at the last moment, when something has come to exclude it and nobody is there to be told. */
const excluded = { event: 'excluded', activity: 'Deny access package request by separation of duties', operation: 'Deny' } as const;

/** Answers that the request has moved on meanwhile. */
export function refuseLate(): never {
  return refuse('conflict', { reason: 'The request has been decided, cancelled or changed already. Read it again.' });
}

/** Who decides a stage that opens: as the policy said, and where those are too few the owners of the catalog besides. */
function decidersOf({ catalogOwners }: OpenRequest, { primary, fallback, requiredApprovals }: OpenStage): Deciders | undefined {
  return chooseDeciders({ primary, fallback, catalogOwners }, { required: requiredApprovals, approved: [] });
}

/** Everybody whose approval the request rests on, in the order of the stages. */
function approversOf(work: RequestWork, { stages }: OpenRequest, decision: StageDecision | undefined): readonly Approver[] {
  const now: readonly Approver[] = decision?.reviewResult === 'Approve' && work.caller !== undefined ? [{ id: work.caller.principalId, displayName: work.caller.displayName }] : [];
  return [...stages.flatMap(({ approvedBy }) => approvedBy), ...now];
}

/** Why a stage was denied by the server. */
export const orphan = ({ position, requiredApprovals }: Pick<OpenStage, 'position' | 'requiredApprovals'>): Reason => (requiredApprovals === 1 ? {
  code: 'noApproverLeft', message: `Nobody is left who could decide stage ${position + 1}: no approver, no fallback approver and no owner of the catalog. Ask again when the policy names somebody.`,
} : {
  code: 'tooFewApproversLeft', message: `Too few are left who could decide stage ${position + 1}: it needs the approval of ${requiredApprovals} different people, and approvers, fallback approvers and owners of the catalog are fewer. Ask again when the policy names more.`,
});

function way(work: RequestWork, request: OpenRequest, given: { readonly event: RequestEvent; readonly outcome: Done['outcome'] }): Passage {
  const start = instantOf(request.schedule.startDateTime);
  const hasMoreStages = request.stages.some(({ status }) => status === 'Initializing');
  const passage = passThrough({ state: request.state, event: given.event }, {
    needsApproval: hasMoreStages, hasMoreStages, asksForApprovers: asksForApprovers(request.stages.find(({ status }) => status === 'Initializing'), request.extensions), startsLater: start !== undefined && start > work.now, outcome: given.outcome,
    waitsWhenCreated: false, waitsWhenApproved: waitsAt('assignmentRequestApproved', { wish: wishOf[request.type], extensions: request.extensions }),
  });
  return passage ?? refuseLate();
}

function denied(passage: Passage): Passage {
  const after = passThrough({ state: passage.state, event: 'stageDenied' }, { needsApproval: false, asksForApprovers: false, hasMoreStages: false, startsLater: false, outcome: 'none', waitsWhenCreated: false, waitsWhenApproved: false });
  return after === undefined ? refuseLate() : { ...after, calls: passage.calls, moves: [...passage.moves, ...after.moves] };
}

async function deliver(work: RequestWork, request: OpenRequest): Promise<Done> {
  const { live, type } = request;
  if (live?.isOver === true) await endAssignments(work, [live.id], { cause: 'expired', why: null });
  const isGone = request.isTargetDeleted && wishOf[type] !== 'Remove';
  if (isGone) return { ...notYet, failures: [{ code: 'targetDeleted', message: 'The identity that was to receive the access has been deleted.' }] };
  return await carryOut(work, jobOf(request));
}

/** What the delivery was for: the assignment, where there is one. */
function subjectOf(request: OpenRequest, { assignmentId }: Done): DeliverySubject {
  const id = assignmentId ?? (request.live?.isOver === false ? request.live.id : undefined);
  return id === undefined ? { requestId: request.id } : { assignmentId: id };
}

function jobOf(request: OpenRequest): Job {
  const { live } = request;
  return {
    wish: wishOf[request.type], targetId: request.targetId, targetKind: request.targetKind, accessPackageId: request.accessPackageId, policyId: request.policyId,
    external: request.isTargetGuest ? { isForAnybody: request.policyScope === 'allExternalUsers' } : undefined,
    policyExpiration: expirationOf(request), schedule: request.schedule, movesEnd: asksForEnd(request.schedule) || !request.hasAnswers, roles: request.roles, why: request.justification,
    live: live === null || live.isOver ? undefined : { id: live.id, state: live.state, startsAt: new Date(live.startsAt), endsAt: live.endsAt },
  };
}

function expirationOf(request: OpenRequest): Job['policyExpiration'] {
  const { type, duration, endDateTime } = parseExpiration(request.policyExpiration);
  return { type, duration: duration ?? null, endDateTime: endDateTime ?? null };
}

function openingOf(work: RequestWork, stage: OpenStage, deciders: Deciders): Opening {
  const opened = passStage(stage.status, 'open');
  if (opened?.asksApprovers !== true) return refuseLate();
  return { stageId: stage.id, move: opened.move, deciders, needed: stage.requiredApprovals, times: stageTimes(parseApprovalStage(stage.settings), work.now) };
}

interface Step {
  readonly passage: Passage;
  readonly done: Done;
  readonly opening: Opening | undefined;
  readonly failure: readonly Reason[] | undefined;
}

function stepOf(work: RequestWork, request: OpenRequest, { passage, done, opening, failure }: Step): StepWriting & { readonly from: RequestState; readonly closings: readonly StageMove[] } {
  return {
    requestId: request.id, from: request.state, state: passage.state, moves: passage.moves, closings: passage.closesStages ? stageClosings : [],
    startsAt: passage.isScheduled ? instantOf(request.schedule.startDateTime) : undefined, completedAt: isCompleted(passage.state) ? work.now : undefined,
    assignmentId: passage.keepsAssignment ? done.assignmentId : undefined, failure: failure ?? (done.failures.length > 0 ? done.failures : undefined), delivery: done.delivery, opening, events: [],
    ...callingOf(work, passage, { wish: wishOf[request.type], extensions: request.extensions, isNewlyGranted: done.delivery?.isNew === true, assignmentId: done.assignmentId }),
  };
}

const about = (request: OpenRequest): AuditEvent['targets'] => [
  { id: request.targetId, type: request.targetKind === 'user' || request.targetKind === 'agentUser' ? 'User' : 'ServicePrincipal', displayName: request.targetName },
  { id: request.accessPackageId, type: 'AccessPackage', displayName: request.packageName },
];

const occurrenceEvent = (request: OpenRequest, { activity, operation, why, source, decision }: Occurrence, written: StepWriting): AuditEvent => ({
  activity, operation, why, category: 'EntitlementManagement', additional: { ...(typeof source === 'string' ? { source } : {}), ...(typeof decision?.decidedFor === 'string' ? { decidedFor: decision.decidedFor } : {}) },
  targets: [{
    id: request.id, type: 'AccessPackageAssignmentRequest', displayName: request.packageName, before: { state: request.state },
    after: { state: written.state, ...(written.failure === undefined ? {} : { failure: written.failure }) },
  }, ...about(request), ...(typeof decision?.decidedFor === 'string' ? [{ id: decision.decidedFor, type: 'User' }] : [])],
});
