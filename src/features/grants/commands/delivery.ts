/** Taking delivered access away, and counting grants again when ends or packages change. */
import { refuse } from '../../../kernel/problem.ts';
import type { Tx } from '../../../platform/db/database.ts';
import { recordAudit, type AuditedWork } from '../../audit/store.ts';
import { passWithout, type AssignmentPassage } from '../../assignments/rules.ts';
import { noteLeaving } from '../../organizations/store/external-users.ts';
import { announceDue, dropForeignSources, listLiveAssignmentsOf, lockAssignments, lockGrantsBehind, markEnded, moveEnd, settleGrants, type LockedAssignment, type StepOrigin } from '../store/delivery.ts';

/** Work of the server itself or of a caller, in a transaction. */
export type DeliveryWork = AuditedWork & { readonly tx: Tx };

/** Why assignments end: `expired` by the clock, `removed` by somebody. */
export interface Ending {
  readonly cause: 'expired' | 'removed';
  readonly why: string | null;
}

/**
 * Ends assignments and takes away the grants that only they gave. Those that have ended already are passed over, so it may be
 * repeated. Answers the assignments that it ended.
 */
export async function endAssignments(work: DeliveryWork, ids: readonly string[], ending: Ending): Promise<readonly LockedAssignment[]> {
  const ended = (await lockAssignments(work.tx, ids)).flatMap((locked) => {
    const passage = passWithout(locked.state, 'end');
    return passage === undefined ? [] : [{ ...locked, passage }];
  });
  if (ended.length === 0) return [];
  if (!await markEnded(work.tx, ended, { ...originOf(work), status: ending.cause === 'removed' ? 'Removed' : undefined })) refuse('conflict', { reason: 'An assignment has changed meanwhile. Read it again.' });
  const settled = ended.filter(({ passage }) => passage.settlesGrants).map(({ id }) => id);
  if (settled.length > 0) await settleGrants(work.tx, await lockGrantsBehind(work.tx, settled));
  await recordEndings(work, ended, ending);
  if (await noteLeaving(work.tx, ended.map(({ targetId }) => targetId), work.now)) await announceDue(work.tx, work.now, work.now);
  return ended;
}

/** Whose step it is. Steps that belong to a request are written with it. */
const originOf = (work: DeliveryWork): StepOrigin => ({ actorId: work.caller?.principalId ?? null, requestId: null, at: work.now });

async function recordEndings(work: DeliveryWork, ended: readonly (LockedAssignment & { readonly passage: AssignmentPassage })[], ending: Ending): Promise<void> {
  for (const { id, state, passage, targetId, packageName, accessPackageId } of ended) {
    await recordAudit(work.tx, work, {
      activity: ending.cause === 'expired' ? 'Expire access package assignment' : 'Remove access package assignment',
      category: 'EntitlementManagement', operation: ending.cause === 'expired' ? 'Expire' : 'Unassign', why: ending.why,
      targets: [
        { id, type: 'AccessPackageAssignment', displayName: packageName, before: { state }, after: { state: passage.state } },
        { id: targetId, type: 'Subject' }, { id: accessPackageId, type: 'AccessPackage', displayName: packageName },
      ],
    });
  }
}

/** Moves the end of a live assignment and of the grants behind it. False when it has ended meanwhile. `endsAt`: ISO instant or `infinity`. */
export async function changeEnd(work: DeliveryWork, assignmentId: string, endsAt: string): Promise<boolean> {
  const [locked] = await lockAssignments(work.tx, [assignmentId]);
  const passage = locked === undefined ? undefined : passWithout(locked.state, 'changeEnd');
  if (passage === undefined || !await moveEnd(work.tx, { id: assignmentId, passage, endsAt }, originOf(work))) return false;
  if (passage.settlesGrants) await settleGrants(work.tx, await lockGrantsBehind(work.tx, [assignmentId]));
  return true;
}

/** Takes away from the live assignments of a package what the package no longer gives. What it gives anew comes with a reprocess. */
export async function withdrawRemovedRoles(work: DeliveryWork, accessPackageId: string): Promise<readonly string[]> {
  const ids = await listLiveAssignmentsOf(work.tx, accessPackageId);
  await lockAssignments(work.tx, ids);
  const before = await lockGrantsBehind(work.tx, ids);
  await dropForeignSources(work.tx, accessPackageId);
  await settleGrants(work.tx, before);
  return ids;
}
