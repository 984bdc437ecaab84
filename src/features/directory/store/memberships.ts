/** Members and owners of groups: grants that hold until their end (migrations/0002, 0010). */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { newId } from '../../../platform/ids.ts';
import { all, maybe } from '../../../platform/db/transaction.ts';
import type { Belonging, Candidate, HeldBelonging } from '../rules/memberships.ts';

/** One principal in one group. */
export interface BelongingKey {
  readonly groupId: string;
  readonly principalId: string;
  readonly how: Belonging;
}

/** Changes of who is in which group take turns until the end of their transactions where groups hold groups: two at once could close a circle. */
export async function lockNesting(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('nesting'))`.execute(tx);
}

/** What may be about to belong to a group, by id; what does not live is left out. */
export async function listCandidates(tx: Tx, groupId: string, ids: readonly string[]): Promise<readonly Candidate[]> {
  return await all(tx, sql<Candidate>`
    select o.id, o.type, (o.type = 'group' and o.id = any(group_ids_of(${groupId}))) as "holdsGroup"
      from directory_objects o where o.id = any(${ids}::uuid[]) and o.deleted_at is null for key share of o`);
}

/** Gives memberships by hand, in one statement; answers who got one: those who had one by hand already did not. */
export async function addByHand(tx: Tx, group: { readonly groupId: string; readonly how: Belonging }, principalIds: readonly string[]): Promise<readonly string[]> {
  const rows = principalIds.map((principalId) => sql`(${newId()}::uuid, ${group.how}, ${principalId}::uuid, ${group.groupId}::uuid, true)`);
  if (rows.length === 0) return [];
  const added = await all(tx, sql<{ id: string }>`
    insert into grants as g (id, kind, principal_id, resource_id, manual) values ${sql.join(rows)}
    on conflict (kind, principal_id, resource_id, permission_id, subject_id) do update set manual = true, ends_at = 'infinity' where not g.manual
    returning g.principal_id as id`);
  return added.map((row) => row.id);
}

/** Locks a membership in force. What keeps it is for {@link findHeld} to say, in a statement that sees what others committed meanwhile. */
export async function lockBelonging(tx: Tx, key: BelongingKey): Promise<string | undefined> {
  const row = await maybe(tx, sql<{ id: string }>`
    select id from grants where kind = ${key.how} and principal_id = ${key.principalId} and resource_id = ${key.groupId} and ends_at > now() for update`);
  return row?.id;
}

/** What keeps a membership: a hand, and assignments that are still in force. */
export async function findHeld(tx: Tx, grantId: string): Promise<HeldBelonging> {
  const rows = await all(tx, sql<{ manual: boolean; assignment: string | null }>`
    select g.manual, a.id as assignment from grants g
      left join (grant_sources s join assignments a on a.id = s.assignment_id and a.state not in ('expired', 'deliveryFailed') and a.ends_at > now()) on s.grant_id = g.id
     where g.id = ${grantId} order by a.id`);
  return { isManual: rows[0]?.manual ?? false, assignmentIds: rows.flatMap((row) => (row.assignment === null ? [] : [row.assignment])) };
}

/** Takes a membership away. */
export async function deleteBelonging(tx: Tx, grantId: string): Promise<void> {
  await sql`delete from grants where id = ${grantId}`.execute(tx);
}

/** Leaves of a membership what packages gave: it ends with the last of the assignments behind it. */
export async function keepAssigned(tx: Tx, grantId: string): Promise<void> {
  await sql`update grants set manual = false, ends_at = (
      select max(a.ends_at) from grant_sources s join assignments a on a.id = s.assignment_id
       where s.grant_id = ${grantId} and a.state not in ('expired', 'deliveryFailed'))
    where id = ${grantId}`.execute(tx);
}
