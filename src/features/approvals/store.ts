/** Stages in the database: what a decision needs, what is due, who must be replaced. */
import { sql } from 'kysely';
import type { Caller } from '../../kernel/caller.ts';
import type { Tx } from '../../platform/db/database.ts';
import { all, maybe, one, Overtaken } from '../../platform/db/transaction.ts';
import { col } from '../../platform/graph/declare.ts';
import type { Alias, Sql } from '../../platform/graph/model.ts';
import { showsApprovers } from '../controls/store.ts';
import { entitlementReach } from '../roles/rules.ts';
import { isReachedPackage } from '../roles/store/reach.ts';
import type { Deciders } from '../requests/rules/approvers.ts';

/** Locks a stage that is open and tells whose it is; undefined when it is not open, not due, or somebody else has it. */
export async function lockDueStage(tx: Tx, stageId: string, now: Date): Promise<{ readonly requestId: string } | undefined> {
  return await maybe(tx, sql<{ requestId: string }>`
    select request_id as "requestId" from approval_stages where id = ${stageId} and status = 'InProgress' and due_at <= ${now}`);
}

/** Stages whose time is over. */
export async function listDueStages(tx: Tx, query: { readonly now: Date; readonly limit: number; readonly except: readonly string[] }): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select id from approval_stages where status = 'InProgress' and due_at <= ${query.now} and id <> all(${query.except}::uuid[])
     order by due_at limit ${query.limit} for update skip locked`);
  return rows.map(({ id }) => id);
}

/** Requests with an open stage that waits for one of these people. */
export async function listRequestsAwaiting(tx: Tx, principalIds: readonly string[]): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select distinct s.request_id as id from stage_approvers x join approval_stages s on s.id = x.stage_id
     where x.principal_id = any(${principalIds}::uuid[]) and s.status = 'InProgress' order by 1`);
  return rows.map(({ id }) => id);
}

/** Asks others to decide an open stage. Each is held meanwhile; when all of them have just gone it fails as overtaken. */
export async function replaceApprovers(tx: Tx, stageId: string, deciders: Deciders): Promise<void> {
  const { n } = await one(tx, sql<{ n: number }>`
    with gone as (delete from stage_approvers where stage_id = ${stageId}::uuid and principal_id <> all(${deciders.ids}::uuid[])),
    living as materialized (
      select o.id from directory_objects o where o.id = any(${deciders.ids}::uuid[]) and o.deleted_at is null and o.account_enabled order by o.id for share of o),
    asked as (
      insert into stage_approvers (stage_id, principal_id, role)
      select ${stageId}::uuid, living.id, ${deciders.role} from living on conflict do nothing)
    select count(*)::integer as n from living`);
  if (n === 0) throw new Overtaken('Everybody who was to decide has just gone');
}

/** Whether a person may know of an approval: asks, receives, decides, or looks after whoever receives. */
export async function concernsApproval(tx: Tx, requestId: string, principalId: string): Promise<boolean> {
  const row = await maybe(tx, sql`
    select 1 from assignment_requests r where r.id = ${requestId}
       and (r.requestor_id = ${principalId} or r.target_id = ${principalId}
         or exists (select 1 from approval_stages s join stage_deciders x on x.stage_id = s.id where s.request_id = r.id and x.principal_id = ${principalId})
         or exists (select 1 from directory_links l where l.source_id = r.target_id and l.target_id = ${principalId}))`);
  return row !== undefined;
}

/**
 * Whether the caller may know who decided a stage: it reads the catalog's requests, it was asked to decide the request itself,
 * or the policy shows approvers to whoever asks; where the policy leaves that open, administrators say (contract §1.9).
 */
export function seesReviewer(caller: Caller, stage: Alias): Sql {
  const reached = isReachedPackage(entitlementReach(caller, 'readAssignments'), { packageId: sql`sr.access_package_id`, policyId: sql`sr.policy_id` });
  if (reached === 'all') return sql`true`;
  const said = sql`coalesce(${col(stage, 'settings')} ->> 'approverInformationVisibility', 'default')`;
  return sql`(case ${said} when 'visible' then true when 'notVisible' then false else ${showsApprovers(caller)} end
    or exists (select 1 from approval_stages mine join stage_deciders x on x.stage_id = mine.id where mine.request_id = ${col(stage, 'request_id')} and x.principal_id = ${caller.principalId}::uuid)
    or exists (select 1 from approval_stages mine where mine.request_id = ${col(stage, 'request_id')} and mine.reviewed_by = ${caller.principalId}::uuid)
    or ${reached === 'none' ? sql`false` : sql`exists (select 1 from assignment_requests sr where sr.id = ${col(stage, 'request_id')} and ${reached})`})`;
}
