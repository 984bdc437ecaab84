/** One request that exists, locked, with what its next step needs. */
import { sql } from 'kysely';
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
import type { AssignmentState } from '../../assignments/machine.ts';
import type { AskType, PackageRole, RequestState } from '../model.ts';
import { isStale, rolesOf } from './facts.ts';

/** A stage of the request, with who could decide it now and who was asked. */
export interface OpenStage {
  readonly id: string;
  readonly position: number;
  readonly status: StageState;
  readonly isJustificationRequired: boolean;
  /** Seconds. */
  readonly lasts: number;
  /** When it is over, as ISO text; null until it opens. */
  readonly dueAt: string | null;
  /** Its approvers are named by an extension when it opens. */
  readonly isDynamic: boolean;
  /** As the policy said, for a stage that is dynamic; else empty. */
  readonly settings: JsonRecord;
  readonly approverIds: readonly string[];
  /** Who may decide it in somebody's place now: only for the stage that is open. */
  readonly standIns: readonly StandIn[];
  /** Who approved it, if somebody did. */
  readonly approvedBy: Approver | null;
  /** Who could decide it now: only for stages that have not opened. */
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
           (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'position', s.position, 'status', s.status, 'isJustificationRequired', s.is_justification_required, 'lasts', extract(epoch from s.lasts), 'dueAt', s.due_at,
               'isDynamic', ${isDynamic}, 'settings', case when ${isDynamic} then s.settings else '{}' end,
               'approverIds', (select coalesce(jsonb_agg(x.principal_id), '[]') from stage_approvers x where x.stage_id = s.id),
               'standIns', case when s.status = 'InProgress' then (select coalesce(jsonb_agg(jsonb_build_object('id', d.principal_id, 'approverId', d.on_behalf_of) order by d.on_behalf_of), '[]') from stage_deciders d where d.stage_id = s.id and d.on_behalf_of is not null) else '[]' end,
               'approvedBy', case when s.review_result = 'Approve' then (select jsonb_build_object('id', u.id, 'displayName', u.display_name) from directory_objects u where u.id = s.reviewed_by) end,
               'primary', case when s.status = 'Initializing' then deciders_of(s.settings -> 'primaryApprovers', r.requestor_id, r.target_id) else '{}' end,
               'fallback', case when s.status = 'Initializing' then deciders_of(s.settings -> 'fallbackPrimaryApprovers', r.requestor_id, r.target_id) else '{}' end) order by s.position), '[]')
              from approval_stages s where s.request_id = r.id) as stages,
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
const catalogOwners = sql`(
  select coalesce(array_agg(distinct u.id), '{}') from role_assignments m
   cross join lateral (select m.principal_id as id union all
     select g.principal_id from grants g where g.kind = 'member' and g.resource_id = m.principal_id and g.ends_at > now()) h
    join directory_objects u on u.id = h.id and u.type = 'user' and u.deleted_at is null and u.account_enabled
   where m.provider = 'entitlementManagement' and m.role_definition_id = ${entitlementRole.catalogOwner}::uuid
     and m.catalog_id = k.catalog_id and may_decide(u.id, r.requestor_id, r.target_id))`;

/** Who was asked to decide an open stage and still could, and who else could now. */
export interface StageCandidates {
  readonly left: readonly string[];
  readonly primary: readonly string[];
  readonly fallback: readonly string[];
  readonly catalogOwners: readonly string[];
}

/** Candidates for an open stage. `lost` are on their way out and are nobody already. */
export async function findCandidates(tx: Tx, stageId: string, lost: readonly string[]): Promise<StageCandidates> {
  const found = await one(tx, sql<StageCandidates>`
    select (select coalesce(array_agg(o.id), '{}') from stage_approvers x join directory_objects o on o.id = x.principal_id and o.deleted_at is null and o.account_enabled where x.stage_id = s.id) as left,
           deciders_of(s.settings -> 'primaryApprovers', r.requestor_id, r.target_id) as primary,
           deciders_of(s.settings -> 'fallbackPrimaryApprovers', r.requestor_id, r.target_id) as fallback, ${catalogOwners} as "catalogOwners"
      from approval_stages s join assignment_requests r on r.id = s.request_id join access_packages k on k.id = r.access_package_id where s.id = ${stageId}`);
  const without = (ids: readonly string[]): readonly string[] => ids.filter((id) => !lost.includes(id));
  return { left: without(found.left), primary: without(found.primary), fallback: without(found.fallback), catalogOwners: without(found.catalogOwners) };
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
