/** Requests and assignments of a story on tables, moved by the product's own machines and rules; nothing of it is written anywhere. */
import { later, never, type End } from '../../../src/kernel/schedule.ts';
import { passStage, stageClosings } from '../../../src/features/approvals/rules.ts';
import type { StageEvent } from '../../../src/features/approvals/machine.ts';
import { passDelivery, passWithout } from '../../../src/features/assignments/rules.ts';
import type { RequestEvent } from '../../../src/features/requests/machine.ts';
import { chooseDeciders } from '../../../src/features/requests/rules/approvers.ts';
import { planDelivery } from '../../../src/features/requests/rules/delivery.ts';
import { passThrough, type Passage } from '../../../src/features/requests/rules/passage.ts';
import { chooseEnd } from '../../../src/features/requests/rules/time.ts';
import { newId } from '../../../src/platform/ids.ts';
import { identityOf } from '../../model/people.ts';
import { Refusal, type TableState } from './state.ts';
import { candidatesOf, policyFactsOf, roleOf } from './facts.ts';
import type { AssignmentRecord, RequestRecord, StageRecord } from './records.ts';

type Outcome = 'all' | 'some' | 'none';

/** Moves a request by an event, with everything that follows from it. */
export function advance(world: TableState, request: RequestRecord, event: RequestEvent): void {
  const outcome = leadsToDelivery(world, request, event) ? deliver(world, request) : 'none';
  const passage = wayOf(world, request, { event, outcome });
  const next = request.stages.find(({ status }) => status === 'Initializing');
  request.state = passage.state;
  if (passage.opensStage && next !== undefined) open(world, request, next);
  if (passage.closesStages) closeStages(request);
}

const leadsToDelivery = (world: TableState, request: RequestRecord, event: RequestEvent): boolean => wayOf(world, request, { event, outcome: 'none' }).moves.some(({ to }) => to === 'delivering');

function wayOf({ now }: TableState, request: RequestRecord, { event, outcome }: { readonly event: RequestEvent; readonly outcome: Outcome }): Passage {
  const hasMoreStages = request.stages.some(({ status }) => status === 'Initializing');
  const facts = { needsApproval: hasMoreStages, hasMoreStages, startsLater: request.startsAt !== undefined && request.startsAt > now, outcome, waitsWhenCreated: false, waitsWhenApproved: false, asksForApprovers: false };
  return passThrough({ state: request.state, event }, facts) ?? tooLate();
}

/** The refusal of what is possible no more. */
export function tooLate(): never {
  throw new Refusal(['Conflict']);
}

function closeStages(request: RequestRecord): void {
  for (const stage of request.stages) stage.status = stageClosings.find(({ from }) => from === stage.status)?.to ?? stage.status;
}

/** Asks those who could decide a stage now; when nobody is left, not even an owner of the catalog, the request is denied. */
function open(world: TableState, request: RequestRecord, stage: StageRecord): void {
  const asked = approversNow(world, request, stage);
  if (asked === undefined) {
    request.codes = ['noApproverLeft'];
    return advance(world, request, 'stageDenied');
  }
  const taken = passStage(stage.status, 'open');
  if (taken?.asksApprovers !== true) return tooLate();
  const after = request.policy.plan.stages[request.stages.indexOf(stage)]?.escalation?.after;
  Object.assign(stage, { status: taken.move.to, approverIds: asked, dueAt: later(world.now, stage.lasts), escalatesAt: after === undefined ? undefined : later(world.now, after) });
}

function approversNow(world: TableState, request: RequestRecord, stage: StageRecord): readonly string[] | undefined {
  const { people } = world;
  const [requestor, target] = [identityOf(people, request.requestorId), identityOf(people, request.targetId)];
  const candidates = requestor === undefined || target === undefined ? undefined : candidatesOf(people, request.policy, { requestor, target })[request.stages.indexOf(stage)];
  const owners = people.identities.filter(({ id, name, isDeleted, isDisabled }) => people.roles.get(name)?.includes('catalog owner') === true && isDeleted !== true && isDisabled !== true && id !== request.requestorId && id !== request.targetId);
  const now = { primary: [], fallback: [], ...candidates, escalation: stage.isEscalated ? candidates?.escalation ?? [] : [], catalogOwners: owners.map(({ id }) => id) };
  return chooseDeciders(now, { required: stage.required, approved: stage.approved })?.map(({ id }) => id);
}

/** Asks others besides, when an open stage has waited long enough. */
export function escalate(world: TableState, request: RequestRecord, stage: StageRecord): void {
  const taken = passStage(stage.status, 'escalate');
  if (taken?.asksApprovers !== true) return;
  Object.assign(stage, { status: taken.move.to, isEscalated: true, escalatesAt: undefined });
  stage.approverIds = approversNow(world, request, stage) ?? stage.approverIds;
}

/** Decides a stage, or lets its time run out. */
export function closeStage(world: TableState, { request, stage, event }: { readonly request: RequestRecord; readonly stage: StageRecord; readonly event: Extract<StageEvent, 'approve' | 'deny' | 'timeOut'> }): void {
  const taken = passStage(stage.status, event);
  if (taken?.verdict === undefined) return tooLate();
  stage.status = taken.move.to;
  advance(world, request, taken.verdict);
}

/** Asks others where everybody who was asked is gone. */
export function replaceLost(world: TableState): void {
  for (const request of world.requests) {
    const stage = request.stages.find(({ status }) => status === 'InProgress');
    if (request.state !== 'pendingApproval' || stage === undefined || stage.approverIds.some((id) => isThere(world, id))) continue;
    const others = approversNow(world, request, stage);
    if (others !== undefined) stage.approverIds = others;
    else {
      request.codes = ['noApproverLeft'];
      closeStage(world, { request, stage, event: 'timeOut' });
    }
  }
}

function isThere({ people }: TableState, id: string): boolean {
  const one = identityOf(people, id);
  return one !== undefined && one.isDeleted !== true && one.isDisabled !== true;
}

function deliver(world: TableState, request: RequestRecord): Outcome {
  if (request.type.endsWith('Add')) return give(world, request);
  const live = world.liveOf(request.targetId, request.offered.id);
  if (request.type.endsWith('Update')) return live === undefined ? fail(request, 'assignmentEnded') : prolong(world, request, live);
  if (live !== undefined) end(live);
  return 'all';
}

function give(world: TableState, request: RequestRecord): Outcome {
  const { now, people } = world;
  const [requestor, target] = [identityOf(people, request.requestorId), identityOf(people, request.targetId)];
  if (requestor === undefined || target === undefined || target.isDeleted === true) return fail(request, 'targetDeleted');
  const startsAt = request.startsAt ?? now;
  const endsAt = endFor(world, request, startsAt);
  if (endsAt !== never && endsAt <= now) return fail(request, 'endedBeforeDelivery');
  const { outcome, failures } = planDelivery([roleOf(request.offered)], target.kind);
  const passage = passDelivery(undefined, outcome);
  request.codes = failures.map(({ code }) => code);
  if (outcome !== 'none' && passage?.writesGrants === true) world.assignments.push({ id: newId(), request, startsAt, state: passage.state, endsAt });
  return outcome;
}

function endFor({ people }: TableState, request: RequestRecord, from: Date): End {
  const anyone = people.identities[0];
  if (anyone === undefined) return never;
  return chooseEnd(request.schedule.expiration, policyFactsOf(people, request.policy, { requestor: anyone, target: anyone }).policy.expiration, from);
}

function prolong(world: TableState, request: RequestRecord, live: AssignmentRecord): Outcome {
  const endsAt = endFor(world, request, world.now);
  if (request.movesEnd && endsAt !== never && endsAt <= world.now) return fail(request, 'endedBeforeDelivery');
  const passage = passWithout(live.state, 'changeEnd');
  if (passage === undefined) return fail(request, 'assignmentEnded');
  Object.assign(live, { state: passage.state, endsAt: request.movesEnd ? endsAt : live.endsAt });
  return 'all';
}

/** Ends access. */
export function end(live: AssignmentRecord): void {
  live.state = passWithout(live.state, 'end')?.state ?? live.state;
}

function fail(request: RequestRecord, code: string): Outcome {
  request.codes = [code];
  return 'none';
}
