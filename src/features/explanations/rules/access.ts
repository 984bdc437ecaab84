/** Explains whether an identity may get a package: by the rule that decides on requests, asked as if the request came now. */
import type { JsonRecord } from '../../../kernel/json.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { later, never } from '../../../kernel/schedule.ts';
import type { Facts, PolicyFacts } from '../../requests/model.ts';
import { planStages, type StagePlan } from '../../requests/rules/approvers.ts';
import { decideRequest } from '../../requests/rules/decide.ts';
import { applicablePolicies, choosePolicy, isInScope, notRequestable } from '../../requests/rules/policy.ts';
import { chooseEnd } from '../../requests/rules/time.ts';
import type { AccessFacts, Party, RequestorSet } from '../model.ts';
import { withMends } from './mends.ts';
import { whyChosen, whyPolicyDoesNotFit } from './policies.ts';

/** Whether the caller may know of the package: it governs it, somebody it answers for has it or asked for it, or it is offered to them. */
export function mayKnowPackage({ facts, surroundings, isGoverned }: AccessFacts): boolean {
  if (isGoverned || facts.live !== undefined || facts.openRequestId !== undefined) return true;
  const offers = facts.policies.filter((one) => one.policy.allowedTargetScope !== 'notSpecified' && isInScope(one, facts.target));
  return facts.accessPackage.isPublished && offers.some(({ policy }) => policy.requestorSettings.enableTargetsToSelfAddAccess || surroundings.requestorSets.some((set) => set.policyId === policy.id && set.hasCaller));
}

/** What a caller is told of a package that it may not know of, or that does not exist: nothing but that it cannot be asked for. */
export const unknownAccess = (packageId: string, { principal, requestor }: { readonly principal: Party; readonly requestor: Party }): JsonRecord => ({
  ...nothing, principal, requestor, accessPackage: { id: packageId, displayName: null, kind: 'accessPackage' },
  reasons: [{ ...notRequestable, mends: [{ action: 'askAdministrator', message: 'Check the id, or ask an administrator to assign it.', targetId: null, targetType: null }] }],
});

const nothing: JsonRecord = {
  isAllowed: false, isApprovalRequired: false, policy: null, otherPolicies: [], requestors: [], requirements: null, stages: [], access: null, assignment: null, openRequestId: null,
};

/** What would have to be brought does not decide here whether it is allowed: it is told beside. */
const withoutDemands = (facts: Facts): Facts => ({
  ...facts,
  policies: facts.policies.map((one) => ({ ...one, policy: { ...one.policy, questions: [], requestApprovalSettings: { ...one.policy.requestApprovalSettings, isRequestorJustificationRequired: false } } })),
});

/** The whole explanation. */
export function explainAccess(known: AccessFacts, now: Date): JsonRecord {
  const { facts, surroundings, isGoverned } = known;
  const decision = decideRequest(withoutDemands(facts), now);
  const unpublished: readonly Reason[] = facts.accessPackage.isPublished ? [] : [{ code: 'catalogNotPublished', target: facts.accessPackage.catalogId, message: 'The catalog of the access package is not published, so nobody can ask for what it holds.' }];
  const reasons = [...unpublished, ...(decision.ok ? [] : decision.reasons)];
  const chosen = choosePolicy(facts);
  const policy = 'code' in chosen ? undefined : chosen;
  const stages = policy === undefined || !policy.policy.requestApprovalSettings.isApprovalRequiredForAdd ? [] : decision.ok ? decision.value.stages : planStages(policy).stages;
  return {
    ...nothing, isAllowed: reasons.length === 0, isApprovalRequired: policy?.policy.requestApprovalSettings.isApprovalRequiredForAdd === true,
    principal: { id: facts.target.id, displayName: facts.target.displayName, kind: facts.target.kind }, requestor: surroundings.requestor,
    accessPackage: { id: facts.accessPackage.id, displayName: facts.accessPackage.displayName, kind: 'accessPackage' },
    assignment: surroundings.live === null ? null : { id: surroundings.live.id, state: surroundings.live.state, policyId: surroundings.live.policyId, startDateTime: surroundings.live.startsAt, endDateTime: surroundings.live.endsAt },
    openRequestId: facts.openRequestId ?? null,
    policy: policy === undefined ? null : { ...policyParty(policy), why: whyChosen(applicablePolicies(facts)) },
    otherPolicies: otherPolicies(known, policy), requestors: requestorsOf(known),
    requirements: policy === undefined ? null : requirementsOf(policy), stages: explainStages(known, stages, now),
    access: policy === undefined ? null : accessOf(policy, stages, now),
    reasons: reasons.flatMap((reason) => withMends({ facts, obstacles: isGoverned || surroundings.answersFor ? surroundings.obstacles : [] }, reason)),
  };
}

const policyParty = ({ policy }: PolicyFacts): JsonRecord => ({ id: policy.id, displayName: policy.displayName, allowedTargetScope: policy.allowedTargetScope });

/** Policies that are not chosen. Those that do not fit are told to whoever governs the package: to others they are no business. */
function otherPolicies({ facts, surroundings, isGoverned }: AccessFacts, chosen: PolicyFacts | undefined): readonly JsonRecord[] {
  return facts.policies.filter((one) => one !== chosen).flatMap((one) => {
    const reason = whyPolicyDoesNotFit(facts, one, surroundings.namedScopes);
    if (reason !== undefined && !isGoverned) return [];
    return [{ ...policyParty(one), fits: reason === undefined, reasons: reason === undefined ? [] : [reason] }];
  });
}

/** Who may ask: the target itself, and the sets of those who may ask for it. */
function requestorsOf({ facts, surroundings }: AccessFacts): readonly JsonRecord[] {
  const offers = facts.policies.filter((one) => one.policy.allowedTargetScope !== 'notSpecified' && isInScope(one, facts.target));
  const self = { id: facts.target.id, displayName: facts.target.displayName, kind: facts.target.kind };
  const shown = (set: RequestorSet): JsonRecord => ({ policyId: set.policyId, type: set.type, count: set.count, people: set.people });
  return offers.flatMap(({ policy }) => [
    ...(policy.requestorSettings.enableTargetsToSelfAddAccess ? [{ policyId: policy.id, type: 'self', count: 1, people: [self] }] : []),
    ...surroundings.requestorSets.filter((set) => set.policyId === policy.id).map(shown),
  ]);
}

const requirementsOf = ({ policy }: PolicyFacts): JsonRecord => ({
  isJustificationRequired: policy.requestApprovalSettings.isRequestorJustificationRequired, isCustomScheduleAllowed: policy.requestorSettings.allowCustomAssignmentSchedule,
  questions: policy.questions.map(({ id, text, isRequired, choices, isMultipleSelectionAllowed }) => ({ id, text, isRequired, choices, isMultipleSelectionAllowed })),
});

/** Whether approvers are named to whoever has no right to read assignments: by the stage, or where it leaves that open by what administrators set. */
export function showsDeciders({ settings }: Pick<StagePlan, 'settings'>, { isGoverned, surroundings }: Pick<AccessFacts, 'isGoverned' | 'surroundings'>): boolean {
  const said = settings['approverInformationVisibility'];
  return isGoverned || said === 'visible' || (said !== 'notVisible' && surroundings.showsApprovers);
}

/** Stages with who decides them, and until when at the latest if somebody asked now. */
function explainStages(known: AccessFacts, stages: readonly StagePlan[], now: Date): readonly JsonRecord[] {
  let opens: Date | undefined = now;
  return stages.map((stage) => {
    const due: Date | undefined = opens === undefined ? undefined : later(opens, stage.lasts);
    const shows = showsDeciders(stage, known);
    const told = {
      position: stage.position + 1, requiredApprovalCount: stage.requiredApprovals, isDynamic: stage.isDynamic, durationBeforeAutomaticDenial: stage.lasts, isApproverJustificationRequired: stage.isJustificationRequired,
      dueDateTime: due?.toISOString() ?? null, areDecidersHidden: !shows, deciderCount: shows ? stage.deciders.length : null,
      deciders: shows ? stage.deciders.slice(0, mostNamed).map(({ id, role }) => ({ ...partyOf(known, id), role })) : [],
    };
    opens = due;
    return told;
  });
}

/** People that are named of one stage. */
export const mostNamed = 100;

const partyOf = ({ surroundings }: AccessFacts, id: string): Party => surroundings.parties.find((party) => party.id === id) ?? { id, displayName: null, kind: 'user' };

/** From when until when access would last: from now, or from the last moment at which it could still be approved. */
function accessOf({ policy }: PolicyFacts, stages: readonly StagePlan[], now: Date): JsonRecord {
  const latest = stages.reduce<Date | undefined>((at, { lasts }) => (at === undefined ? undefined : later(at, lasts)), now);
  const endAt = (from: Date): string | null => {
    const end = chooseEnd(undefined, policy.expiration, from);
    return end === never ? null : end.toISOString();
  };
  return {
    startDateTime: now.toISOString(), latestStartDateTime: latest?.toISOString() ?? null, endDateTime: endAt(now), latestEndDateTime: latest === undefined ? null : endAt(latest),
    expiration: { type: policy.expiration.type, endDateTime: policy.expiration.endDateTime, duration: policy.expiration.duration },
  };
}
