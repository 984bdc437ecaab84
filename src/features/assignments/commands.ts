/** What happens to assignments apart from requests: giving again, changes of packages, identities that go. */
import type { Caller } from '../../kernel/caller.ts';
import { refuse } from '../../kernel/problem.ts';
import type { AuditEvent } from '../audit/model.ts';
import { recordAudit } from '../audit/store.ts';
import { replaceLostApprovers } from '../approvals/commands/asking.ts';
import { deleteGuest } from '../directory/commands/guests.ts';
import { postponeExternalUser, settleExternalUser } from '../organizations/commands/external-users.ts';
import { setDue } from '../organizations/store/external-users.ts';
import { removeSponsorshipsOf } from '../organizations/store/sponsors.ts';
import { noteDelivery } from '../grants/commands/attempts.ts';
import { findRetry, forgetAttempts } from '../grants/store/attempts.ts';
import { endAssignments, withdrawRemovedRoles } from '../grants/commands/delivery.ts';
import { writeDelivery } from '../grants/store/delivery.ts';
import { cancelRequestsOf, retryRequest } from '../requests/commands/change.ts';
import { planDelivery } from '../requests/rules/delivery.ts';
import type { RequestWork } from '../requests/store/writing.ts';
import { reachesPackage } from '../roles/rules.ts';
import { passDelivery } from './rules.ts';
import { listLiveAssignmentsOfTargets, lockForRedelivery, lockIdentities, removeGrantsOf, removeRolesOf, type LostRight, type Redelivery } from './store.ts';

/** Gives the package of an assignment again: what failed, what was added, what was taken away by mistake. For administrators. */
export async function reprocessAssignment(work: RequestWork & { readonly caller: Caller }, id: string): Promise<void> {
  const found = await lockForRedelivery(work.tx, id, work.now) ?? refuse('notFound', { value: id });
  if (!reachesPackage(work.caller, 'manageAssignments', found)) refuse('forbidden', { reason: 'Only administrators may reprocess an assignment.' });
  if (found.isOver) refuse('ruleBroken', { reason: 'The assignment has ended and cannot be reprocessed. Make a new request.' });
  await redeliver(work, found);
}

async function redeliver(work: RequestWork, found: Redelivery): Promise<void> {
  const plan = planDelivery(found.roles, found.targetKind);
  const passage = passDelivery(found.state, plan.outcome);
  if (passage === undefined) return refuseChanged();
  const delivery = {
    assignmentId: found.id, accessPackageId: found.accessPackageId, policyId: found.policyId, targetId: found.targetId, startsAt: found.startsAt, endsAt: found.endsAt,
    isNew: false, passage, roles: passage.writesGrants ? plan.given : [],
  };
  if (!await writeDelivery(work.tx, delivery, { actorId: work.caller?.principalId ?? null, requestId: null, at: work.now })) refuseChanged();
  await noteDelivery(work, { assignmentId: found.id }, { failures: plan.failures, retried: [found.id] });
  await recordAudit(work.tx, work, {
    activity: 'Reprocess access package assignment', category: 'EntitlementManagement', operation: 'Update',
    targets: [
      { id: found.id, type: 'AccessPackageAssignment', displayName: found.packageName, before: { state: found.state }, after: { state: passage.state, roles: plan.given.map(({ kind, resourceId, permissionId }) => ({ kind, resourceId, permissionId })), failures: plan.failures } },
      { id: found.targetId, type: 'Subject' }, { id: found.accessPackageId, type: 'AccessPackage', displayName: found.packageName },
    ],
  });
}

/** Tries a delivery that did not succeed again. Harmless when repeated: what nobody waits for any more is forgotten. */
export async function retryDelivery(work: RequestWork, id: string): Promise<void> {
  const { assignmentId, requestId } = await findRetry(work.tx, id) ?? { assignmentId: null, requestId: null };
  if (requestId !== null && await retryRequest(work, requestId)) return;
  const found = assignmentId === null ? undefined : await lockForRedelivery(work.tx, assignmentId, work.now);
  if (found === undefined || found.isOver) await forgetAttempts(work.tx, [id]);
  else await redeliver(work, found);
}

/** Identities are disabled: what they asked for and wait for is cancelled, and what waits for their approval goes to others. Call it once the row is marked. */
export async function shutOut(work: RequestWork, principalIds: readonly string[]): Promise<void> {
  await cancelRequestsOf(work, principalIds, 'disabled');
  await replaceLostApprovers(work, principalIds);
}

const refuseChanged = (): never => refuse('conflict', { reason: 'The assignment has changed meanwhile. Read it again.' });

/** A package gives other roles than before: its live assignments get what is new and lose what is gone, unless something else gives it. */
export async function packageRolesChanged(work: RequestWork, accessPackageId: string): Promise<void> {
  for (const id of await withdrawRemovedRoles(work, accessPackageId)) {
    const found = await lockForRedelivery(work.tx, id, work.now);
    if (found !== undefined && !found.isOver) await redeliver(work, found);
  }
}

/**
 * Identities are deleted: their assignments end, open requests by or for them are cancelled, approvals that wait for them go to
 * others, and every grant and role that they hold, or that others hold on them, goes. Call it in the transaction of the deletion, before or after the row is marked.
 */
export async function endAccess(work: RequestWork, principalIds: readonly string[]): Promise<void> {
  await lockIdentities(work.tx, principalIds);
  await cancelRequestsOf(work, principalIds);
  await replaceLostApprovers(work, principalIds);
  const live = await listLiveAssignmentsOfTargets(work.tx, principalIds);
  await endAssignments(work, live, { cause: 'removed', why: 'The identity has been deleted.' });
  const lost = [...await removeSponsorshipsOf(work.tx, principalIds), ...await removeGrantsOf(work.tx, principalIds), ...await removeRolesOf(work.tx, principalIds)];
  if (lost.length > 0) await recordAudit(work.tx, work, lossEvent(principalIds, lost));
}

/** Does what is due about a guest whose last access has ended: shuts it out, or deletes the account. Harmless when repeated. */
export async function partWithExternalUser(work: RequestWork, id: string): Promise<void> {
  const fate = await settleExternalUser(work, id);
  if (fate?.act === 'block') await replaceLostApprovers(work, [id]);
  if (fate?.act !== 'delete') return;
  const reasons = await deleteGuest(work, id, { why: 'The external user has been without access for as long as the settings say.', endAccess: async () => await endAccess(work, [id]) });
  if (reasons.length > 0) await postponeExternalUser(work, id, reasons);
  else await setDue(work.tx, id, null);
}

const lossEvent = (principalIds: readonly string[], lost: readonly LostRight[]): AuditEvent => ({
  activity: 'Remove access of deleted identity', category: 'EntitlementManagement', operation: 'Unassign', why: 'The identity has been deleted.',
  targets: [
    ...principalIds.map((id) => ({ id, type: 'Subject' })),
    ...lost.map(({ id, what, principalId }) => ({ id, type: 'Grant', before: { what, principalId } })),
  ],
});
