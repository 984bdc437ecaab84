/**
 * Assignments and the grants behind them. A grant lives as long as the last assignment that gives it, or for ever when it was
 * made by hand: its end is always counted from what is behind it.
 */
import { sql, type RawBuilder } from 'kysely';
import type { Executor, Tx } from '../../../platform/db/database.ts';
import { all, maybe, one } from '../../../platform/db/transaction.ts';
import { newId } from '../../../platform/ids.ts';
import { calloutLife } from '../../extensions/machine.ts';
import type { AssignmentState } from '../../assignments/machine.ts';
import type { AssignmentMove, AssignmentPassage } from '../../assignments/rules.ts';
import { graceStatus } from '../../automaticAssignments/model.ts';
import type { GrantKind } from '../rules/holding.ts';

/** What an assignment that lives on shows: while its time of grace runs, that. */
const statusInGrace = (shown: RawBuilder<unknown>, next: RawBuilder<unknown>): RawBuilder<unknown> => sql`case when ${shown} = ${graceStatus}::text then ${shown} else ${next} end`;

/** A role to be written. */
export interface DeliveredRole {
  readonly kind: GrantKind;
  readonly resourceId: string;
  readonly permissionId: string;
}

/** An assignment with what it gives. `endsAt` is an ISO instant or `infinity`. */
export interface Delivery {
  readonly assignmentId: string;
  readonly accessPackageId: string;
  readonly policyId: string;
  readonly targetId: string;
  /** One that is not new is written only while it is in the state that its passage came from. */
  readonly isNew: boolean;
  readonly passage: AssignmentPassage;
  readonly startsAt: Date;
  readonly endsAt: string;
  readonly roles: readonly DeliveredRole[];
}

/**
 * Parts of a `with` that write an assignment, its grants and what is behind them; for `undefined` they write nothing, in the
 * same words, so that the statement is prepared once. Grants are taken in one order everywhere: two deliveries never wait for each other in a ring.
 */
export function deliveryParts(delivery: Delivery | undefined, now: Date): RawBuilder<unknown> {
  const roles = (delivery?.roles ?? []).map((role) => ({ id: newId(), kind: role.kind, resource_id: role.resourceId, permission_id: role.permissionId }));
  // The parameters are behind a fence: a null in them must not make the planner plan anew each time.
  return sql`given as materialized (
      select ${delivery?.assignmentId ?? null}::uuid as id, ${delivery?.accessPackageId ?? null}::uuid as package_id, ${delivery?.policyId ?? null}::uuid as policy_id,
             ${delivery?.targetId ?? null}::uuid as target_id, ${delivery === undefined || delivery.isNew ? null : delivery.passage.was}::text as was,
             ${delivery?.passage.state ?? null}::text as state, ${delivery?.passage.status ?? null}::text as status, ${delivery?.startsAt ?? null}::timestamptz as starts_at,
             ${delivery?.endsAt ?? null}::timestamptz as ends_at, ${now}::timestamptz as at, ${JSON.stringify(roles)}::jsonb as roles),
    assigned as (
      insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at, ends_at, created_at)
      select id, package_id, policy_id, target_id, state, status, starts_at, ends_at, at
        from given where id is not null
          on conflict (id) do update set state = excluded.state, status = ${statusInGrace(sql`assignments.status`, sql`excluded.status`)} where assignments.state = (select was from given)
      returning id),
    granted as (
      insert into grants (id, kind, principal_id, resource_id, permission_id, manual, ends_at, created_at)
      select w.id, w.kind, given.target_id, w.resource_id, w.permission_id, false, given.ends_at, given.at
        from given join assigned on assigned.id = given.id cross join lateral jsonb_to_recordset(given.roles) as w (id uuid, kind text, resource_id uuid, permission_id uuid)
       order by w.kind, w.resource_id, w.permission_id
          on conflict (kind, principal_id, resource_id, permission_id, subject_id)
          do update set ends_at = greatest(grants.ends_at, excluded.ends_at)
      returning id),
    sourced as (insert into grant_sources (grant_id, assignment_id) select granted.id, given.id from granted cross join given on conflict do nothing)`;
}

/** After {@link deliveryParts}: whether everything was written. False: the assignment has moved on, and nothing may be kept. */
export const isDelivered = sql`(exists (select 1 from assigned) or not exists (select 1 from given where id is not null))`;

/** A step as `transitions` keeps it. */
export interface StepRow {
  readonly noun: string;
  readonly subject: string;
  readonly from: string | null;
  readonly to: string;
  readonly event: string;
}

/** The steps of an assignment as rows of its history. */
export const assignmentSteps = (id: string, moves: readonly AssignmentMove[]): readonly StepRow[] => moves.map((move) => ({ noun: 'accessPackageAssignment', subject: id, ...move }));

/** Who makes a step, when, and for which request. */
export interface StepOrigin {
  readonly actorId: string | null;
  readonly requestId: string | null;
  readonly at: Date;
}

/** `insert into transitions …` for a part of a `with`. */
export const stepsInsert = (steps: readonly StepRow[], { actorId, requestId, at }: StepOrigin): RawBuilder<unknown> => sql`
  insert into transitions (noun, subject_id, from_state, to_state, event, actor_id, request_id, at)
  select t.noun, t.subject, t."from", t."to", t.event, ${actorId}::uuid, ${requestId}::uuid, ${at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(steps)}::jsonb) as t (noun text, subject uuid, "from" text, "to" text, event text)`;

/** Writes a delivery and its history, in one statement. False: the assignment has moved on, and nothing may be kept. */
export async function writeDelivery(tx: Tx, delivery: Delivery, origin: StepOrigin): Promise<boolean> {
  const { written } = await one(tx, sql<{ written: boolean }>`
    with ${deliveryParts(delivery, origin.at)},
    stepped as (${stepsInsert(assignmentSteps(delivery.assignmentId, delivery.passage.moves), origin)})
    select ${isDelivered} as written`);
  return written;
}

/** A locked assignment. */
export interface LockedAssignment {
  readonly id: string;
  readonly state: AssignmentState;
  readonly targetId: string;
  readonly accessPackageId: string;
  readonly packageName: string;
}

/** Locks those of the assignments that live, in the order of their ids. */
export async function lockAssignments(tx: Tx, ids: readonly string[]): Promise<readonly LockedAssignment[]> {
  return await all(tx, sql<LockedAssignment>`
    select a.id, a.state, a.target_id as "targetId", a.access_package_id as "accessPackageId", p.display_name as "packageName"
      from assignments a join access_packages p on p.id = a.access_package_id
     where a.id = any(${ids}::uuid[]) and a.state not in ('expired', 'deliveryFailed') order by a.id for update of a`);
}

/** An assignment and the steps that it takes. */
export interface MovedAssignment {
  readonly id: string;
  readonly passage: AssignmentPassage;
}

/**
 * Marks assignments as ended, with their history, and calls the extensions that are told of it. `status`: Graph's finer word, where it is not the state's own.
 * False: one of them has moved on, and nothing may be kept.
 */
export async function markEnded(tx: Tx, ended: readonly MovedAssignment[], { status, ...origin }: StepOrigin & { readonly status: string | undefined }): Promise<boolean> {
  const rows = ended.map(({ id, passage }) => ({ id, was: passage.was, becomes: passage.state, status: status ?? passage.status }));
  const { n, called } = await one(tx, sql<{ n: number; called: readonly string[] }>`
    with ended as (
      update assignments a set state = r.becomes, status = r.status, expired_at = ${origin.at}, ends_at = least(a.ends_at, ${origin.at}::timestamptz)
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (id uuid, was text, becomes text, status text)
       where a.id = r.id and a.state = r.was returning a.id, a.policy_id),
    called as (
      insert into callouts (id, extension_id, stage, assignment_id, state, created_at, changed_at)
      select gen_random_uuid(), x.extension_id, x.stage, ended.id, ${calloutLife.initial}, ${origin.at}, ${origin.at}
        from ended join policy_extensions x on x.policy_id = ended.policy_id and x.stage = 'assignmentRequestRemoved' returning id),
    stepped as (${stepsInsert(ended.flatMap(({ id, passage }) => assignmentSteps(id, passage.moves)), origin)})
    select (select count(*)::integer from ended) as n, array(select id from called) as called`);
  // Calls of custom extensions: what they say is read when everything of the step is written.
  if (called.length > 0) await sql`select queue_callouts(${called}::uuid[], ${origin.at}), pg_notify('gatehouse_due', '')`.execute(tx);
  return n === ended.length;
}

/** Locks the grants behind assignments, in the one order, and tells their ids. */
export async function lockGrantsBehind(tx: Tx, assignmentIds: readonly string[]): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select g.id from grants g
     where exists (select 1 from grant_sources s where s.grant_id = g.id and s.assignment_id = any(${assignmentIds}::uuid[]))
     order by g.kind, g.principal_id, g.resource_id, g.permission_id for update of g`);
  return rows.map(({ id }) => id);
}

/** Counts the ends of locked grants again from the assignments that live, and removes grants with nothing behind them. */
export async function settleGrants(tx: Tx, grantIds: readonly string[]): Promise<void> {
  if (grantIds.length === 0) return;
  await sql`
    with touched as (
      select t.id, (select max(a.ends_at) from grant_sources s join assignments a on a.id = s.assignment_id
                     where s.grant_id = t.id and a.state not in ('expired', 'deliveryFailed')) as ends_at
        from unnest(${grantIds}::uuid[]) as t (id)),
    unsourced as (
      delete from grant_sources s using assignments a
       where s.grant_id = any(${grantIds}::uuid[]) and a.id = s.assignment_id and a.state in ('expired', 'deliveryFailed')),
    removed as (delete from grants g using touched t where g.id = t.id and not g.manual and t.ends_at is null)
    update grants g set ends_at = case when g.manual then 'infinity' else t.ends_at end
      from touched t where g.id = t.id and (g.manual or t.ends_at is not null)`.execute(tx);
}

/** Moves the end of an assignment, with its history. `endsAt` is an ISO instant or `infinity`. False: it has moved on, and nothing may be kept. */
export async function moveEnd(tx: Tx, { id, passage, endsAt }: MovedAssignment & { readonly endsAt: string }, origin: StepOrigin): Promise<boolean> {
  const row = await maybe(tx, sql`
    with moved as (
      update assignments set state = ${passage.state}, status = ${statusInGrace(sql`status`, sql`${passage.status}::text`)}, ends_at = ${endsAt}::timestamptz, is_extended = is_extended or ${endsAt}::timestamptz > ends_at
       where id = ${id} and state = ${passage.was} returning id),
    stepped as (${stepsInsert(assignmentSteps(id, passage.moves), origin)})
    select id from moved`);
  return row !== undefined;
}

/** Takes away what the package of these locked assignments no longer gives; tells the grants that are to be counted again. */
export async function dropForeignSources(tx: Tx, accessPackageId: string): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    delete from grant_sources s using assignments a, grants g
     where a.access_package_id = ${accessPackageId} and a.state not in ('expired', 'deliveryFailed') and s.assignment_id = a.id and g.id = s.grant_id
       and not exists (select 1 from package_roles r where r.access_package_id = a.access_package_id
         and r.grant_kind = g.kind and r.directory_object_id = g.resource_id and r.permission_id = g.permission_id)
    returning s.grant_id as id`);
  return rows.map(({ id }) => id);
}

/** Ids of a package's live assignments. Waits for deliveries of the package that are under way. */
export async function listLiveAssignmentsOf(tx: Tx, accessPackageId: string): Promise<readonly string[]> {
  await one(tx, sql`select id from access_packages where id = ${accessPackageId} for no key update`);
  const rows = await all(tx, sql<{ id: string }>`select id from assignments where access_package_id = ${accessPackageId} and state not in ('expired', 'deliveryFailed') order by id`);
  return rows.map(({ id }) => id);
}

/** Instants at which access changes by itself within a minute: the sweeper of every process is told. */
export async function announceDue(executor: Executor, due: Date | undefined, now: Date): Promise<void> {
  if (due === undefined || due.getTime() - now.getTime() > 60_000) return;
  await sql`select pg_notify('gatehouse_due', ${due.toISOString()})`.execute(executor);
}
