/** One request that exists, locked, with what its next step needs. */
import { sql, type RawBuilder } from 'kysely';
import type { PrincipalKind } from '../../../kernel/caller.ts';
import type { JsonRecord } from '../../../kernel/json.ts';
import type { Schedule } from '../../../kernel/schedule.ts';
import type { Tx } from '../../../platform/db/database.ts';
import { all, maybe, one } from '../../../platform/db/transaction.ts';
import type { AllowedTargetScope } from '../../policies/model.ts';
import type { CalloutStage, StageExtension } from '../../extensions/model.ts';
import { stageExtensionsOf } from '../../extensions/store/extensions.ts';
import { entitlementRole } from '../../roles/model.ts';
import type { StageState } from '../../approvals/machine.ts';
import type { SeatTaken } from '../../approvals/rules.ts';
import type { AssignmentState } from '../../assignments/machine.ts';
import type { AskType, PackageRole, RequestState } from '../model.ts';
import type { Deciders } from '../rules/approvers.ts';
import { isStale, rolesOf } from './facts.ts';

/** A stage of the request, with who could decide it now and who was asked. */
export interface OpenStage {
  readonly id: string;
  readonly position: number;
  readonly status: StageState;
  readonly isJustificationRequired: boolean;
  /** How many different people must approve. */
  readonly requiredApprovals: number;
  /** As the policy said when the request was made. */
  readonly settings: JsonRecord;
  /** When it opened and when it is over, as ISO texts; null until it opens. */
  readonly openedAt: string | null;
  readonly dueAt: string | null;
  readonly isEscalated: boolean;
  /** What decides who its approvers are is kept: it may ask others than it did first. */
  readonly isWatched: boolean;
  /** Its approvers are named by an extension when it opens. */
  readonly isDynamic: boolean;
  readonly approverIds: readonly string[];
  /** Who may decide it in somebody's place now: only for the stage that is open. */
  readonly standIns: readonly StandIn[];
  /** Who has approved it so far. */
  readonly approvedBy: readonly Approver[];
  /** Who could decide it now: only for the stage that opens next. */
  readonly primary: readonly string[];
  readonly fallback: readonly string[];
}

/** A substitute, and the approver in whose place it may decide. */
export interface StandIn {
  readonly id: string;
  readonly approverId: string;
}

/** Somebody who approved a stage. */
export interface Approver {
  readonly id: string;
  readonly displayName: string | null;
}

/** The request as the next step needs it. */
export interface OpenRequest {
  readonly id: string;
  readonly type: AskType;
  readonly state: RequestState;
  readonly requestorId: string | null;
  readonly targetId: string;
  readonly targetKind: PrincipalKind;
  readonly targetName: string | null;
  readonly isTargetDeleted: boolean;
  readonly isTargetGuest: boolean;
  readonly accessPackageId: string;
  readonly packageName: string;
  readonly catalogId: string;
  readonly policyId: string;
  readonly policyScope: AllowedTargetScope;
  readonly policyExpiration: JsonRecord;
  readonly assignmentId: string | null;
  readonly schedule: Schedule;
  readonly justification: string | null;
  readonly completedAt: Date | null;
  readonly hasAnswers: boolean;
  /** The call of an extension that is waited for, at which stage, and until when. */
  readonly waitsFor: string | null;
  readonly waitsAt: CalloutStage | null;
  readonly waitsUntil: Date | null;
  /** What its policy calls now. */
  readonly extensions: readonly StageExtension[];
  readonly stages: readonly OpenStage[];
  /** People who could have made whoever asks ask: none when a person asks, or a workload for itself. */
  readonly peopleBehind: readonly string[];
  /** Owners of the catalog who are enabled persons and neither ask nor receive: decide when nobody else is left. */
  readonly catalogOwners: readonly string[];
  readonly roles: readonly PackageRole[];
  /** Packages or groups exclude the package. */
  readonly excludes: boolean;
  /** The assignment that lives by its row; `isOver`: not by the clock. `endsAt`: ISO instant or `infinity`. */
  readonly live: { readonly id: string; readonly state: AssignmentState; readonly endsAt: string; readonly startsAt: string; readonly isOver: boolean } | null;
}

/** Locks a request and reads what its next step needs. What is read beside the row may be older than the lock: writes are guarded, and roles are read again. */
export async function lockRequest(tx: Tx, id: string, now: Date): Promise<OpenRequest | undefined> {
  const found = await maybe(tx, sql<OpenRequest & { readonly isStale: boolean }>`
    select r.id, r.request_type as type, r.state, r.requestor_id as "requestorId", r.target_id as "targetId", o.type as "targetKind", o.display_name as "targetName",
           o.deleted_at is not null as "isTargetDeleted", coalesce(o.data ->> 'userType' = 'Guest', false) as "isTargetGuest", r.access_package_id as "accessPackageId", k.display_name as "packageName", k.catalog_id as "catalogId",
           r.policy_id as "policyId", p.allowed_target_scope as "policyScope", p.expiration as "policyExpiration", r.assignment_id as "assignmentId", r.schedule, r.justification, r.completed_at as "completedAt",
           r.answers <> '[]' as "hasAnswers", r.waits_for as "waitsFor", r.waits_until as "waitsUntil", (select c.stage from callouts c where c.id = r.waits_for) as "waitsAt",
           ${stageExtensionsOf(sql`r.policy_id`)} as extensions,
           (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'position', s.position, 'status', s.status, 'isJustificationRequired', s.is_justification_required, 'requiredApprovals', s.required_approvals, 'settings', s.settings,
               'openedAt', s.opened_at, 'dueAt', s.due_at, 'isEscalated', s.escalated_at is not null, 'isWatched', s.is_watched, 'isDynamic', ${isDynamic},
               'approverIds', (select coalesce(jsonb_agg(x.principal_id), '[]') from stage_approvers x where x.stage_id = s.id),
               'standIns', case when s.status = 'InProgress' then stand_ins_of(s.id) else '[]' end,
               'approvedBy', (select coalesce(jsonb_agg(jsonb_build_object('id', u.id, 'displayName', u.display_name) order by d.at, d.principal_id), '[]')
                  from stage_decisions d join directory_objects u on u.id = d.principal_id where d.stage_id = s.id and d.result = 'Approve'),
               'primary', case when s.is_next then deciders_of(s.settings -> 'primaryApprovers', r.requestor_id, r.target_id) else '{}' end,
               'fallback', case when s.is_next then deciders_of(s.settings -> 'fallbackPrimaryApprovers', r.requestor_id, r.target_id) else '{}' end) order by s.position), '[]')
              from (select a.*, a.status = 'Initializing' and not exists (select 1 from approval_stages b where b.request_id = a.request_id and b.status = 'Initializing' and b.position < a.position) as is_next
                      from approval_stages a where a.request_id = r.id) s) as stages,
           case when r.requestor_id is distinct from r.target_id then array(select people_behind(r.requestor_id, r.target_id)) else '{}' end as "peopleBehind",
           case when exists (select 1 from approval_stages s where s.request_id = r.id and s.status = 'Initializing') then ${catalogOwners} else '{}' end as "catalogOwners",
           (select jsonb_build_object('id', a.id, 'state', a.state, 'endsAt', a.ends_at, 'startsAt', a.starts_at, 'isOver', a.ends_at <= ${now}) from assignments a
             where a.target_id = r.target_id and a.access_package_id = r.access_package_id and a.state not in ('expired', 'deliveryFailed')) as live,
           exists (select 1 from incompatible_packages i where i.access_package_id = r.access_package_id) or exists (select 1 from incompatible_packages i where i.incompatible_id = r.access_package_id)
             or exists (select 1 from incompatible_groups i where i.access_package_id = r.access_package_id) as excludes,
           ${rolesOf(sql`r.access_package_id`)} as roles, ${isStale(sql`k`)} as "isStale"
      from assignment_requests r
      join access_packages k on k.id = r.access_package_id
      join assignment_policies p on p.id = r.policy_id
      join directory_objects o on o.id = r.target_id
     where r.id = ${id} for update of r for share of k, o`);
  return found?.isStale === true ? await lockRequest(tx, id, now) : found;
}

/** Whether an extension names the approvers of a stage `s`. */
const isDynamic = sql`coalesce(s.settings ->> '@odata.type' ilike '%accessPackageDynamicApprovalStage', false)`;

/** What a stage becomes once its approvers are named, before it opens. */
export async function fillStage(tx: Tx, id: string, { settings, lasts, isJustificationRequired }: { readonly settings: JsonRecord; readonly lasts: string; readonly isJustificationRequired: boolean }): Promise<void> {
  await sql`update approval_stages set settings = ${JSON.stringify(settings)}, lasts = ${lasts}::interval, is_justification_required = ${isJustificationRequired} where id = ${id} and status = 'Initializing'`.execute(tx);
}

/** Owners of the catalog who could decide. Over a request `r` and its package `k`. */
export const catalogOwners = sql`(
  select coalesce(array_agg(distinct u.id), '{}') from role_assignments m
   cross join lateral (select m.principal_id as id union all
     select g.principal_id from grants g where g.kind = 'member' and g.resource_id = m.principal_id and g.ends_at > now()) h
    join directory_objects u on u.id = h.id and u.type = 'user' and u.deleted_at is null and u.account_enabled
   where m.provider = 'entitlementManagement' and m.role_definition_id = ${entitlementRole.catalogOwner}::uuid
     and m.catalog_id = k.catalog_id and may_decide(u.id, r.requestor_id, r.target_id))`;

/** Persons who could decide an open stage now. */
export interface StageCandidates {
  readonly primary: readonly string[];
  readonly fallback: readonly string[];
  /** Empty until the stage has escalated. */
  readonly escalation: readonly string[];
  readonly fallbackEscalation: readonly string[];
  readonly catalogOwners: readonly string[];
  /** Approvals so far. */
  readonly approved: readonly SeatTaken[];
  /** Who is asked so far. */
  readonly asked: Deciders;
}

/** Candidates for an open stage of a locked request, as they are at this moment. `lost` are on their way out and are nobody already. */
export async function findCandidates(tx: Tx, stageId: string, { lost = [], isEscalated }: { readonly lost?: readonly string[]; readonly isEscalated: boolean }): Promise<StageCandidates> {
  const escalation = (list: string): RawBuilder<unknown> => (isEscalated ? sql`deciders_of(s.settings -> ${list}, r.requestor_id, r.target_id)` : sql`'{}'::uuid[]`);
  const found = await one(tx, sql<StageCandidates>`
    select deciders_of(s.settings -> 'primaryApprovers', r.requestor_id, r.target_id) as primary,
           deciders_of(s.settings -> 'fallbackPrimaryApprovers', r.requestor_id, r.target_id) as fallback,
           ${escalation('escalationApprovers')} as escalation, ${escalation('fallbackEscalationApprovers')} as "fallbackEscalation", ${catalogOwners} as "catalogOwners",
           (select coalesce(jsonb_agg(jsonb_build_object('reviewedBy', d.principal_id, 'decidedFor', d.decided_for)), '[]') from stage_decisions d where d.stage_id = s.id and d.result = 'Approve') as approved,
           (select coalesce(jsonb_agg(jsonb_build_object('id', x.principal_id, 'role', x.role)), '[]') from stage_approvers x where x.stage_id = s.id) as asked
      from approval_stages s join assignment_requests r on r.id = s.request_id join access_packages k on k.id = r.access_package_id where s.id = ${stageId}`);
  const without = (ids: readonly string[]): readonly string[] => ids.filter((id) => !lost.includes(id));
  return {
    ...found, primary: without(found.primary), fallback: without(found.fallback), escalation: without(found.escalation), fallbackEscalation: without(found.fallbackEscalation),
    catalogOwners: without(found.catalogOwners),
  };
}

/** Requests whose named start has been reached; each is locked by nobody else. */
export async function listStartsReached(tx: Tx, query: { readonly now: Date; readonly limit: number; readonly except: readonly string[] }): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select id from assignment_requests where state = 'scheduled' and starts_at <= ${query.now} and id <> all(${query.except}::uuid[])
     order by starts_at limit ${query.limit} for update skip locked`);
  return rows.map(({ id }) => id);
}

/** Requests that nobody resumed in time; each is locked by nobody else. */
export async function listCallbacksOverdue(tx: Tx, query: { readonly now: Date; readonly limit: number; readonly except: readonly string[] }): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select id from assignment_requests where waits_for is not null and waits_until <= ${query.now} and id <> all(${query.except}::uuid[])
     order by waits_until limit ${query.limit} for update skip locked`);
  return rows.map(({ id }) => id);
}

/** Open requests that identities made or would receive by. */
export async function listOpenRequestsOf(tx: Tx, principalIds: readonly string[]): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select id from assignment_requests where state in ('submitted', 'pendingApproval', 'scheduled')
       and (target_id = any(${principalIds}::uuid[]) or requestor_id = any(${principalIds}::uuid[])) order by id for update`);
  return rows.map(({ id }) => id);
}
