/** Role schedules and the requests for them in the database. */
import { sql } from 'kysely';
import type { Tx } from '../../platform/db/database.ts';
import { all, maybe } from '../../platform/db/transaction.ts';
import { endText, never, type End } from '../../kernel/schedule.ts';
import type { RoleKey, RoleScope } from '../roles/model.ts';
import { scopeOf } from '../roles/rules/scopes.ts';
import type { ScheduleRequestState } from './machine.ts';
import type { RoleSchedule, ScheduleKind, ScheduleWish, Window } from './model.ts';

interface ScheduleRow extends Omit<RoleSchedule, 'endsAt' | 'appScopeId' | keyof RoleScope> {
  readonly appScopeId: string | null;
  /** null: never. */
  readonly endsAt: Date | null;
}

const scheduleFrom = (row: ScheduleRow): RoleSchedule => ({ ...row, appScopeId: row.appScopeId ?? undefined, ...scopeOf(row.appScopeId), endsAt: row.endsAt ?? never });

const isOfKey = (key: RoleKey) => sql`provider = ${key.provider} and role_definition_id = ${key.roleDefinitionId} and app_scope_id is not distinct from ${key.appScopeId ?? null}`;

/** An activation that has begun and whose eligibility is over, or not the holder's any more: it gives nothing. */
const isLapsed = (now: Date) => sql`(activated_using_id is not null and starts_at <= ${now} and not activation_holds(activated_using_id, principal_id))`;

/** Schedules of a role and scope, in force or to come, of a principal and of the groups that it is in (for directory roles: those that are for roles). Locked until the transaction ends. */
export async function lockSchedules(tx: Tx, key: RoleKey, now: Date): Promise<readonly RoleSchedule[]> {
  const rows = await all(tx, sql<ScheduleRow>`
    select id, type as kind, assignment_type as "assignmentType", provider, principal_id as "principalId", role_definition_id as "roleDefinitionId", app_scope_id as "appScopeId",
           starts_at as "startsAt", nullif(ends_at, 'infinity') as "endsAt"
      from role_schedules
     where principal_id = any(${key.principalId}::uuid || group_ids_of(${key.principalId}::uuid)) and ${isOfKey(key)} and ended_at is null and ends_at > ${now} and not ${isLapsed(now)}
       and (principal_id = ${key.principalId} or provider <> 'directory' or (select g.data -> 'isAssignableToRole' = 'true' from directory_objects g where g.id = principal_id))
     order by id for update`);
  return rows.map(scheduleFrom);
}

/** The schedule of a kind that a principal was given and that ended last; undefined when none has. */
export async function findEndedSchedule(tx: Tx, key: RoleKey, { kind, now }: { readonly kind: ScheduleKind; readonly now: Date }): Promise<string | undefined> {
  const row = await maybe(tx, sql<{ id: string }>`
    select id from role_schedules where principal_id = ${key.principalId} and ${isOfKey(key)} and type = ${kind} and assignment_type = 'Assigned' and ends_at <= ${now}
     order by ends_at desc limit 1`);
  return row?.id;
}

/** Principal's and role's names, for the trail. */
export async function readNames(tx: Tx, key: RoleKey): Promise<{ readonly principalType: string | null; readonly principalName: string | null; readonly roleName: string | null }> {
  return await maybe(tx, sql<{ principalType: string | null; principalName: string | null; roleName: string | null }>`
    select o.type as "principalType", o.display_name as "principalName", d.display_name as "roleName"
      from (select ${key.principalId}::uuid as id) k left join directory_objects o on o.id = k.id left join role_definitions d on d.id = ${key.roleDefinitionId}`)
    ?? { principalType: null, principalName: null, roleName: null };
}

/** Writes a schedule. One that begins now is in force from this transaction on. Breaks `role_assignments_once` when there is one already. */
export async function insertSchedule(tx: Tx, schedule: RoleSchedule & { readonly activatedUsingId: string | undefined; readonly requestId: string }, now: Date): Promise<void> {
  const { startsAt } = schedule;
  await sql`insert into role_schedules (id, type, assignment_type, provider, principal_id, role_definition_id, app_scope_id, catalog_id, starts_at, ends_at, activated_using_id, created_using_id, created_at, modified_at)
    values (${schedule.id}, ${schedule.kind}, ${schedule.assignmentType}, ${schedule.provider}, ${schedule.principalId}, ${schedule.roleDefinitionId}, ${schedule.appScopeId ?? null},
      ${schedule.catalogId ?? null}, ${startsAt > now ? startsAt : sql`least(${startsAt}::timestamptz, now())`}, ${endText(schedule.endsAt)}::timestamptz, ${schedule.activatedUsingId ?? null}, ${schedule.requestId}, ${now}, ${now})`.execute(tx);
}

/** Gives a schedule another start and end; a request that waits for its start waits for the new one. Activations by an eligibility end with it at the latest. */
export async function changeSchedule(tx: Tx, { id, startsAt, endsAt }: Window & { readonly id: string }, now: Date): Promise<void> {
  const end: End = endsAt;
  await sql`update role_schedules set starts_at = ${startsAt > now ? startsAt : sql`least(${startsAt}::timestamptz, now())`}, ends_at = ${endText(end)}::timestamptz, modified_at = ${now} where id = ${id}`.execute(tx);
  await sql`update role_schedules set ends_at = least(ends_at, ${endText(end)}::timestamptz), modified_at = ${now}
     where activated_using_id = ${id} and ended_at is null and starts_at < ${endText(end)}::timestamptz`.execute(tx);
  await sql`update role_schedule_requests set starts_at = ${startsAt} where target_schedule_id = ${id} and completed_at is null and starts_at is not null`.execute(tx);
}

/** Takes away what a principal had activated and what lapsed before its time: it is in the way of another activation. */
export async function deleteLapsedActivations(tx: Tx, key: RoleKey, now: Date): Promise<void> {
  await sql`delete from role_schedules where principal_id = ${key.principalId} and ${isOfKey(key)} and ended_at is null and ${isLapsed(now)}`.execute(tx);
}

/** Takes schedules away, and what was activated by them; answers the ids of all that went. */
export async function deleteSchedules(tx: Tx, ids: readonly string[]): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`delete from role_schedules where activated_using_id = any(${ids}::uuid[]) or id = any(${ids}::uuid[]) returning id`);
  return rows.map(({ id }) => id);
}

/** A request as it is made. */
export interface NewScheduleRequest {
  readonly wish: ScheduleWish;
  readonly status: ScheduleRequestState;
  readonly targetScheduleId: string | undefined;
  readonly activatedUsingId: string | undefined;
  /** When it begins by itself; undefined when it does not wait for that. */
  readonly startsAt: Date | undefined;
  /** It is over with. */
  readonly isComplete: boolean;
  readonly createdBy: string;
  readonly now: Date;
}

/** Writes a request. Breaks `role_schedule_requests_asked_once` when administrators were asked the same and have not answered. */
export async function insertScheduleRequest(tx: Tx, { wish, now, ...given }: NewScheduleRequest): Promise<void> {
  await sql`insert into role_schedule_requests (id, type, provider, action, status, principal_id, role_definition_id, app_scope_id, catalog_id, justification, schedule_info, ticket_info,
      target_schedule_id, activated_using_id, starts_at, created_by, created_at, completed_at)
    values (${wish.id}, ${wish.kind}, ${wish.provider}, ${wish.action}, ${given.status}, ${wish.principalId}, ${wish.roleDefinitionId}, ${wish.appScopeId ?? null}, ${wish.catalogId ?? null},
      ${wish.justification ?? null}, ${wish.schedule === undefined ? null : JSON.stringify(wish.schedule)}::jsonb, ${wish.ticketInfo === undefined || wish.ticketInfo === null ? null : JSON.stringify(wish.ticketInfo)}::jsonb,
      ${given.targetScheduleId ?? null}, ${given.activatedUsingId ?? null}, ${given.startsAt ?? null}, ${given.createdBy}, ${now}, ${given.isComplete ? now : null})`.execute(tx);
}

/** A request that can still change. */
export interface OpenScheduleRequest extends RoleKey {
  readonly id: string;
  readonly kind: ScheduleKind;
  readonly status: ScheduleRequestState;
  readonly createdBy: string;
  readonly targetScheduleId: string | null;
  readonly startsAt: Date | null;
}

const openColumns = sql`id, type as kind, status, provider, principal_id as "principalId", role_definition_id as "roleDefinitionId", app_scope_id as "appScopeId",
  created_by as "createdBy", target_schedule_id as "targetScheduleId", starts_at as "startsAt"`;

type OpenRow = Omit<OpenScheduleRequest, 'appScopeId' | keyof RoleScope> & { readonly appScopeId: string | null };
const openFrom = (row: OpenRow): OpenScheduleRequest => ({ ...row, appScopeId: row.appScopeId ?? undefined, ...scopeOf(row.appScopeId) });

/** One request, locked. */
export async function lockScheduleRequest(tx: Tx, id: string): Promise<OpenScheduleRequest | undefined> {
  const row = await maybe(tx, sql<OpenRow>`select ${openColumns} from role_schedule_requests where id = ${id} for update`);
  return row === undefined ? undefined : openFrom(row);
}

/** Requests that wait on some schedules, for their start or for an answer; locked. */
export async function lockRequestsWaitingOn(tx: Tx, scheduleIds: readonly string[]): Promise<readonly OpenScheduleRequest[]> {
  const rows = await all(tx, sql<OpenRow>`select ${openColumns} from role_schedule_requests where target_schedule_id = any(${scheduleIds}::uuid[]) and completed_at is null order by id for update`);
  return rows.map(openFrom);
}

/** The question to administrators about a principal's role that nobody has answered; locked. */
export async function lockOpenQuestion(tx: Tx, key: RoleKey, kind: ScheduleKind): Promise<OpenScheduleRequest | undefined> {
  const row = await maybe(tx, sql<OpenRow>`select ${openColumns} from role_schedule_requests
     where principal_id = ${key.principalId} and ${isOfKey(key)} and type = ${kind} and completed_at is null and starts_at is null for update`);
  return row === undefined ? undefined : openFrom(row);
}

/** Moves a request from one status to a final one; false when it is not there any more. */
export async function completeRequest(tx: Tx, move: { readonly id: string; readonly from: ScheduleRequestState; readonly to: ScheduleRequestState }, at: Date): Promise<boolean> {
  const row = await maybe(tx, sql`update role_schedule_requests set status = ${move.to}, completed_at = ${at} where id = ${move.id} and status = ${move.from} returning id`);
  return row !== undefined;
}

/** Requests whose start has come, earliest first; each locked by nobody else. `except`: known to fail. */
export async function listScheduleStartsReached(tx: Tx, query: { readonly now: Date; readonly limit: number; readonly except: readonly string[] }): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select id from role_schedule_requests where status in ('PendingProvisioning', 'Granted') and starts_at <= ${query.now} and id <> all(${query.except}::uuid[])
     order by starts_at limit ${query.limit} for update skip locked`);
  return rows.map(({ id }) => id);
}
