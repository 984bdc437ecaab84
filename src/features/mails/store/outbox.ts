/** Mails in the database: writing them, taking those that are due, and what came of them. */
import { sql } from 'kysely';
import type { Executor, Tx } from '../../../platform/db/database.ts';
import { all, maybe, one } from '../../../platform/db/transaction.ts';
import { newId } from '../../../platform/ids.ts';
import { mailLife, type MailState } from '../machine.ts';
import type { Item, MailKind, Message, Said } from '../model.ts';

/** Writes mails for those who can be reached. What somebody has been told already is passed over. */
export async function queueMails(tx: Tx, messages: readonly Message[], now: Date): Promise<void> {
  if (messages.length === 0) return;
  const rows = messages.map(({ said, item, ...message }) => ({ ...message, id: newId(), said: { ...said, item } }));
  await sql`
    insert into mails (id, key, recipient_id, kind, thread_id, stage_id, assignment_id, said, state, due_at, created_at, changed_at)
    select m.id, m.key, m."recipientId", m.kind, m."threadId", m."stageId", m."assignmentId", m.said, ${mailLife.initial}, ${now}, ${now}, ${now}
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as m (id uuid, key text, "recipientId" uuid, kind text, "threadId" uuid, "stageId" uuid, "assignmentId" uuid, said jsonb)
     where mail_address_of(m."recipientId") is not null
        on conflict (key, recipient_id) do nothing`.execute(tx);
}

/** A mail that this process sends now. */
export interface ClaimedMail {
  readonly id: string;
  readonly kind: MailKind;
  readonly recipientId: string;
  readonly threadId: string;
  /** Which try this is, from 1. */
  readonly attempt: number;
  readonly createdAt: Date;
  readonly said: Said & { readonly item: Item };
  /** Where it goes now; null: nowhere. */
  readonly address: string | null;
  readonly stage: { readonly status: string; readonly isDecider: boolean; readonly wasAsked: boolean } | null;
  /** Requests to decide that were sent to the reader within the hour before, for the same package and identity. */
  readonly earlierAsks: number;
  /** End of the assignment while it lives, as ISO text or `never`; null: it does not. */
  readonly endsAt: string | null;
}

/** Takes mails that are due, and leaves them to others again at `until`: a process that dies meanwhile has not lost them. */
export async function claimMails(tx: Tx, { now, until, limit }: { readonly now: Date; readonly until: Date; readonly limit: number }): Promise<readonly ClaimedMail[]> {
  return await all(tx, sql<ClaimedMail>`
    with due as (select id from mails where state = ${sql.lit(mailLife.initial)} and due_at <= ${now} order by due_at limit ${limit} for update skip locked),
    claimed as (update mails m set attempts = m.attempts + 1, due_at = ${until} from due where m.id = due.id returning m.*)
    select c.id, c.kind, c.recipient_id as "recipientId", c.thread_id as "threadId", c.attempts as attempt, c.created_at as "createdAt", c.said, mail_address_of(c.recipient_id) as address,
           case when st.id is not null then jsonb_build_object('status', st.status,
             'isDecider', exists (select 1 from stage_deciders x where x.stage_id = st.id and x.principal_id = c.recipient_id),
             'wasAsked', exists (select 1 from mails o where o.stage_id = st.id and o.recipient_id = c.recipient_id and o.state = 'sent' and o.kind <> c.kind)) end as stage,
           case when c.kind = 'decisionNeeded' then (
             select count(*)::integer from assignment_requests q join assignment_requests e on e.target_id = q.target_id and e.access_package_id = q.access_package_id and e.id <> q.id and e.created_at > ${now}::timestamptz - interval '1 hour'
               join approval_stages es on es.request_id = e.id join mails o on o.stage_id = es.id and o.recipient_id = c.recipient_id and o.kind = c.kind and o.state = 'sent' where q.id = st.request_id) else 0 end as "earlierAsks",
           (select case when a.ends_at = 'infinity' then 'never' else to_jsonb(a.ends_at) #>> '{}' end from assignments a
             where a.id = c.assignment_id and a.state not in ('expired', 'deliveryFailed') and a.ends_at > ${now}) as "endsAt"
      from claimed c left join approval_stages st on st.id = c.stage_id order by c.created_at, c.id`);
}

/** What came of an attempt. `dueAt`: when it is tried again; `forgets`: what it says is not kept. */
export interface MailOutcome {
  readonly id: string;
  readonly attempt: number;
  readonly from: MailState;
  readonly to: MailState;
  readonly dueAt: Date | null;
  readonly lastError: string | null;
  readonly forgets: boolean;
}

/** Writes what came of an attempt, as long as the mail is still this attempt's. False: it is not. */
export async function settleMail(executor: Executor, { id, attempt, from, to, dueAt, lastError, forgets }: MailOutcome, now: Date): Promise<boolean> {
  const row = await maybe(executor, sql`
    update mails set state = ${to}, due_at = ${dueAt}, last_error = coalesce(${lastError}::text, last_error), said = case when ${forgets} then '{}'::jsonb else said end, changed_at = ${now}
     where id = ${id} and state = ${from} and attempts = ${attempt} returning id`);
  return row !== undefined;
}

/** When the next mail is due, from an index. */
export async function findNextMail(executor: Executor): Promise<Date | undefined> {
  const { at } = await one(executor, sql<{ at: Date | null }>`select min(due_at) as at from mails where state = ${sql.lit(mailLife.initial)}`);
  return at ?? undefined;
}

/** Deletes what is left of mails that were settled before a time. Nothing is told again by then: stages are over, steps forgotten. */
export async function deleteSettledMails(executor: Executor, before: Date): Promise<void> {
  await sql`delete from mails where state <> ${sql.lit(mailLife.initial)} and changed_at < ${before}`.execute(executor);
}
