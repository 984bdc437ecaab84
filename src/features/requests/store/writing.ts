/** Writing a request and everything that goes with it: state, history, stages, delivery and audit are one statement. */
import { sql, type RawBuilder } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import type { Schedule } from '../../../kernel/schedule.ts';
import type { Tx } from '../../../platform/db/database.ts';
import { all, one, Overtaken } from '../../../platform/db/transaction.ts';
import type { AuditEvent } from '../../audit/model.ts';
import { auditInsert, type AuditedWork } from '../../audit/store.ts';
import { stageLife } from '../../approvals/machine.ts';
import type { StageMove } from '../../approvals/rules.ts';
import { assignmentSteps, deliveryParts, isDelivered, stepsInsert, type Delivery, type StepRow } from '../../grants/store/delivery.ts';
import type { NewCallout } from '../../extensions/model.ts';
import { calloutsInsert } from '../../extensions/store/callouts.ts';
import { statusOf, waitingStatus, type Answer, type AskType, type RequestState } from '../model.ts';
import type { Deciders, StagePlan } from '../rules/approvers.ts';
import type { StageTimes } from '../rules/stage-times.ts';
import type { Move } from '../rules/passage.ts';

/** Work in a transaction, of a caller or of the server itself. */
export type RequestWork = AuditedWork & { readonly tx: Tx };

/** Work of somebody who asks. */
export type AskingWork = RequestWork & { readonly caller: Caller };

/** A stage that opens with this step. */
export interface Opening {
  readonly stageId: string;
  readonly move: StageMove;
  readonly deciders: Deciders;
  /** How many of them must be left when they are asked. */
  readonly needed: number;
  readonly times: StageTimes;
}

/** What one step writes, besides the request's own row. */
export interface StepWriting {
  readonly requestId: string;
  readonly moves: readonly Move[];
  readonly state: RequestState;
  /** Named start, while the request waits for it. */
  readonly startsAt: Date | undefined;
  readonly completedAt: Date | undefined;
  readonly assignmentId: string | undefined;
  readonly failure: unknown;
  readonly delivery: Delivery | undefined;
  readonly opening: Opening | undefined;
  /** Calls of extensions that the step causes. */
  readonly callouts: readonly NewCallout[];
  /** The one of them that the request waits for. */
  readonly waiting: { readonly id: string; readonly until: Date } | undefined;
  readonly events: readonly AuditEvent[];
}

/** A new request. */
export interface NewRequest extends StepWriting {
  readonly type: AskType;
  /** Null: the server made it by itself. */
  readonly requestorId: string | null;
  readonly targetId: string;
  readonly accessPackageId: string;
  readonly policyId: string;
  readonly justification: string | null;
  readonly answers: readonly Answer[];
  readonly schedule: Schedule;
  readonly stages: readonly (StagePlan & { readonly id: string })[];
}

/** The decision of a stage, guarded: it is written only while the stage is open. */
export interface StageDecision {
  readonly stageId: string;
  readonly move: StageMove;
  readonly reviewResult: 'NotReviewed' | 'Approve' | 'Deny';
  readonly reviewedBy: string | null;
  /** The approver in whose place a substitute decided it. */
  readonly decidedFor: string | null;
  readonly justification: string | null;
}

/** Graph's finer word for where a request is. */
export const statusFor = ({ state, waiting }: Pick<StepWriting, 'state' | 'waiting'>): string => (waiting === undefined ? statusOf[state] : waitingStatus);

/** Writes a new request. Fails on `assignment_requests_one_open` or `assignments_one_live` when another was quicker, and as overtaken when all who were to decide have just gone. */
export async function insertRequest(work: RequestWork, made: NewRequest): Promise<void> {
  const opens = (stage: { readonly id: string }): Opening | undefined => (made.opening?.stageId === stage.id ? made.opening : undefined);
  const stages = made.stages.map((stage) => ({
    id: stage.id, position: stage.position, lasts: stage.lasts, why: stage.isJustificationRequired, required: stage.requiredApprovals, settings: stage.settings,
    status: opens(stage)?.move.to ?? stageLife.initial, ...timesRow(opens(stage), work.now),
  }));
  const { isAsked } = await one(work.tx, sql<{ isAsked: boolean }>`
    with request as (
      insert into assignment_requests (id, request_type, state, status, requestor_id, target_id, access_package_id, policy_id, assignment_id,
        justification, answers, schedule, starts_at, failure, waits_for, waits_until, created_at, completed_at)
      values (${made.requestId}, ${made.type}, ${made.state}, ${statusFor(made)}, ${made.requestorId}, ${made.targetId}, ${made.accessPackageId}, ${made.policyId},
        ${made.assignmentId ?? null}, ${made.justification}, ${JSON.stringify(made.answers)}, ${JSON.stringify(made.schedule)}, ${made.startsAt ?? null},
        ${made.failure === undefined ? null : JSON.stringify(made.failure)}, ${made.waiting?.id ?? null}, ${made.waiting?.until ?? null}, ${work.now}, ${made.completedAt ?? null})),
    staged as (
      insert into approval_stages (id, request_id, position, status, is_justification_required, required_approvals, lasts, opened_at, due_at, escalates_at, remind_at, recheck_at, settings)
      select s.id, ${made.requestId}::uuid, s.position, s.status, s.why, s.required, s.lasts, s.opened_at, s.due_at, s.escalates_at, s.remind_at, s.recheck_at, s.settings
        from jsonb_to_recordset(${JSON.stringify(stages)}::jsonb) as s (id uuid, position integer, status text, why boolean, required integer, lasts interval, opened_at timestamptz, due_at timestamptz,
          escalates_at timestamptz, remind_at timestamptz, recheck_at timestamptz, settings jsonb)),
    ${approverParts(sql`${made.opening?.stageId ?? null}::uuid`, made.opening?.deciders)},
    ${deliveryParts(made.delivery, work.now)},
    called as (${calloutsInsert(made.callouts, { requestId: made.requestId, at: work.now })}),
    ${historyParts(work, made, stageSteps(made.opening))}
    select (select count(*) from living) >= ${made.opening?.needed ?? 0} as "isAsked"`);
  if (!isAsked) throw new Overtaken('Some who were to decide have just gone');
}

/** Times of a stage as they are written: none while it has not opened. */
const timesRow = (opening: Opening | undefined, now: Date) => ({
  opened_at: opening === undefined ? null : now, due_at: opening?.times.dueAt ?? null, escalates_at: opening?.times.escalatesAt ?? null,
  remind_at: opening?.times.remindAt ?? null, recheck_at: opening?.times.recheckAt ?? null,
});

/** Moves a request that was found in `from`, and its stage if one was decided. False: somebody else was quicker, and nothing may be kept. */
export async function advanceRequest(work: RequestWork, written: StepWriting & { readonly from: RequestState; readonly closings: readonly StageMove[] }, decision?: StageDecision): Promise<boolean> {
  const { moved, isAsked } = await one(work.tx, sql<{ moved: boolean; isAsked: boolean }>`
    with said as materialized (
      select ${written.requestId}::uuid as id, ${written.from}::text as was, ${decision?.stageId ?? null}::uuid as stage_id, ${decision?.move.from ?? null}::text as stage_was, ${decision?.move.to ?? null}::text as status,
             ${decision?.reviewResult ?? null}::text as result, ${decision?.justification ?? null}::text as why, ${decision?.reviewedBy ?? null}::uuid as who, ${decision?.decidedFor ?? null}::uuid as decided_for,
             ${JSON.stringify(written.closings)}::jsonb as closings, ${written.opening?.stageId ?? null}::uuid as opens,
             ${written.opening?.move.from ?? null}::text as open_was, ${written.opening?.move.to ?? null}::text as open_becomes, ${JSON.stringify(timesRow(written.opening, work.now))}::jsonb as times,
             ${written.startsAt ?? null}::timestamptz as starts_at, ${written.completedAt ?? null}::timestamptz as completed_at,
             ${written.assignmentId ?? null}::uuid as assignment_id, ${written.failure === undefined ? null : JSON.stringify(written.failure)}::jsonb as failure,
             ${written.waiting?.id ?? null}::uuid as waits_for, ${written.waiting?.until ?? null}::timestamptz as waits_until, ${work.now}::timestamptz as at),
    decided as (
      update approval_stages s set status = said.status, review_result = said.result, justification = said.why, reviewed_by = said.who, decided_for = said.decided_for,
             reviewed_at = case when said.result = 'NotReviewed' then null else said.at end
        from said where s.id = said.stage_id and s.status = said.stage_was returning s.id),
    kept as (
      insert into stage_decisions (stage_id, principal_id, decided_for, result, justification, at)
      select decided.id, said.who, said.decided_for, said.result, said.why, said.at from decided cross join said where said.who is not null),
    moved as (
      update assignment_requests r set state = ${written.state}, status = ${statusFor(written)}, waits_for = said.waits_for, waits_until = said.waits_until, starts_at = said.starts_at, completed_at = said.completed_at,
             assignment_id = coalesce(said.assignment_id, r.assignment_id), failure = said.failure
        from said where r.id = said.id and r.state = said.was and (said.stage_id is null or exists (select 1 from decided)) returning r.id),
    closed as (
      update approval_stages s set status = c."to"
        from said cross join lateral jsonb_to_recordset(said.closings) as c ("from" text, "to" text, event text)
       where s.request_id = said.id and s.id is distinct from said.stage_id and s.status = c."from" returning s.id, c."from", c."to", c.event),
    opened as (
      update approval_stages s set status = said.open_becomes, opened_at = t.opened_at, due_at = t.due_at, escalates_at = t.escalates_at, remind_at = t.remind_at, recheck_at = t.recheck_at
        from said cross join lateral jsonb_to_record(said.times) as t (opened_at timestamptz, due_at timestamptz, escalates_at timestamptz, remind_at timestamptz, recheck_at timestamptz)
       where s.id = said.opens and s.status = said.open_was returning s.id),
    ${approverParts(sql`(select id from opened)`, written.opening?.deciders)},
    ${deliveryParts(written.delivery, work.now)},
    called as (${calloutsInsert(written.callouts, { requestId: written.requestId, at: work.now })}),
    ${historyParts(work, written, stageSteps(written.opening, decision))},
    closings_stepped as (
      insert into transitions (noun, subject_id, from_state, to_state, event, actor_id, request_id, at)
      select 'approvalStage', c.id, c."from", c."to", c.event, ${work.caller?.principalId ?? null}::uuid, said.id, said.at from closed c cross join said)
    select exists (select 1 from moved) and (said.opens is null or exists (select 1 from opened)) and ${isDelivered} as moved,
           (select count(*) from living) >= ${written.opening?.needed ?? 0} as "isAsked" from said`);
  if (moved && !isAsked) throw new Overtaken('Some who were to decide have just gone');
  return moved;
}

/** Parts of a `with` that ask those who decide. Each is held meanwhile: who has gone since they were chosen is left out, and nobody who is asked goes unseen. */
const approverParts = (stageId: RawBuilder<unknown>, deciders: Deciders = []): RawBuilder<unknown> => sql`
    chosen as materialized (select * from unnest(${deciders.map(({ id }) => id)}::uuid[], ${deciders.map(({ role }) => role)}::text[]) as c (id, role)),
    living as materialized (
      select o.id from directory_objects o where o.id = any(${deciders.map(({ id }) => id)}::uuid[]) and o.deleted_at is null and o.account_enabled order by o.id for share of o),
    asked as (
      insert into stage_approvers (stage_id, principal_id, role)
      select stage.id, living.id, chosen.role from (select ${stageId} as id offset 0) stage cross join living join chosen on chosen.id = living.id where stage.id is not null)`;

/** Transitions and audit. The request's id of the HTTP call ties both together. */
function historyParts(work: RequestWork, { requestId, moves, events, delivery }: StepWriting, ofStages: readonly StepRow[]): RawBuilder<unknown> {
  const steps = moves.map((move) => ({ noun: 'accessPackageAssignmentRequest', subject: requestId, from: move.from, to: move.to, event: move.event }));
  const given = delivery === undefined ? [] : assignmentSteps(delivery.assignmentId, delivery.passage.moves);
  const audits = events.map((event, index) => sql`${sql.raw(`audited_${index}`)} as (${auditInsert(work, event)})`);
  const origin = { actorId: work.caller?.principalId ?? null, requestId, at: work.now };
  return sql`${sql.join([sql`stepped as (${stepsInsert([...ofStages, ...steps, ...given], origin)})`, ...audits])}`;
}

const stageSteps = (opening: Opening | undefined, decision?: StageDecision): readonly StepRow[] => [decision, opening].flatMap((stage) => (
  stage === undefined ? [] : [{ noun: 'approvalStage', subject: stage.stageId, ...stage.move }]));

/** Deletes the records of finished requests; stages go with them. Answers how many there were. */
export async function deleteRequests(tx: Tx, ids: readonly string[]): Promise<number> {
  return (await all(tx, sql`delete from assignment_requests where id = any(${ids}::uuid[]) returning id`)).length;
}
