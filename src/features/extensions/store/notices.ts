/** Assignments that reach a stage before their end, at which extensions are told. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { all } from '../../../platform/db/transaction.ts';
import { calloutLife } from '../machine.ts';
import type { CalloutStage } from '../model.ts';

/** Assignments that have reached a stage before their end; each locked by nobody else. */
export async function listNoticesReached(tx: Tx, query: { readonly now: Date; readonly limit: number; readonly except: readonly string[] }): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select id from assignments where state not in ('expired', 'deliveryFailed') and notice_at is not null and notice_at <= ${query.now} and id <> all(${query.except}::uuid[])
     order by notice_at limit ${query.limit} for update skip locked`);
  return rows.map(({ id }) => id);
}

/** Locks those of the assignments that have still reached a stage, and tells their ends. */
export async function lockNotices(tx: Tx, ids: readonly string[], now: Date): Promise<readonly { readonly id: string; readonly endsAt: Date }[]> {
  return await all(tx, sql<{ id: string; endsAt: Date }>`
    select id, ends_at as "endsAt" from assignments
     where id = any(${ids}::uuid[]) and state not in ('expired', 'deliveryFailed') and ends_at < 'infinity' and notice_at <= ${now} order by id for update`);
}

/** Writes that assignments have reached a stage, with the calls that their policies want of it; tells the ids of those. */
export async function writeNotices(tx: Tx, notices: readonly { readonly id: string; readonly stage: CalloutStage | null; readonly nextAt: Date | null }[], now: Date): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    with said as materialized (select * from jsonb_to_recordset(${JSON.stringify(notices)}::jsonb) as r (id uuid, stage text, "nextAt" timestamptz)),
    noticed as (update assignments a set notice_at = said."nextAt" from said where a.id = said.id returning a.id, a.policy_id, said.stage)
    insert into callouts (id, extension_id, stage, assignment_id, state, created_at, changed_at)
    select gen_random_uuid(), x.extension_id, x.stage, n.id, ${calloutLife.initial}, ${now}, ${now}
      from noticed n join policy_extensions x on x.policy_id = n.policy_id and x.stage = n.stage returning id`);
  return rows.map(({ id }) => id);
}
