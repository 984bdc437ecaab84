/** Owners and sponsors of workloads. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { all } from '../../../platform/db/transaction.ts';
import type { Person } from '../rules/sponsors.ts';

/** The two relations that hold people to workloads. */
export type LinkKind = 'owner' | 'sponsor';

const personColumns = sql`d.id, d.type, coalesce(d.data -> 'isAssignableToRole' = 'true'::jsonb, false) as "isRoleAssignable"`;

/** Living directory objects by id; missing ones are left out. */
export async function listPersons(tx: Tx, ids: readonly string[]): Promise<readonly Person[]> {
  return await all(tx, sql<Person>`select ${personColumns} from directory_objects d where d.id = any(${[...ids]}::uuid[]) and d.deleted_at is null`);
}

/** Who is linked to a workload and lives. */
export async function listLinked(tx: Tx, sourceId: string, kind: LinkKind): Promise<readonly Person[]> {
  return await all(tx, sql<Person>`
    select ${personColumns} from directory_links l join directory_objects d on d.id = l.target_id
     where l.source_id = ${sourceId} and l.kind = ${kind} and d.deleted_at is null`);
}

/** Adds links; those that exist stay. */
export async function addLinks(tx: Tx, kind: LinkKind, link: { readonly sourceId: string; readonly targetIds: readonly string[] }): Promise<void> {
  await sql`insert into directory_links (source_id, kind, target_id)
    select ${link.sourceId}, ${kind}, t from unnest(${[...link.targetIds]}::uuid[]) as t on conflict do nothing`.execute(tx);
}

/** Removes a link; true when there was one. */
export async function removeLink(tx: Tx, kind: LinkKind, link: { readonly sourceId: string; readonly targetId: string }): Promise<boolean> {
  const removed = await all(tx, sql`delete from directory_links where source_id = ${link.sourceId} and kind = ${kind} and target_id = ${link.targetId} returning target_id`);
  return removed.length > 0;
}
