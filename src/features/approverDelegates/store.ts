/** Delegations in the database. What is in force is read through the views of migrations/0029-substitutes.sql. */
import { sql } from 'kysely';
import { endText } from '../../kernel/schedule.ts';
import type { JsonRecord } from '../../kernel/json.ts';
import type { Tx } from '../../platform/db/database.ts';
import { maybe } from '../../platform/db/transaction.ts';
import type { DelegateObject, Delegation } from './model.ts';

/** What a delegation is to name; held, so that it does not go meanwhile. Undefined: nothing that lives. */
export async function holdDelegate(tx: Tx, id: string): Promise<DelegateObject | undefined> {
  return await maybe(tx, sql<DelegateObject>`
    select o.type, o.account_enabled as "isEnabled", o.display_name as "displayName", o.type = 'user' and o.account_enabled and not may_substitute(o.id) as "isGuestWithoutRights"
      from directory_objects o where o.id = ${id} and o.deleted_at is null for share of o`);
}

/** What a person has named until now, for the trail. */
export async function lockDelegation(tx: Tx, principalId: string): Promise<JsonRecord | undefined> {
  return await maybe(tx, sql<JsonRecord>`select delegate_kind as kind, delegate_id as "delegateId", schedule from approver_delegates where principal_id = ${principalId} for update`);
}

/** Writes whom a person names from now on. */
export async function writeDelegation(tx: Tx, principalId: string, { delegation, now }: { readonly delegation: Delegation; readonly now: Date }): Promise<void> {
  const { kind, delegateId, schedule, startsAt, endsAt } = delegation;
  await sql`
    insert into approver_delegates (principal_id, delegate_kind, delegate_id, schedule, starts_at, ends_at, modified_at)
    values (${principalId}, ${kind}, ${delegateId}, ${JSON.stringify(schedule)}, ${startsAt}, ${endText(endsAt)}, ${now})
        on conflict (principal_id) do update set delegate_kind = excluded.delegate_kind, delegate_id = excluded.delegate_id, schedule = excluded.schedule,
           starts_at = excluded.starts_at, ends_at = excluded.ends_at, modified_at = excluded.modified_at`.execute(tx);
}

/** Takes away whom a person has named. */
export async function deleteDelegation(tx: Tx, principalId: string): Promise<void> {
  await sql`delete from approver_delegates where principal_id = ${principalId}`.execute(tx);
}
