/** Calls of extensions in the database: writing them with the step that causes them, making them, and what came of them. */
import { sql } from 'kysely';
import type { JsonRecord } from '../../../kernel/json.ts';
import type { Executor, Tx } from '../../../platform/db/database.ts';
import { all, maybe, one } from '../../../platform/db/transaction.ts';
import type { Sql } from '../../../platform/graph/model.ts';
import { stepsInsert, type StepOrigin } from '../../grants/store/delivery.ts';
import { calloutLife, type CalloutEvent, type CalloutState } from '../machine.ts';
import type { CalloutStage, Extension, NewCallout } from '../model.ts';

/** `insert into callouts …` for a part of a `with`: what a step of a request causes. */
export function calloutsInsert(callouts: readonly NewCallout[], { requestId, at }: { readonly requestId: string | null; readonly at: Date }): Sql {
  const rows = callouts.map(({ id, stage, extensionId, assignmentId, waitsUntil }) => ({ id, stage, extension: extensionId, assignment: assignmentId, waits: waitsUntil !== null }));
  return sql`insert into callouts (id, extension_id, stage, request_id, assignment_id, state, waits, created_at, changed_at)
    select c.id, c.extension, c.stage, ${requestId}::uuid, c.assignment, ${calloutLife.initial}, c.waits, ${at}::timestamptz, ${at}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as c (id uuid, extension uuid, stage text, assignment uuid, waits boolean)`;
}

/** Puts written calls into the queue, with what is said in them, and wakes whoever makes them. After everything else of the step. */
export async function queueCallouts(tx: Tx, ids: readonly string[], now: Date): Promise<void> {
  if (ids.length === 0) return;
  await sql`select queue_callouts(${ids}::uuid[], ${now}), pg_notify('gatehouse_due', ${now.toISOString()})`.execute(tx);
}

/** One call as a step of its life needs it. */
export interface FoundCallout {
  readonly id: string;
  readonly stage: CalloutStage;
  readonly state: CalloutState;
  readonly waits: boolean;
  readonly requestId: string | null;
  readonly attempts: number;
}

const found = sql.raw('id, stage, state, waits, request_id as "requestId", attempts');

/** The call, locked; undefined when what it was about is gone. */
export async function lockCallout(tx: Tx, id: string): Promise<FoundCallout | undefined> {
  return await maybe(tx, sql<FoundCallout>`select ${found} from callouts where id = ${id} for update`);
}

/** What a step of a call writes besides its state. Undefined: stays as it is. */
export interface CalloutChange {
  readonly attempts?: number;
  readonly detail?: string | null;
  readonly correlationId?: string | undefined;
  readonly lastError?: string | null;
}

/** A step of a call. */
export interface CalloutStep {
  readonly id: string;
  readonly from: CalloutState;
  readonly to: CalloutState;
  readonly event: CalloutEvent;
  readonly change: CalloutChange;
}

/** Moves a locked call, with its history. False: it was not where it was thought to be. */
export async function moveCallout(tx: Tx, { id, from, to, event, change }: CalloutStep, origin: StepOrigin): Promise<boolean> {
  const row = await maybe(tx, sql`
    with moved as (
      update callouts set state = ${to}, changed_at = ${origin.at}, attempts = coalesce(${change.attempts ?? null}::integer, attempts), detail = coalesce(${change.detail ?? null}::text, detail),
             external_correlation_id = coalesce(${change.correlationId ?? null}::text, external_correlation_id), last_error = coalesce(${change.lastError ?? null}::text, last_error)
       where id = ${id} and state = ${from} returning id),
    stepped as (${stepsInsert([{ noun: calloutLife.name, subject: id, from, to, event }], origin)})
    select id from moved`);
  return row !== undefined;
}

/** A call that this process makes now. */
export interface ClaimedCall {
  readonly id: string;
  readonly payload: JsonRecord;
  /** Which try this is, from 1. */
  readonly attempt: number;
  /** A request waits to be resumed. */
  readonly waits: boolean;
  /** Null: the extension is gone. */
  readonly extension: Pick<Extension, 'id' | 'displayName' | 'endpoint' | 'authentication' | 'client' | 'callback'> | null;
}

/** Takes calls that are due, and leaves them to others again at `until`: a process that dies meanwhile has not lost them. */
export async function claimCalls(tx: Tx, { now, until, limit }: { readonly now: Date; readonly until: Date; readonly limit: number }): Promise<readonly ClaimedCall[]> {
  return await all(tx, sql<ClaimedCall>`
    with due as (select id from callout_queue where due_at <= ${now} order by due_at limit ${limit} for update skip locked),
    claimed as (update callout_queue q set attempt = q.attempt + 1, due_at = ${until} from due where q.id = due.id returning q.id, q.payload, q.attempt, q.extension_id)
    select claimed.id, claimed.payload, claimed.attempt, exists (select 1 from callouts c where c.id = claimed.id and c.waits) as waits, case when e.id is not null then jsonb_build_object('id', e.id, 'displayName', e.display_name, 'endpoint', e.endpoint_configuration,
             'authentication', e.authentication_configuration, 'client', e.client_configuration, 'callback', e.callback_configuration) end as extension
      from claimed left join custom_extensions e on e.id = claimed.extension_id order by claimed.id`);
}

/** When the next call is due, from an index. */
export async function findNextCall(executor: Executor): Promise<Date | undefined> {
  const { at } = await one(executor, sql<{ at: Date | null }>`select min(due_at) as at from callout_queue`);
  return at ?? undefined;
}

/** The place of a call in the queue, locked, as long as it is still this try's. */
export async function holdPlace(tx: Tx, id: string, attempt: number): Promise<boolean> {
  return (await maybe(tx, sql`select 1 from callout_queue where id = ${id} and attempt = ${attempt} for update`)) !== undefined;
}

/** Makes a call again at `dueAt`. */
export async function postponeCall(tx: Tx, id: string, dueAt: Date): Promise<void> {
  await sql`update callout_queue set due_at = ${dueAt} where id = ${id}`.execute(tx);
}

/** A call that is not made any more. */
export async function leaveQueue(tx: Tx, id: string): Promise<void> {
  await sql`delete from callout_queue where id = ${id}`.execute(tx);
}

/** Calls as Graph shows them (customExtensionCalloutInstance), the oldest first. `column` names whose: `request_id` or `assignment_id`. */
export const calloutInstancesOf = (column: 'request_id' | 'assignment_id', id: Sql): Sql => sql`(
  select coalesce(jsonb_agg(jsonb_build_object('id', co.id, 'customExtensionId', co.extension_id, 'detail', co.detail, 'externalCorrelationId', co.external_correlation_id,
           'status', case when co.state <> 'pending' then co.state when co.waits then 'waitingForCallback' end) order by co.created_at, co.id), '[]')
    from callouts co where co.${sql.ref(column)} = ${id})`;

/** The key that calls are signed with; made by whoever comes first. */
export async function keepSigningKey(executor: Executor, made: string): Promise<string> {
  await sql`insert into secrets (name, value) values ('callout-signing-key', ${made}) on conflict (name) do nothing`.execute(executor);
  return (await one(executor, sql<{ value: string }>`select value from secrets where name = 'callout-signing-key'`)).value;
}
