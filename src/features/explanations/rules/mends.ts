/** From a reason to what would change it. Every reason that the rules know has a mend; one that they learn later has the words of its own message. */
import type { Reason } from '../../../kernel/problem.ts';
import type { Facts } from '../../requests/model.ts';
import { choosePolicy } from '../../requests/rules/policy.ts';
import type { Mend, MendedReason, Obstacle } from '../model.ts';

/** A mend in short. */
export const mend = (action: string, message: string, target?: { readonly id: string; readonly type: string }): Mend =>
  ({ action, message, targetId: target?.id ?? null, targetType: target?.type ?? null });

/** What mends are made from. */
export interface Mending {
  readonly facts: Facts;
  readonly obstacles: readonly Obstacle[];
}

type Maker = (mending: Mending, reason: Reason) => readonly Mend[];

const assignmentOf = (id: string): { readonly id: string; readonly type: string } => ({ id, type: 'accessPackageAssignment' });
const requestOf = (id: string): { readonly id: string; readonly type: string } => ({ id, type: 'accessPackageAssignmentRequest' });

/** What the target gives up to get out of a conflict: the assignment, or the request that is still open. */
function giveUp({ obstacles }: Mending, { target = '' }: Reason): readonly Mend[] {
  return obstacles.filter(({ accessPackageId }) => accessPackageId === target).flatMap(({ assignmentId, requestId }) => [
    ...(assignmentId === null ? [] : [mend('removeAssignment', `Remove assignment '${assignmentId}'.`, assignmentOf(assignmentId))]),
    ...(requestId === null ? [] : [mend('cancelRequest', `Cancel request '${requestId}', or wait until it is refused.`, requestOf(requestId))]),
  ]);
}

const changeRole: Maker = ({ facts }) => [mend('removeRole', 'Take the role out of the access package, or offer a package without it to this kind of identity.', { id: facts.accessPackage.id, type: 'accessPackage' })];

/** The policy that the request would go through. */
function policyIn(facts: Facts): { readonly id: string; readonly type: string } | undefined {
  const chosen = choosePolicy(facts);
  return 'code' in chosen ? undefined : { id: chosen.policy.id, type: 'accessPackageAssignmentPolicy' };
}

const nameApprovers: Maker = ({ facts }, { target = '' }) =>
  [mend('nameFallbackApprover', `Name a fallback approver in ${target} of the policy who is an enabled person and neither asks nor receives.`, policyIn(facts))];

const makers: Readonly<Record<string, Maker>> = {
  targetDisabled: ({ facts: { target } }) => [mend('enable', `Enable '${target.displayName ?? target.id}'.`, { id: target.id, type: target.kind })],
  alreadyAssigned: ({ facts: { live } }) => (live === undefined ? [] : [
    mend('updateAssignment', `Ask for an update of assignment '${live.id}'.`, assignmentOf(live.id)), mend('removeAssignment', `Remove assignment '${live.id}', and ask again.`, assignmentOf(live.id)),
  ]),
  alreadyRequested: ({ facts: { openRequestId: id } }) => (id === undefined ? [] : [mend('awaitRequest', `Wait for request '${id}'.`, requestOf(id)), mend('cancelRequest', `Cancel request '${id}', and ask again.`, requestOf(id))]),
  incompatibleAccessPackage: giveUp,
  incompatibleGroup: ({ facts }, { target = '' }) => [mend('leaveGroup', `Take '${facts.target.displayName ?? facts.target.id}' out of the group '${target}'.`, { id: target, type: 'group' })],
  noApprover: nameApprovers, tooFewApprovers: nameApprovers,
  noApprovalStage: ({ facts }) => [mend('addStage', 'Add a stage of approval to the policy, or let it need no approval.', policyIn(facts))],
  permissionBlockedForAgents: changeRole, memberTypeNotAllowed: changeRole, usersCannotHoldApiPermissions: changeRole, agentInRoleAssignableGroup: changeRole,
  noPolicy: ({ facts: { accessPackage: { id } } }) => [mend('addPolicy', 'Make a policy that says who may receive the access package, who may ask and who approves.', { id, type: 'accessPackage' })],
  catalogNotPublished: ({ facts: { accessPackage: { catalogId } } }) => [mend('publishCatalog', 'Publish the catalog of the access package.', { id: catalogId, type: 'accessPackageCatalog' })],
};

/** A reason with what would change it. */
export function withMends(mending: Mending, reason: Reason): MendedReason {
  const made = makers[reason.code]?.(mending, reason) ?? [];
  return { ...reason, mends: made.length === 0 ? [mend('followMessage', reason.message)] : made };
}
