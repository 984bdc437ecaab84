/** Explains whether an identity may get a package: by the rule that decides on requests, asked as if the request came now. */
import type { JsonRecord } from '../../../kernel/json.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { later, never } from '../../../kernel/schedule.ts';
import type { Facts, PolicyFacts } from '../../requests/model.ts';
import { planStages, type StagePlan } from '../../requests/rules/approvers.ts';
import { decideRequest } from '../../requests/rules/decide.ts';
import { applicablePolicies, choosePolicy, isInScope, notRequestable } from '../../requests/rules/policy.ts';
import { chooseEnd } from '../../requests/rules/time.ts';
import { governsPolicy, isToldOf, type AccessFacts, type Party, type RequestorSet } from '../model.ts';
import { withMends } from './mends.ts';
import { whyChosen, whyPolicyDoesNotFit } from './policies.ts';
import { explainStages } from './stages.ts';

/** Whether the caller may know of the package: it governs it, somebody it answers for has it or asked for it, or it is offered to them. */
export function mayKnowPackage({ facts, surroundings, isGoverned, governedPolicyIds }: AccessFacts): boolean {
  if (isGoverned || governedPolicyIds.length > 0 || facts.live !== undefined || facts.openRequestId !== undefined) return true;
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
  // Whoever governs the package is told what strangers are not: that there is nothing to ask by.
  const refused = decision.ok ? [] : isGoverned && facts.policies.length === 0 ? [noPolicy(facts)] : decision.reasons;
  const reasons = [...unpublished, ...refused];
  const chosen = choosePolicy(facts);
  const isHidden = !('code' in chosen) && !isToldOf(known, chosen.policy.id);
  const policy = 'code' in chosen || isHidden ? undefined : chosen;
  const stages = policy === undefined || !policy.policy.requestApprovalSettings.isApprovalRequiredForAdd ? [] : decision.ok ? decision.value.stages : planStages(policy).stages;
  return {
    ...nothing, isAllowed: reasons.length === 0, isApprovalRequired: policy?.policy.requestApprovalSettings.isApprovalRequiredForAdd === true,
    principal: { id: facts.target.id, displayName: facts.target.displayName, kind: facts.target.kind }, requestor: surroundings.requestor,
    accessPackage: { id: facts.accessPackage.id, displayName: facts.accessPackage.displayName, kind: 'accessPackage' },
    assignment: liveOf(known),
    openRequestId: facts.openRequestId ?? null,
    policy: policy === undefined ? null : { ...policyParty(policy), why: whyChosen(applicablePolicies(facts).filter((one) => isToldOf(known, one.policy.id))) },
    otherPolicies: otherPolicies(known, 'code' in chosen ? undefined : chosen), requestors: requestorsOf(known),
    requirements: policy === undefined ? null : requirementsOf(policy), stages: policy === undefined ? [] : explainStages(known, { policy, stages }, now),
    access: policy === undefined ? null : accessOf(policy, stages, now),
    reasons: (isHidden ? withoutStages(reasons) : reasons).flatMap((reason) => withMends({ facts, obstacles: isGoverned || surroundings.answersFor ? surroundings.obstacles : [] }, reason)),
  };
}

const noPolicy = ({ accessPackage }: Facts): Reason => ({ code: 'noPolicy', target: accessPackage.id, message: `The access package '${accessPackage.displayName}' has no policy, so nobody can ask for it and nobody can assign it.` });

/** What is in the way in stages of a policy that the caller is not told of: that it cannot be asked for. */
function withoutStages(reasons: readonly Reason[]): readonly Reason[] {
  const kept = reasons.filter(({ target = '' }) => !target.startsWith('requestApprovalSettings'));
  return kept.length === reasons.length ? reasons : [...kept, notRequestable];
}

function liveOf(known: AccessFacts): JsonRecord | null {
  const { live } = known.surroundings;
  return live === null || !isToldOf(known, live.policyId) ? null : { id: live.id, state: live.state, policyId: live.policyId, startDateTime: live.startsAt, endDateTime: live.endsAt };
}

const policyParty = ({ policy }: PolicyFacts): JsonRecord => ({ id: policy.id, displayName: policy.displayName, allowedTargetScope: policy.allowedTargetScope });

/** Policies that are not chosen. Those that do not fit are told to whoever governs the package: to others they are no business. */
function otherPolicies(known: AccessFacts, chosen: PolicyFacts | undefined): readonly JsonRecord[] {
  const { facts, surroundings } = known;
  return facts.policies.filter((one) => one !== chosen && isToldOf(known, one.policy.id)).flatMap((one) => {
    const reason = whyPolicyDoesNotFit(facts, one, surroundings.namedScopes);
    if (reason !== undefined && !governsPolicy(known, one.policy.id)) return [];
    return [{ ...policyParty(one), fits: reason === undefined, reasons: reason === undefined ? [] : [reason] }];
  });
}

/** Who may ask: the target itself, and the sets of those who may ask for it. */
function requestorsOf(known: AccessFacts): readonly JsonRecord[] {
  const { facts, surroundings } = known;
  const offers = facts.policies.filter((one) => isToldOf(known, one.policy.id) && one.policy.allowedTargetScope !== 'notSpecified' && isInScope(one, facts.target));
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
