/** Stages whose time has come: which, and what is written of it. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { all, maybe } from '../../../platform/db/transaction.ts';
import { stepsInsert } from '../../grants/store/delivery.ts';
import type { Move } from '../../requests/rules/passage.ts';
import type { RequestWork } from '../../requests/store/writing.ts';
import type { StageMove } from '../rules.ts';

/** Columns that hold when something happens to an open stage. */
export type Timer = 'due_at' | 'escalates_at' | 'remind_at' | 'recheck_at';

interface DueQuery {
  readonly now: Date;
  readonly limit: number;
  readonly except: readonly string[];
}

/** Open stages one of whose times has come, earliest first; each locked by nobody else. A stage that is over is only denied. */
export const listStagesDue = (timer: Timer) => async (tx: Tx, query: DueQuery): Promise<readonly string[]> => {
  const at = sql.ref(timer);
  const rows = await all(tx, sql<{ id: string }>`
    select id from approval_stages where status = 'InProgress' and ${at} is not null and ${at} <= ${query.now} and ${timer === 'due_at' ? sql`true` : sql`due_at > ${query.now}`}
       and id <> all(${query.except}::uuid[]) order by ${at} limit ${query.limit} for update skip locked`);
  return rows.map(({ id }) => id);
};

/** Changes of what decides who approvers are; each locked by nobody else. */
export async function listApproverChanges(tx: Tx, query: DueQuery): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select id from approver_changes where id <> all(${query.except}::uuid[]) order by at limit ${query.limit} for update skip locked`);
  return rows.map(({ id }) => id);
}

/** The request of an open stage one of whose times has come; undefined when it is not open or not due. */
export async function findDueStage(tx: Tx, stageId: string, { now, timer }: { readonly now: Date; readonly timer: Timer }): Promise<{ readonly requestId: string } | undefined> {
  return await maybe(tx, sql<{ requestId: string }>`
    select request_id as "requestId" from approval_stages where id = ${stageId} and status = 'InProgress' and ${sql.ref(timer)} <= ${now}
       and ${timer === 'due_at' ? sql`true` : sql`due_at > ${now}`}`);
}

/** Writes that a stage has escalated; `moves` and `status` are its request's. */
export async function markEscalated(work: RequestWork, { stageId, requestId, status, moves }: { readonly stageId: string; readonly requestId: string; readonly status: string; readonly moves: readonly Move[] }): Promise<void> {
  const steps = moves.map((move) => ({ noun: 'accessPackageAssignmentRequest', subject: requestId, from: move.from, to: move.to, event: move.event }));
  await sql`
    with escalated as (update approval_stages set escalates_at = null, escalated_at = ${work.now} where id = ${stageId}),
    told as (update assignment_requests set status = ${status} where id = ${requestId})
    ${stepsInsert(steps, { actorId: null, requestId, at: work.now })}`.execute(work.tx);
}

/** Writes that approvers are reminded. The step in the history is what a mail is made of. */
export async function noteReminder(work: RequestWork, { stageId, requestId, move, next }: { readonly stageId: string; readonly requestId: string; readonly move: StageMove; readonly next: Date | null }): Promise<void> {
  await sql`
    with reminded as (update approval_stages set status = ${move.to}, remind_at = ${next} where id = ${stageId})
    ${stepsInsert([{ noun: 'approvalStage', subject: stageId, ...move }], { actorId: null, requestId, at: work.now })}`.execute(work.tx);
}
