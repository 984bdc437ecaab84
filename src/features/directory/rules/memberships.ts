/** Who may be in a group or own it, and what happens to a membership that packages gave. */
import { allow, decideBy, deny, type Decision } from '../../../kernel/decision.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { canHold } from '../../grants/rules/holding.ts';
import { isDynamic, isRoleAssignable, type DirectoryObject } from '../model/people.ts';
import { principalKindOf } from '../model/workload.ts';

/** How something belongs to a group. */
export type Belonging = 'member' | 'owner';

/** What is about to belong to a group. */
export interface Candidate {
  readonly id: string;
  readonly type: string;
  /** It is a group that holds the other group already, directly or through others. */
  readonly holdsGroup: boolean;
}

/** The most members that one PATCH takes (Graph, group-post-members). */
export const mostAtOnce = 20;

/** Why something cannot belong to a group; empty when it can. */
export function reasonsAgainstBelonging(group: Pick<DirectoryObject, 'id' | 'data'>, candidate: Candidate, how: Belonging): readonly Reason[] {
  const kind = principalKindOf(candidate.type);
  const about = (code: string, message: string): Reason => ({ code, target: candidate.id, message });
  if (how === 'owner') {
    if (kind === undefined) return [about('ownerTypeNotAllowed', `An object of type ${candidate.type} cannot own a group. Owners are users, service principals and agents.`)];
    const refused = canHold(kind, { grantKind: 'owner', isRoleAssignableGroup: isRoleAssignable(group) });
    return refused === undefined ? [] : [refused];
  }
  if (isDynamic(group)) return [about('dynamicGroup', 'Members of this group follow its membershipRule. Change the rule instead.')];
  if (candidate.type === 'group') return reasonsAgainstNesting(group, candidate);
  if (kind === undefined) return [about('memberTypeNotAllowed', `An object of type ${candidate.type} cannot be a member. For an application, add its service principal.`)];
  const refused = canHold(kind, { grantKind: 'member', isRoleAssignableGroup: isRoleAssignable(group) });
  return refused === undefined ? [] : [refused];
}

function reasonsAgainstNesting(group: Pick<DirectoryObject, 'id' | 'data'>, candidate: Candidate): readonly Reason[] {
  const reasons: Reason[] = [];
  if (isRoleAssignable(group)) reasons.push({ code: 'groupInRoleAssignableGroup', target: candidate.id, message: 'A role-assignable group holds no other groups. Add the members one by one.' });
  if (candidate.id === group.id || candidate.holdsGroup) {
    reasons.push({ code: 'groupCycle', target: candidate.id, message: `The group ${candidate.id} would be inside itself. Choose a group that does not hold this one.` });
  }
  return reasons;
}

/** A membership or ownership in force, and the assignments that keep it. */
export interface HeldBelonging {
  readonly isManual: boolean;
  readonly assignmentIds: readonly string[];
}

/** What becomes of a belonging that somebody removes by hand: it goes, or the part that packages gave stays. */
export function decideRemoval(held: HeldBelonging): Decision<'delete' | 'keepAssigned'> {
  if (held.isManual) return allow(held.assignmentIds.length === 0 ? 'delete' : 'keepAssigned');
  const [first, ...others] = held.assignmentIds.map((id): Reason => ({
    code: 'assignedByPackage', target: id, message: `The access package assignment ${id} gives this. End the assignment (an assignmentRequest of requestType adminRemove) to take it away.`,
  }));
  return first === undefined ? decideBy([], 'delete' as const) : deny(first, ...others);
}
