/** Who is asked to decide a stage, who has decided it, and what that depends on. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { all, maybe, one, Overtaken } from '../../../platform/db/transaction.ts';
import type { AuditEvent } from '../../audit/model.ts';
import { auditInsert } from '../../audit/store.ts';
import { stepsInsert } from '../../grants/store/delivery.ts';
import type { Deciders } from '../../requests/rules/approvers.ts';
import { catalogOwners } from '../../requests/store/open.ts';
import type { RequestWork } from '../../requests/store/writing.ts';
import type { SeatTaken, StageMove } from '../rules.ts';

/** Requests with an open stage that waits for one of these people. */
export async function listRequestsAwaiting(tx: Tx, principalIds: readonly string[]): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select distinct s.request_id as id from stage_approvers x join approval_stages s on s.id = x.stage_id
     where x.principal_id = any(${principalIds}::uuid[]) and s.status = 'InProgress' order by 1`);
  return rows.map(({ id }) => id);
}

/** The request of a stage that is open. */
export async function findRequestOfStage(tx: Tx, stageId: string): Promise<string | undefined> {
  return (await maybe(tx, sql<{ id: string }>`select request_id as id from approval_stages where id = ${stageId} and status = 'InProgress'`))?.id;
}

/** Who has decided a stage so far, and in whose place. */
export async function listSeatsTaken(tx: Tx, stageId: string): Promise<readonly SeatTaken[]> {
  return await all(tx, sql<SeatTaken>`select principal_id as "reviewedBy", decided_for as "decidedFor" from stage_decisions where stage_id = ${stageId}`);
}

/** Who of some people who are asked to decide a stage still belongs to those for whom it was asked, at this moment. */
export async function listStillAsked(tx: Tx, stageId: string, principalIds: readonly string[]): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select x.principal_id as id from stage_approvers x join approval_stages s on s.id = x.stage_id join assignment_requests r on r.id = s.request_id join access_packages k on k.id = r.access_package_id
     where x.stage_id = ${stageId} and x.principal_id = any(${principalIds}::uuid[])
       and case x.role when 'primary' then x.principal_id = any(deciders_of(s.settings -> 'primaryApprovers', r.requestor_id, r.target_id))
             when 'escalation' then x.principal_id = any(deciders_of(s.settings -> 'escalationApprovers', r.requestor_id, r.target_id)) or x.principal_id = any(deciders_of(s.settings -> 'fallbackEscalationApprovers', r.requestor_id, r.target_id))
             else x.principal_id = any(deciders_of(s.settings -> 'fallbackPrimaryApprovers', r.requestor_id, r.target_id)) or x.principal_id = any(coalesce(${catalogOwners}, '{}')) end`);
  return rows.map(({ id }) => id);
}

/** Who is to be asked from now on. */
export interface Reassignment {
  readonly stageId: string;
  readonly requestId: string;
  readonly move: StageMove;
  readonly deciders: Deciders;
}

/** Asks these people to decide an open stage, and nobody else. Each is held meanwhile; when one of them has just gone it fails as overtaken. */
export async function replaceApprovers(work: RequestWork, { stageId, requestId, move, deciders }: Reassignment): Promise<void> {
  const ids = deciders.map(({ id }) => id);
  const { n } = await one(work.tx, sql<{ n: number }>`
    with gone as (delete from stage_approvers where stage_id = ${stageId}::uuid and principal_id <> all(${ids}::uuid[])),
    living as materialized (
      select o.id from directory_objects o where o.id = any(${ids}::uuid[]) and o.deleted_at is null and o.account_enabled order by o.id for share of o),
    asked as (
      insert into stage_approvers (stage_id, principal_id, role)
      select ${stageId}::uuid, living.id, c.role from living join unnest(${ids}::uuid[], ${deciders.map(({ role }) => role)}::text[]) as c (id, role) on c.id = living.id
          on conflict (stage_id, principal_id) do update set role = excluded.role),
    moved as (update approval_stages set status = ${move.to} where id = ${stageId}),
    stepped as (${stepsInsert([{ noun: 'approvalStage', subject: stageId, ...move }], { actorId: work.caller?.principalId ?? null, requestId, at: work.now })})
    select count(*)::integer as n from living`);
  if (n < ids.length) throw new Overtaken('Some who were to decide have just gone');
}

/** One decision of a stage that stays open. */
export interface NewDecision {
  readonly stageId: string;
  readonly move: StageMove;
  readonly principalId: string;
  /** The approver in whose place a substitute decides. */
  readonly decidedFor: string | null;
  readonly result: 'Approve' | 'Deny';
  readonly justification: string | null;
}

/** Keeps one of several approvals with its step and its event. False: the stage has moved on, and nothing may be kept. */
export async function keepApproval(work: RequestWork, { decision, requestId, event }: { readonly decision: NewDecision; readonly requestId: string; readonly event: AuditEvent }): Promise<boolean> {
  const { stageId, move, principalId, decidedFor, result, justification } = decision;
  const { kept } = await one(work.tx, sql<{ kept: boolean }>`
    with moved as (update approval_stages set status = ${move.to} where id = ${stageId} and status = ${move.from} returning id),
    kept as (
      insert into stage_decisions (stage_id, principal_id, decided_for, result, justification, at)
      select id, ${principalId}::uuid, ${decidedFor}::uuid, ${result}::text, ${justification}::text, ${work.now}::timestamptz from moved returning stage_id),
    stepped as (${stepsInsert([{ noun: 'approvalStage', subject: stageId, ...move }], { actorId: principalId, requestId, at: work.now })}),
    audited as (${auditInsert(work, event)})
    select exists (select 1 from kept) as kept`);
  return kept;
}

/**
 * Keeps what decides who the approvers of an open stage are, so that changes of it are noted. Where something is new in it, who decides is
 * found out once more a minute later: changes that were on their way at this moment were not noted yet.
 */
export async function watchStage(tx: Tx, stageId: string, now: Date): Promise<void> {
  await sql`
    with wanted as materialized (
      select f.id from approval_stages s join assignment_requests r on r.id = s.request_id join access_packages k on k.id = r.access_package_id
       cross join lateral approver_sources_of(s.settings, r.requestor_id, r.target_id, k.catalog_id) as f (id) where s.id = ${stageId}),
    gone as (delete from stage_sources x where x.stage_id = ${stageId} and x.object_id not in (select id from wanted)),
    added as (insert into stage_sources (stage_id, object_id) select ${stageId}::uuid, id from wanted on conflict do nothing returning object_id)
    update approval_stages set is_watched = true, recheck_at = case when exists (select 1 from added) then ${now}::timestamptz + interval '1 minute' end where id = ${stageId}`.execute(tx);
}

/** Marks the open stages that have changed objects among their sources, and forgets the changes. In the order in which requests are locked. */
export async function markConcerned(tx: Tx, changeIds: readonly string[], now: Date): Promise<void> {
  await sql`
    with gone as (delete from approver_changes where id = any(${changeIds}::uuid[]) returning object_id),
    concerned as materialized (
      select s.id from approval_stages s where s.status = 'InProgress' and s.id in (select x.stage_id from gone join stage_sources x on x.object_id = gone.object_id)
       order by s.request_id for no key update of s)
    update approval_stages s set recheck_at = ${now} from concerned where s.id = concerned.id`.execute(tx);
}
