/** Deliveries that did not succeed, in the database: which there are, since when, and when they are tried again. */
import { sql } from 'kysely';
import type { Reason } from '../../../kernel/problem.ts';
import type { Tx } from '../../../platform/db/database.ts';
import { all, maybe } from '../../../platform/db/transaction.ts';
import { col } from '../../../platform/graph/declare.ts';
import type { Alias, Sql } from '../../../platform/graph/model.ts';

/** What a delivery was for: an assignment of which something is missing, or a request of which nothing could be delivered. */
export type DeliverySubject = { readonly assignmentId: string } | { readonly requestId: string };

const idOf = (subject: DeliverySubject): string => ('assignmentId' in subject ? subject.assignmentId : subject.requestId);

/** A failed attempt as it is kept. */
export interface KeptAttempt {
  readonly attempts: number;
  readonly firstAt: Date;
}

/** Earlier attempts, locked; undefined: there were none. */
export async function findAttempts(tx: Tx, subject: DeliverySubject): Promise<KeptAttempt | undefined> {
  return await maybe(tx, sql<KeptAttempt>`select attempts, first_at as "firstAt" from failing_deliveries where id = ${idOf(subject)} for update`);
}

/** Writes down the last attempt and when the next one comes. */
export async function keepAttempt(tx: Tx, subject: DeliverySubject, kept: KeptAttempt & { readonly failures: readonly Reason[]; readonly at: Date; readonly nextAt: Date | undefined }): Promise<void> {
  await sql`
    insert into failing_deliveries (id, assignment_id, request_id, attempts, failure, first_at, failed_at, next_at)
    values (${idOf(subject)}, ${'assignmentId' in subject ? subject.assignmentId : null}, ${'requestId' in subject ? subject.requestId : null}, ${kept.attempts},
      ${JSON.stringify(kept.failures)}, ${kept.firstAt}, ${kept.at}, ${kept.nextAt ?? null})
        on conflict (id) do update set attempts = excluded.attempts, failure = excluded.failure, failed_at = excluded.failed_at, next_at = excluded.next_at`.execute(tx);
}

/** Nothing is missing any more, or nobody waits for it. */
export async function forgetAttempts(tx: Tx, ids: readonly string[]): Promise<void> {
  await sql`delete from failing_deliveries where id = any(${ids}::uuid[])`.execute(tx);
}

/** Deliveries that are to be tried again now, the longest overdue first; each locked by nobody else. `except`: known to fail. */
export async function listRetriesDue(tx: Tx, query: { readonly now: Date; readonly limit: number; readonly except: readonly string[] }): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select id from failing_deliveries where next_at <= ${query.now} and id <> all(${query.except}::uuid[]) order by next_at limit ${query.limit} for update skip locked`);
  return rows.map(({ id }) => id);
}

/** Whose delivery it is: an assignment's, with the request that it came of if that is incomplete too, or a request's. */
export interface Retry {
  readonly assignmentId: string | null;
  readonly requestId: string | null;
}

/** What a failing delivery belongs to; undefined when it is not failing any more. */
export async function findRetry(tx: Tx, id: string): Promise<Retry | undefined> {
  return await maybe(tx, sql<Retry>`
    select f.assignment_id as "assignmentId", coalesce(f.request_id, (
      select r.id from assignment_requests r where r.assignment_id = f.assignment_id and r.state = 'partiallyDelivered' and r.request_type in ('userAdd', 'adminAdd', 'systemAdd')
       order by r.created_at desc limit 1)) as "requestId"
      from failing_deliveries f where f.id = ${id}`);
}

/** How often a delivery was tried and when it is tried again, for whoever reads the row; null when nothing is missing. `ids`: under which it is kept. */
export const retryOf = (row: Alias, ...ids: readonly string[]): Sql => sql`(case when ${col(row, 'state')} in ('partiallyDelivered', 'deliveryFailed') then (
  select jsonb_build_object('attemptCount', f.attempts, 'lastAttemptDateTime', f.failed_at, 'nextAttemptDateTime', f.next_at, 'reasons', f.failure)
    from failing_deliveries f where f.id in (${sql.join(ids.map((id) => col(row, id)))})) end)`;
