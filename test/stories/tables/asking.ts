/** Asking and deciding in a story on tables: the same facts, the same rules, no rows. */
import type { Caller } from '../../../src/kernel/caller.ts';
import { followsPattern } from '../../../src/platform/pattern.ts';
import { decideDelegation } from '../../../src/features/approverDelegates/rules.ts';
import { chooseSeat, passStage, whyNotApprover } from '../../../src/features/approvals/rules.ts';
import type { Facts } from '../../../src/features/requests/model.ts';
import { answersInForce, patternedAnswers } from '../../../src/features/requests/rules/answers.ts';
import { decideRequest, incompatibleReasons, type Verdict } from '../../../src/features/requests/rules/decide.ts';
import { entitlementReach, isPerson, reachesCatalog } from '../../../src/features/roles/rules.ts';
import { guardiansOf, peopleBehind } from '../../model/people.ts';
import type { Identity } from '../../model/town.ts';
import { answersOf, scheduleOf, substituteWire } from '../wire.ts';
import type { Asking, World } from '../world.ts';
import { advance, closeStage, tooLate } from './lives.ts';
import { exclusionsOf, policyFactsOf, roleOf, targetOf, type Offered } from './facts.ts';
import { isOpen, type AssignmentRecord, type RequestRecord } from './records.ts';
import { Refusal, type SubstituteRecord, type TableState } from './state.ts';

interface Asked {
  readonly asking: Asking;
  readonly caller: Caller;
  readonly requestor: Identity;
  readonly target: Identity;
  readonly offered: Offered;
}

/** Asks; the request that came of it. */
export function ask(world: TableState, who: string, asking: Asking): RequestRecord {
  const asked: Asked = {
    asking, caller: world.people.callerOf(who, world.catalogId), requestor: world.people.identity(who), target: world.people.identity(asking.target ?? who), offered: world.offered(asking.packageName),
  };
  mustBeAllowedToAsk(world, asked);
  const facts = factsOf(world, asked);
  const decision = decideRequest(facts, world.now);
  if (!decision.ok) throw new Refusal(decision.reasons.some(({ code }) => code === 'notAssigned') ? ['notAssigned'] : decision.reasons.map(({ code }) => code));
  const request = requestOf(asked, decision.value);
  world.requests.push(request);
  advance(world, request, 'submit');
  return request;
}

const isAsAdmin = ({ type }: Asking): boolean => type.startsWith('admin');

/** What needs no rule of a policy: a right to ask at all, a package that is there, an assignment that is one's business. */
function mustBeAllowedToAsk(world: TableState, asked: Asked): void {
  const { asking, caller, offered, target } = asked;
  const reach = entitlementReach(caller, 'manageAssignments');
  if (isAsAdmin(asking) ? !reach.all && reach.catalogIds.length === 0 : !reach.own) throw new Refusal(['Authorization_RequestDenied']);
  if (asking.type === 'userAdd' && !offered.isPublished) throw new Refusal(['packageNotRequestable']);
  if (asking.type === 'userAdd' || asking.type === 'adminAdd') return;
  const live = world.liveOf(target.id, offered.id);
  const facts = factsOf(world, asked);
  const isConcerned = caller.principalId === target.id || guardiansOf(world.people, target, true).includes(caller.principalId) || live?.request.requestorId === caller.principalId;
  const isBusiness = isConcerned || facts.isApprover || facts.policies.some(({ isOnBehalf }) => isOnBehalf) || reachesCatalog(caller, 'readAssignments', world.catalogId);
  if (live === undefined || !isBusiness) throw new Refusal(['Request_ResourceNotFound']);
}

function factsOf(world: TableState, { asking, caller, requestor, target, offered }: Asked): Facts {
  const { people, packages, now } = world;
  const live = world.liveOf(target.id, offered.id);
  const parties = { requestor, target };
  const answers = answersOf(asking);
  const policies = offered.policies.map((policy) => policyFactsOf(people, policy, parties));
  const hasOrWaits = (packageId: string): boolean => world.liveOf(target.id, packageId) !== undefined || world.requests.some((one) => one.targetId === target.id && one.offered.id === packageId && isOpen(one));
  return {
    asked: { type: asking.type, justification: asking.because ?? null, answers, schedule: scheduleOf(asking, now) }, callerId: requestor.id,
    isAdmin: isAsAdmin(asking) && reachesCatalog(caller, 'manageAssignments', world.catalogId), isApprover: isPerson(caller) && live?.request.stages.some(({ approverIds }) => approverIds.includes(requestor.id)) === true,
    accessPackage: { id: offered.id, displayName: offered.name, catalogId: world.catalogId, isPublished: offered.isPublished }, target: targetOf(people, target),
    policies, misfits: misfitsOf(policies, answers), namedPolicyId: asking.policy === undefined ? undefined : people.idOf(asking.policy),
    live: live === undefined ? undefined : { id: live.id, state: live.state, policyId: live.request.policy.id, startsAt: live.startsAt, answers: answersFor(world, live) }, overdueId: undefined,
    openRequestId: world.requests.some((one) => one.targetId === target.id && one.offered.id === offered.id && isOpen(one)) ? offered.id : undefined,
    incompatible: exclusionsOf(people, { offered, all: packages, target }, hasOrWaits), roles: [roleOf(offered)],
  };
}

/** Questions whose answers do not follow their patterns, by the product's own engine for patterns. */
const misfitsOf = (policies: Facts['policies'], answers: Facts['asked']['answers']): readonly string[] =>
  policies.flatMap(({ policy }) => patternedAnswers(policy.questions, answers)).filter(({ pattern, value }) => !followsPattern(pattern, value)).map(({ questionId }) => questionId);

/** What was answered for an assignment in the end. */
const answersFor = ({ requests }: TableState, { request }: AssignmentRecord): ReturnType<typeof answersInForce> =>
  answersInForce(requests.slice(requests.indexOf(request)).filter((one) => one.state === 'delivered' && one.targetId === request.targetId && one.offered.id === request.offered.id).map(({ answers }) => answers));

function requestOf({ asking, requestor, target, offered }: Asked, { policy, schedule, start, stages, movesEnd, answers }: Verdict): RequestRecord {
  const chosen = offered.policies.find(({ id }) => id === policy.policy.id);
  if (chosen === undefined) throw new Error('a policy was chosen that the package does not have');
  return {
    type: asking.type, requestorId: requestor.id, targetId: target.id, offered, policy: chosen, schedule, answers, startsAt: start, movesEnd, state: 'submitted', codes: [],
    stages: stages.map(({ lasts, isJustificationRequired, requiredApprovals }) => ({ lasts, wantsReason: isJustificationRequired, required: requiredApprovals, approved: [], escalatesAt: undefined, isEscalated: false, status: 'Initializing', approverIds: [], dueAt: undefined })),
  };
}

/** Decides the open stage of a request, or the last one when none is open. */
export function decide(world: TableState, { who, request }: { readonly who: string; readonly request: RequestRecord }, { result, because }: Parameters<World['decide']>[1]): void {
  const { people } = world;
  const caller = people.callerOf(who, world.catalogId);
  const stage = request.stages.find(({ status }) => status === 'InProgress') ?? request.stages.at(-1);
  const [requestor, target] = [request.requestorId, request.targetId].map((id) => people.identities.find((one) => one.id === id));
  if (stage === undefined || requestor === undefined || target === undefined) throw new Refusal(['Request_ResourceNotFound']);
  const { approved: taken } = stage;
  if (taken.some(({ reviewedBy }) => reviewedBy === caller.principalId)) tooLate();
  const seats = { principalId: caller.principalId, approverIds: stage.approverIds, standsFor: standsFor(world, caller.principalId, stage.approverIds) };
  const why = whyNotApprover({ ...seats, isPerson: isPerson(caller), requestorId: requestor.id, targetId: target.id, peopleBehind: peopleBehind(people, { requestor, target }) });
  const substitutes = world.substitutes.filter((one) => stage.approverIds.includes(one.approverId) && isInForce(world, one)).map((one) => one.substituteId);
  const concerned = [...substitutes, requestor.id, target.id, ...request.stages.flatMap(({ approverIds }) => approverIds), ...guardiansOf(people, target, true)];
  if (why !== undefined) throw new Refusal(concerned.includes(caller.principalId) || reachesCatalog(caller, 'readAssignments', world.catalogId) ? [why.code] : ['Request_ResourceNotFound']);
  if (stage.status !== 'InProgress' || (stage.dueAt !== undefined && stage.dueAt <= world.now)) tooLate();
  if (stage.wantsReason && (because ?? '').trim() === '') throw new Refusal(['Request_BadRequest']);
  const seat = chooseSeat({ ...seats, taken }) ?? tooLate();
  const next = passStage(stage.status, 'approve', { isQuorumMet: taken.length + 1 >= stage.required });
  if (result === 'Approve' && next?.isPartial === true) {
    taken.push({ reviewedBy: caller.principalId, decidedFor: seat.decidedFor });
    return;
  }
  if (result === 'Approve') mustNotBeExcluded(world, request, target);
  closeStage(world, { request, stage, event: result === 'Approve' ? 'approve' : 'deny' });
}

const isInForce = ({ now }: TableState, { startsAt, endsAt }: SubstituteRecord): boolean => startsAt <= now && (endsAt === 'never' || endsAt > now);

/** Approvers in whose place somebody decides now. */
const standsFor = (world: TableState, who: string, approverIds: readonly string[]): readonly string[] =>
  world.substitutes.filter((one) => one.substituteId === who && approverIds.includes(one.approverId) && isInForce(world, one)).map(({ approverId }) => approverId);

/** Names who decides in somebody's place; who was named before does no longer. */
export function nameSubstitute(world: TableState, who: string, named: { readonly substitute: string; readonly milliseconds: number }): void {
  const [approver, substitute] = [world.people.identity(who), world.people.identity(named.substitute)];
  const found = { type: substitute.kind, isEnabled: substitute.isDisabled !== true, displayName: substitute.name, isGuestWithoutRights: substitute.isGuest === true };
  const decision = decideDelegation(substituteWire(substitute.id, named.milliseconds), { principalId: approver.id, found }, world.now);
  if (!decision.ok) throw new Refusal(decision.reasons.map(({ code }) => code));
  world.substitutes.splice(0, world.substitutes.length, ...world.substitutes.filter(({ approverId }) => approverId !== approver.id), { approverId: approver.id, substituteId: substitute.id, startsAt: decision.value.startsAt, endsAt: decision.value.endsAt });
}

/** Nothing is approved that has become incompatible meanwhile. */
function mustNotBeExcluded({ people, packages, ...world }: TableState, request: RequestRecord, target: Identity): void {
  const offered = packages.find(({ id }) => id === request.offered.id) ?? request.offered;
  const has = (packageId: string): boolean => world.assignments.some((one) => one.request.targetId === target.id && one.request.offered.id === packageId && one.state !== 'expired' && (one.endsAt === 'never' || one.endsAt > world.now));
  const reasons = incompatibleReasons({ incompatible: exclusionsOf(people, { offered, all: packages, target }, has) });
  if (reasons.length > 0) throw new Refusal(reasons.map(({ code }) => code));
}

/** Calls a request off. */
export function cancel(world: TableState, { who, request }: { readonly who: string; readonly request: RequestRecord }): void {
  const caller = world.people.callerOf(who, world.catalogId);
  const isOwn = [request.requestorId, request.targetId].includes(caller.principalId);
  if (!isOwn && !reachesCatalog(caller, 'manageAssignments', world.catalogId)) throw new Refusal(['Authorization_RequestDenied']);
  advance(world, request, 'cancel');
}
