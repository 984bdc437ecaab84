/** Taking delivered access away, and counting grants again when ends or packages change. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { recordAudit, type AuditedWork } from '../../audit/store.ts';
import { dropForeignSources, listLiveAssignmentsOf, lockAssignments, lockGrantsBehind, markEnded, moveEnd, settleGrants, type LockedAssignment } from '../store/delivery.ts';

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
  const ended = await lockAssignments(work.tx, ids);
  if (ended.length === 0) return [];
  const endedIds = ended.map(({ id }) => id);
  await markEnded(work.tx, endedIds, { now: work.now, status: ending.cause === 'expired' ? 'ExpiredNotificationTriggered' : 'Removed' });
  await settleGrants(work.tx, await lockGrantsBehind(work.tx, endedIds));
  await recordEndings(work, ended, ending);
  return ended;
}

async function recordEndings(work: DeliveryWork, ended: readonly LockedAssignment[], ending: Ending): Promise<void> {
  await sql`insert into transitions (noun, subject_id, from_state, to_state, event, actor_id, at)
    select 'accessPackageAssignment', r.id, r.state, 'expired', 'end', ${work.caller?.principalId ?? null}::uuid, ${work.now}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(ended.map(({ id, state }) => ({ id, state })))}::jsonb) as r (id uuid, state text)`.execute(work.tx);
  for (const { id, state, targetId, packageName, accessPackageId } of ended) {
    await recordAudit(work.tx, work, {
      activity: ending.cause === 'expired' ? 'Expire access package assignment' : 'Remove access package assignment',
      category: 'EntitlementManagement', operation: ending.cause === 'expired' ? 'Expire' : 'Unassign', why: ending.why,
      targets: [
        { id, type: 'AccessPackageAssignment', displayName: packageName, before: { state }, after: { state: 'expired' } },
        { id: targetId, type: 'Subject' }, { id: accessPackageId, type: 'AccessPackage', displayName: packageName },
      ],
    });
  }
}

/** Moves the end of a live assignment and of the grants behind it. False when it has ended meanwhile. `endsAt`: ISO instant or `infinity`. */
export async function changeEnd(work: DeliveryWork, assignmentId: string, endsAt: string): Promise<boolean> {
  const [locked] = await lockAssignments(work.tx, [assignmentId]);
  if (locked === undefined) return false;
  await moveEnd(work.tx, assignmentId, endsAt);
  await settleGrants(work.tx, await lockGrantsBehind(work.tx, [assignmentId]));
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
