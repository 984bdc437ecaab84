/** Whether a request is taken. Collects every reason: a "no" tells all that is in the way. */
import { decideBy, deny, type Decision } from '../../../kernel/decision.ts';
import type { Reason } from '../../../kernel/problem.ts';
import type { Schedule } from '../../../kernel/schedule.ts';
import type { Answer, Facts, PolicyFacts } from '../model.ts';
import { answerReasons, keptAnswers } from './answers.ts';
import { planStages, type StagePlan } from './approvers.ts';
import { whyNotHeld } from './delivery.ts';
import { choosePolicy, mayAsk } from './policy.ts';
import { asksForEnd, scheduleReasons, startAhead } from './time.ts';

/** A request that is taken, and what follows from it. */
export interface Verdict {
  readonly policy: PolicyFacts;
  /** Stages to pass; empty: no approval needed. */
  readonly stages: readonly StagePlan[];
  /** Named start in the future. */
  readonly start: Date | undefined;
  /** As stored and answered. */
  readonly schedule: Schedule;
  /** As kept. */
  readonly answers: readonly Answer[];
  /** The end moves (updates). */
  readonly movesEnd: boolean;
}

/** Decides on any request that a caller may send. */
export function decideRequest(facts: Facts, now: Date): Decision<Verdict> {
  switch (facts.asked.type) {
    case 'adminAdd': case 'userAdd': case 'systemAdd': return decideAdd(facts, now);
    case 'adminUpdate': case 'userUpdate': return decideUpdate(facts, now);
    case 'adminRemove': case 'userRemove': case 'approverRemove': case 'systemRemove': return decideRemove(facts);
    default: return facts.asked.type satisfies never;
  }
}

function decideAdd(facts: Facts, now: Date): Decision<Verdict> {
  const chosen = choosePolicy(facts);
  if ('code' in chosen) return deny(chosen);
  const { policy } = chosen;
  const approval = policy.requestApprovalSettings.isApprovalRequiredForAdd && !facts.isAdmin ? planStages(chosen) : noStages;
  const reasons = [
    ...targetReasons(facts), ...duplicateReasons(facts), ...incompatibleReasons(facts), ...sayingReasons(facts, chosen),
    ...scheduleReasons({ schedule: facts.asked.schedule, policy, isAdmin: facts.isAdmin }, now), ...holdingReasons(facts), ...approval.reasons,
  ];
  return decideBy(reasons, verdictOf(facts, { policy: chosen, stages: approval.stages, movesEnd: true }, now));
}

function decideUpdate(facts: Facts, now: Date): Decision<Verdict> {
  const chosen = policyBehind(facts);
  if (chosen === undefined) return deny(notAssigned);
  if (!facts.isAdmin && !mayAsk(facts, chosen, 'Update')) return deny(notAllowed('change this access'));
  const { policy } = chosen;
  const approval = policy.requestApprovalSettings.isApprovalRequiredForUpdate && !facts.isAdmin ? planStages(chosen) : noStages;
  const reasons = [
    ...targetReasons(facts), ...openReasons(facts), ...otherPolicyReasons(facts, chosen), ...sayingReasons(facts, chosen), ...laterStartReasons(facts, now),
    ...scheduleReasons({ schedule: facts.asked.schedule, policy, isAdmin: facts.isAdmin }, now), ...approval.reasons,
  ];
  // Only answers: what is asked for stays as long as it was.
  const movesEnd = asksForEnd(facts.asked.schedule) || facts.asked.answers.length === 0;
  return decideBy(reasons, verdictOf(facts, { policy: chosen, stages: approval.stages, movesEnd }, now));
}

function decideRemove(facts: Facts): Decision<Verdict> {
  const chosen = policyBehind(facts);
  if (chosen === undefined) return deny(notAssigned);
  const isAllowed = facts.isAdmin || (facts.asked.type === 'approverRemove' ? facts.isApprover : mayAsk(facts, chosen, 'Remove'));
  if (!isAllowed) return deny(notAllowed('remove this access'));
  return decideBy(openReasons(facts), { policy: chosen, stages: [], start: undefined, schedule: unscheduled, answers: [], movesEnd: false });
}

const unscheduled: Schedule = { startDateTime: null, expiration: { type: 'notSpecified', endDateTime: null, duration: null } };
const noStages = { stages: [], reasons: [] } as const;

function verdictOf(facts: Facts, verdict: Pick<Verdict, 'policy' | 'stages' | 'movesEnd'>, now: Date): Verdict {
  const start = startAhead(facts.asked.schedule, now);
  const answers = keptAnswers(facts.asked.answers, verdict.policy.policy.questions, facts.asked.languages ?? []);
  return { ...verdict, start, answers, schedule: { startDateTime: start?.toISOString() ?? null, expiration: facts.asked.schedule.expiration ?? unscheduled.expiration ?? null } };
}

const policyBehind = (facts: Facts): PolicyFacts | undefined => facts.policies.find((one) => one.policy.id === facts.live?.policyId);

const otherPolicyReasons = ({ namedPolicyId }: Facts, { policy }: PolicyFacts): readonly Reason[] => (namedPolicyId === undefined || namedPolicyId === policy.id ? [] : [{
  code: 'policyStays', target: 'assignment/assignmentPolicyId', message: `The access stands under policy '${policy.displayName}', which a change does not replace. Name that policy or none.`,
}]);

const notAssigned: Reason = { code: 'notAssigned', target: 'assignment/id', message: 'There is no assignment in force with this id that you could change. Name one that has not ended.' };

const notAllowed = (what: string): Reason => ({ code: 'notAllowedToAsk', target: 'requestType', message: `The policy does not let you ${what}. Ask an administrator of the package to do it.` });

const targetReasons = ({ target }: Facts): readonly Reason[] => (target.isEnabled ? [] : [{
  code: 'targetDisabled', target: 'assignment/targetId', message: `'${target.displayName ?? target.id}' is disabled. Enable it first.`,
}]);

function duplicateReasons(facts: Facts): readonly Reason[] {
  const held: readonly Reason[] = facts.live === undefined ? [] : [{
    code: 'alreadyAssigned', target: facts.live.id, message: `This identity already has the package, by assignment '${facts.live.id}'. Ask for an update of that assignment instead.`,
  }];
  return [...held, ...openReasons(facts)];
}

const openReasons = ({ openRequestId }: Facts): readonly Reason[] => (openRequestId === undefined ? [] : [{
  code: 'alreadyRequested', target: openRequestId, message: `Request '${openRequestId}' for this identity and package is still open. Wait for it or cancel it.`,
}]);

/** What stands against the package, each by its name. */
export const incompatibleReasons = (facts: Pick<Facts, 'incompatible'>): readonly Reason[] => facts.incompatible.map(({ kind, id, displayName }) => ({
  code: kind === 'group' ? 'incompatibleGroup' : 'incompatibleAccessPackage', target: id,
  message: `'${displayName}' excludes this access package and is held or asked for already. Give it up first.`,
}));

/** What has to be said along with the request: a justification, and answers. */
function sayingReasons(facts: Facts, { policy }: PolicyFacts): readonly Reason[] {
  const { isAdmin, live, misfits = [], asked: { justification, answers, type } } = facts;
  const asksWhy = !isAdmin && policy.requestApprovalSettings.isRequestorJustificationRequired && (justification ?? '').trim() === '';
  const why: readonly Reason[] = asksWhy ? [{ code: 'justificationRequired', target: 'justification', message: 'The policy asks for a justification. Say in a sentence what the access is for.' }] : [];
  const isChange = type === 'userUpdate' || type === 'adminUpdate';
  const earlier = isChange ? live?.answers ?? [] : [];
  // On a change, answers given before still hold.
  return [...why, ...answerReasons({ questions: policy.questions, answers, earlier, misfits, isAdmin, isUnsaid: isChange && answers.length === 0 })];
}

const holdingReasons = ({ roles, target }: Facts): readonly Reason[] => roles.flatMap((role) => (role.isDeliverable ? whyNotHeld(target.kind, role) ?? [] : []));

const laterStartReasons = (facts: Facts, now: Date): readonly Reason[] => (startAhead(facts.asked.schedule, now) === undefined ? [] : [{
  code: 'startCannotMove', target: 'schedule/startDateTime', message: 'The access has begun already. Leave startDateTime out and name the new end.',
}]);
