/** Shapes of policies: every scope meets every way to name who asks; what else a policy says is dealt out by a seeded shuffle. */
import { newId } from '../../src/platform/ids.ts';
import { idOf } from './cast.ts';
import type { Asks, Scope, Shape, SubjectSet, Wish } from './town.ts';

const one = (name: string): SubjectSet => ({ set: 'singleUser', of: idOf(name) });
const group = (name: string): SubjectSet => ({ set: 'groupMembers', of: idOf(name) });
const principal = (name: string): SubjectSet => ({ set: 'singleServicePrincipal', of: idOf(name) });
const guestsOf = (name: string): SubjectSet => ({ set: 'connectedOrganizationMembers', of: idOf(name) });

/** Whom a policy is for. */
export const scopes: readonly { readonly scope: Scope; readonly targets: readonly SubjectSet[] }[] = [
  { scope: 'specificDirectoryUsers', targets: [one('a member'), one('the agent user'), one('a guest of Acme'), one('a disabled person')] },
  { scope: 'specificDirectoryUsers', targets: [group('the crew')] },
  { scope: 'specificDirectoryUsers', targets: [group('a deleted group'), group('an empty group')] },
  { scope: 'specificDirectoryUsers', targets: [] },
  { scope: 'specificConnectedOrganizationUsers', targets: [guestsOf('Acme')] },
  { scope: 'specificConnectedOrganizationUsers', targets: [guestsOf('Beta')] },
  { scope: 'specificDirectoryServicePrincipals', targets: [principal('the service principal'), principal('the agent')] },
  ...(['notSpecified', 'allMemberUsers', 'allDirectoryUsers', 'allDirectoryServicePrincipals', 'allConfiguredConnectedOrganizationUsers', 'allExternalUsers', 'allDirectoryAgentIdentities'] as const)
    .map((scope) => ({ scope, targets: [] })),
];

/** Who asks for others. */
export const requestorSets: readonly (readonly SubjectSet[])[] = [
  [], [one('a sponsor of the agent'), one('a deleted person')], [group('the crew')], [group('a deleted group'), group('an empty group')], [{ set: 'requestorManager' }],
  [{ set: 'targetManager' }], [{ set: 'targetManager', level: 2 }], [{ set: 'internalSponsors' }], [{ set: 'externalSponsors' }], [{ set: 'targetUserSponsors' }],
  [{ set: 'targetApplicationOwners' }], [{ set: 'targetAgentIdentitySponsorsOrOwners' }], [principal('the service principal'), principal('the agent')],
  [{ set: 'targetAgentIdentitySponsorsOrOwners' }, { set: 'targetApplicationOwners' }, { set: 'targetManager' }, one('the agent user')],
];

/** Who decides a stage. */
const approvers: readonly { readonly primary: readonly SubjectSet[]; readonly fallback: readonly SubjectSet[] }[] = [
  { primary: [one('the boss')], fallback: [] },
  { primary: [one('a disabled person')], fallback: [one('the boss')] },
  { primary: [one('a deleted person'), one('the agent user')], fallback: [] },
  { primary: [group('the crew')], fallback: [] },
  { primary: [group('a deleted group')], fallback: [group('the crew')] },
  { primary: [{ set: 'requestorManager' }], fallback: [one('the lead')] },
  { primary: [{ set: 'requestorManager', level: 2 }], fallback: [] },
  { primary: [{ set: 'targetManager' }], fallback: [] },
  { primary: [{ set: 'targetManager', level: 2 }], fallback: [one('a member')] },
  { primary: [{ set: 'internalSponsors' }], fallback: [{ set: 'externalSponsors' }] },
  { primary: [{ set: 'externalSponsors' }], fallback: [one('a sponsor of people')] },
  { primary: [{ set: 'targetUserSponsors' }], fallback: [] },
  { primary: [{ set: 'targetApplicationOwners' }], fallback: [one('the owner of our catalog')] },
  { primary: [{ set: 'targetAgentIdentitySponsorsOrOwners' }], fallback: [] },
  { primary: [{ set: 'targetAgentIdentitySponsorsOrOwners' }], fallback: [{ set: 'targetManager' }] },
  { primary: [one('a sponsor of the agent'), one('an owner of the application'), one('a sponsor of people')], fallback: [one('a stranger')] },
  { primary: [group('sponsors')], fallback: [{ set: 'targetManager' }, one('an owner of the agent')] },
  { primary: [], fallback: [one('a stranger')] },
  { primary: [principal('the service principal')], fallback: [] },
  ...Array.from({ length: 6 }, () => ({ primary: [one('the boss'), one('the lead'), one('a sponsor of people')], fallback: [one('a stranger'), group('sponsors'), one('the boss')] })),
];

/** How many must approve: mostly one, sometimes more than there ever are. */
const quorums: readonly number[] = [1, 1, 1, 1, 2, 2, 9];

const required = (): Asks => ({ id: newId(), isRequired: true });
const optional = (): Asks => ({ id: newId(), isRequired: false });
/** What is asked: mostly nothing. */
const questionings: readonly (() => readonly Asks[])[] = [() => [], () => [], () => [], () => [required()], () => [optional()], () => [required(), optional(), required()]];

const wishes: readonly (readonly Wish[])[] = [['Add', 'Update', 'Remove'], ['Add', 'Remove'], ['Add'], ['Update'], ['Remove'], [], ['Add', 'Update']];
const approvals: readonly (readonly Wish[])[] = [['Add'], ['Add', 'Update'], [], ['Update']];

/** Numbers from a seed (mulberry32): the same seed deals the same cards. */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

/** One of a list, as the numbers say. */
export function pick<T>(next: (below: number) => number, list: readonly T[]): T {
  const found = list[next(list.length)];
  if (found === undefined) throw new Error('there is nothing to pick from');
  return found;
}

/** One policy for each pair of a scope and a way to name who asks. */
export function makeShapes(seed: number): readonly Shape[] {
  const next = numbers(seed);
  return scopes.flatMap(({ scope, targets }) => requestorSets.map((requestors): Shape => ({
    id: newId(), scope, targets, requestors, self: pick(next, wishes), onBehalf: pick(next, wishes.slice(0, next(3) === 0 ? 7 : 3)), approvalFor: pick(next, approvals),
    wantsJustification: next(4) === 0,
    stages: Array.from({ length: next(8) === 0 ? 0 : 1 + next(3) }, () => ({ ...pick(next, approvers), required: pick(next, quorums) })), questions: pick(next, questionings)(),
  })));
}
