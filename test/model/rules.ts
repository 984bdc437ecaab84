/** The rules of asking, slow and obvious, from the contract (§1.5, §1.6, §2.2–§2.6): an oracle that knows nothing of the product. */
import { decidersAmong, isAmongRequestors, isInGroup, type Parties } from './people.ts';
import type { Content, Identity, Package, Scope, Shape, Town, Wish } from './town.ts';

/** A question to the rules. */
export interface Question extends Parties {
  readonly type: 'userAdd' | 'adminAdd' | 'userUpdate' | 'userRemove';
  readonly package: Package;
  /** The policy that is named; for changes: the one behind the assignment. */
  readonly policy: Shape | undefined;
  readonly saysWhy: boolean;
  /** Which of the policy's questions are answered: none, all, or one that it does not ask. */
  readonly answers: 'none' | 'all' | 'foreign';
}

/** Who is asked at one stage, as what. */
export interface Asked {
  readonly primary: readonly string[];
  readonly fallback: readonly string[];
}

/** The answer: policies that may be chosen and who decides each stage, or the codes of all reasons, sorted. */
export type Answer = { readonly isAllowed: true; readonly policies: readonly Shape[]; readonly stages: readonly Asked[] } | { readonly isAllowed: false; readonly codes: readonly string[] };

const people: readonly Identity['kind'][] = ['user', 'agentUser'];

/** Whether a policy gives its package to the target (§2.2). */
export function isInScope(town: Town, shape: Shape, target: Identity): boolean {
  const isGuest = target.isGuest === true;
  const isConfigured = town.organizations.some(({ id, state }) => id === target.organization && state === 'configured');
  const answers: Readonly<Record<Scope, () => boolean>> = {
    notSpecified: () => true,
    specificDirectoryUsers: () => people.includes(target.kind) && shape.targets.some(({ set, of }) => (set === 'singleUser' && of === target.id) || (set === 'groupMembers' && isInGroup(town, target.id, of))),
    specificDirectoryServicePrincipals: () => !people.includes(target.kind) && shape.targets.some(({ set, of }) => set === 'singleServicePrincipal' && of === target.id),
    specificConnectedOrganizationUsers: () => isGuest && shape.targets.some(({ set, of }) => set === 'connectedOrganizationMembers' && of === target.organization),
    allMemberUsers: () => people.includes(target.kind) && !isGuest,
    allDirectoryUsers: () => people.includes(target.kind),
    allDirectoryServicePrincipals: () => target.kind === 'servicePrincipal',
    allDirectoryAgentIdentities: () => target.kind === 'agentIdentity',
    allConfiguredConnectedOrganizationUsers: () => isGuest && isConfigured,
    allExternalUsers: () => isGuest,
  };
  return answers[shape.scope]();
}

/** P1 to P4 of §1.5; no rank is published for the scopes of agents and service principals, which meet only named ones. */
const rank: Readonly<Record<Scope, number>> = {
  specificDirectoryUsers: 1, specificDirectoryServicePrincipals: 1, specificConnectedOrganizationUsers: 1, allMemberUsers: 2, allDirectoryUsers: 3,
  allDirectoryServicePrincipals: 3, allDirectoryAgentIdentities: 3, allConfiguredConnectedOrganizationUsers: 4, allExternalUsers: 4, notSpecified: 5,
};

const mayAsk = (town: Town, { shape, wish }: { readonly shape: Shape; readonly wish: Wish }, parties: Parties): boolean =>
  (parties.requestor.id === parties.target.id ? shape.self.includes(wish) : shape.onBehalf.includes(wish) && isAmongRequestors(town, shape, parties));

/**
 * What each kind cannot hold (§2.4). About agents the product publishes rules of its own, which part from the tables of §2.5 on purpose:
 *  - app roles: §2.5 has agents and service principals hold none. Here both may: "one package may hold app roles, API permissions of both
 *    kinds and groups together, and may be given to any kind of identity" (issue 2), to agents by rule too (issue 4), and "the next token
 *    carries exactly the granted roles" (README): agents get app roles. What a role's own allowedMemberTypes say still holds.
 *  - role-assignable groups: no agent is in one, as §2.5 says; README, "Resources": "a role that a kind of identity cannot hold is refused".
 *    §2.5 bars service principals too. Here they are let in, as in the directory itself, where an administrator puts them there by hand.
 */
function whyNotHeld(content: Content, kind: Identity['kind']): readonly string[] {
  const isUser = people.includes(kind);
  if (content === 'apiPermission' && isUser) return ['usersCannotHoldApiPermissions'];
  if (content === 'applicationRole' && isUser) return ['memberTypeNotAllowed'];
  if (content === 'userRole' && !isUser) return ['memberTypeNotAllowed'];
  if (content === 'roleAssignableGroup' && (kind === 'agentIdentity' || kind === 'agentUser')) return ['agentInRoleAssignableGroup'];
  return [];
}

/** Who decides each stage; the codes tell how many stages nobody can decide. */
function stagesOf(town: Town, shape: Shape, parties: Parties): { readonly stages: readonly Asked[]; readonly codes: readonly string[] } {
  const stages: Asked[] = [];
  const codes: string[] = shape.stages.length === 0 ? ['noApprovalStage'] : [];
  for (const { primary, fallback, required = 1 } of shape.stages) {
    const first = decidersAmong(town, primary, parties);
    // Those who stand in are asked besides when the others are too few; nobody is asked twice (issue 4: a quorum of distinct people).
    const others = decidersAmong(town, fallback, parties).filter((id) => !first.includes(id));
    if (first.length >= required) stages.push({ primary: first, fallback: [] });
    else if (first.length + others.length >= required) stages.push({ primary: first, fallback: others });
    else codes.push(first.length + others.length === 0 ? 'noApprover' : 'tooFewApprovers');
  }
  return { stages, codes };
}

const isAdministrator = ({ requestor, package: { catalog } }: Question): boolean => requestor.administers === 'everything' || (requestor.administers ?? []).includes(catalog);

/** Policies that fit an addition, best first and only the best; or the reason why there is none. */
function chooseFrom(town: Town, question: Question): readonly Shape[] | string {
  const { package: { policies, isHiddenAway }, target, type, policy: named } = question;
  const isAdmin = type === 'adminAdd';
  const fitting = (named === undefined ? policies : [named]).filter((one) => isInScope(town, one, target) && (isAdmin || (one.scope !== 'notSpecified' && mayAsk(town, { shape: one, wish: 'Add' }, question))));
  if (!isAdmin && (isHiddenAway || target.isDeleted === true)) return 'packageNotRequestable';
  if (named !== undefined && fitting.includes(named)) return [named];
  if (named !== undefined || fitting.length === 0) return isAdmin ? 'targetNotInScope' : 'packageNotRequestable';
  const best = Math.min(...fitting.map(({ scope }) => rank[scope]));
  return fitting.filter(({ scope }) => rank[scope] === best);
}

/** Whatever stands in the way of an addition besides the choice of a policy. */
function additionCodes(town: Town, { package: one, target }: Question): readonly string[] {
  return [
    ...(target.isDisabled === true ? ['targetDisabled'] : []),
    ...(one.holders.includes(target.id) ? ['alreadyAssigned'] : []),
    ...(one.waiting.includes(target.id) ? ['alreadyRequested'] : []),
    ...(one.excludedHolders.includes(target.id) ? ['incompatibleAccessPackage'] : []),
    ...one.excludedGroups.filter((group) => isInGroup(town, target.id, group)).map(() => 'incompatibleGroup'),
    ...whyNotHeld(one.content, target.kind),
  ];
}

/** What is wrong with the answers: a required question left open, unless an administrator asks; an answer to what was not asked. A change may leave all as it was. */
function answerCodes({ questions = [] }: Shape, { type, answers }: Question): readonly string[] {
  const isLeft = type === 'adminAdd' || (type === 'userUpdate' && answers === 'none');
  const open = isLeft || answers === 'all' ? [] : questions.filter(({ isRequired }) => isRequired).map(() => 'answerRequired');
  return [...open, ...(answers === 'foreign' ? ['questionUnknown'] : [])];
}

const answer = (codes: readonly string[], policies: readonly Shape[], stages: readonly Asked[]): Answer =>
  (codes.length > 0 ? { isAllowed: false, codes: codes.toSorted() } : { isAllowed: true, policies, stages });

/** Answers a question. Where several policies are equally good, ask again and name one. */
export function decide(town: Town, question: Question): Answer {
  if (question.type === 'userUpdate' || question.type === 'userRemove') return decideChange(town, question);
  if (question.type === 'adminAdd' && !isAdministrator(question)) return { isAllowed: false, codes: ['notAnAdministrator'] };
  if (question.type === 'adminAdd' && question.target.isDeleted === true) return { isAllowed: false, codes: ['noSuchTarget'] };
  const chosen = chooseFrom(town, question);
  if (typeof chosen === 'string') return { isAllowed: false, codes: [chosen] };
  const [policy] = chosen;
  if (policy === undefined) return { isAllowed: false, codes: [] };
  const isAdmin = question.type === 'adminAdd';
  const approval = policy.approvalFor.includes('Add') && !isAdmin ? stagesOf(town, policy, question) : { stages: [], codes: [] };
  const why = policy.wantsJustification && !isAdmin && !question.saysWhy ? ['justificationRequired'] : [];
  return answer([...additionCodes(town, question), ...why, ...answerCodes(policy, question), ...approval.codes], chosen, approval.stages);
}

/** More time, or giving access back: the policy behind the assignment says. */
function decideChange(town: Town, question: Question): Answer {
  const { policy, target, type, saysWhy } = question;
  if (policy === undefined || !mayAsk(town, { shape: policy, wish: type === 'userUpdate' ? 'Update' : 'Remove' }, question)) return { isAllowed: false, codes: ['notAllowedToAsk'] };
  if (type === 'userRemove') return { isAllowed: true, policies: [policy], stages: [] };
  const approval = policy.approvalFor.includes('Update') ? stagesOf(town, policy, question) : { stages: [], codes: [] };
  const codes = [...(target.isDisabled === true ? ['targetDisabled'] : []), ...(policy.wantsJustification && !saysWhy ? ['justificationRequired'] : []), ...answerCodes(policy, question)];
  return answer([...codes, ...approval.codes], [policy], approval.stages);
}
