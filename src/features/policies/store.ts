/** Policies in the database. */
import { sql } from 'kysely';
import type { JsonRecord } from '../../kernel/json.ts';
import type { Executor } from '../../platform/db/database.ts';
import { all, maybe } from '../../platform/db/transaction.ts';
import type { Sql } from '../../platform/graph/model.ts';
import type { Stamp } from '../catalogs/store.ts';
import { parsePolicy, type Policy } from './model.ts';
import type { TargetRow } from './rules/named.ts';
import type { NamedObject, PolicyRow } from './rules/row.ts';

/** The policy, or undefined when there is none. */
export async function loadPolicy(executor: Executor, id: string): Promise<Policy | undefined> {
  const row = await maybe(executor, sql<JsonRecord>`select * from assignment_policies where id = ${id}`);
  return row === undefined ? undefined : parsePolicy(row);
}

/** Directory objects that live, and connected organizations, by id. An organization that is found is held: it is not deleted before the policy that names it is written. */
export async function findNamedObjects(executor: Executor, ids: readonly string[]): Promise<ReadonlyMap<string, NamedObject>> {
  const rows = await all(executor, sql<NamedObject>`
    with organizations as (select id, display_name from connected_organizations where id = any(${ids}::uuid[]) order by id for key share)
    select id, type, display_name as "displayName" from directory_objects where id = any(${ids}::uuid[]) and deleted_at is null
    union all select id, 'connectedOrganization', display_name from organizations`);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Another policy of the package that gives or takes by itself. */
export async function findAutomaticPolicy(executor: Executor, packageId: string, exceptId: string): Promise<{ readonly id: string; readonly displayName: string } | undefined> {
  return await maybe(executor, sql<{ id: string; displayName: string }>`
    select p.id, p.display_name as "displayName" from assignment_policies p join attribute_rules r on r.policy_id = p.id and (r.requests or r.removes)
     where p.access_package_id = ${packageId} and p.id <> ${exceptId} limit 1`);
}

const json = (value: unknown): Sql => sql`${value === null ? null : JSON.stringify(value)}::jsonb`;

const values = (row: PolicyRow): Readonly<Record<string, Sql>> => ({
  display_name: sql`${row.display_name}`, description: sql`${row.description}`, allowed_target_scope: sql`${row.allowed_target_scope}`,
  specific_allowed_targets: json(row.specific_allowed_targets), expiration: json(row.expiration), requestor_settings: json(row.requestor_settings),
  request_approval_settings: json(row.request_approval_settings), automatic_request_settings: json(row.automatic_request_settings),
  review_settings: json(row.review_settings), notification_settings: json(row.notification_settings), questions: json(row.questions), can_extend: sql`${row.can_extend}`,
});

const targetsAs = (targets: readonly TargetRow[]): Sql =>
  sql`select t.kind, t."targetId"::uuid as target_id from jsonb_to_recordset(${JSON.stringify(targets)}::jsonb) as t (kind text, "targetId" text)`;

/** Writes a new policy and whom it names, in one statement. */
export async function insertPolicy(executor: Executor, { row, targets }: { readonly row: PolicyRow; readonly targets: readonly TargetRow[] }, { now, by }: Stamp): Promise<void> {
  const written = { ...values(row), created_at: sql`${now}`, modified_at: sql`${now}`, created_by: sql`${by}`, modified_by: sql`${by}` };
  await sql`
    with made as (
      insert into assignment_policies (id, access_package_id, ${sql.join(Object.keys(written).map((name) => sql.ref(name)))})
      values (${row.id}, ${row.access_package_id}, ${sql.join(Object.values(written))}) returning id)
    insert into policy_targets (policy_id, kind, target_id) select made.id, n.kind, n.target_id from made cross join (${targetsAs(targets)}) n`.execute(executor);
}

/** Writes a replaced policy and whom it names now, in one statement. */
export async function updatePolicy(executor: Executor, { row, targets }: { readonly row: PolicyRow; readonly targets: readonly TargetRow[] }, { now, by }: Stamp): Promise<void> {
  const written = Object.entries({ ...values(row), modified_at: sql`${now}`, modified_by: sql`${by}` }).map(([name, value]) => sql`${sql.ref(name)} = ${value}`);
  await sql`
    with changed as (update assignment_policies set ${sql.join(written)} where id = ${row.id} returning id),
    named as (${targetsAs(targets)}),
    gone as (delete from policy_targets t using changed where t.policy_id = changed.id
              and not exists (select 1 from named where named.kind = t.kind and named.target_id = t.target_id))
    insert into policy_targets (policy_id, kind, target_id) select changed.id, named.kind, named.target_id from changed cross join named on conflict do nothing`.execute(executor);
}

/** Records that went with what they belonged to. */
export interface DeletedHistory {
  readonly requests: number;
  readonly assignments: number;
}

/**
 * Removes a policy on which nothing hangs any more, with its own history. Finished requests of another policy stay, without the
 * assignment if it goes. The audit trail stays.
 */
export async function deletePolicy(executor: Executor, id: string): Promise<DeletedHistory> {
  await sql`update assignment_requests set assignment_id = null where policy_id <> ${id} and assignment_id in (select a.id from assignments a where a.policy_id = ${id})`.execute(executor);
  const requests = await all(executor, sql`delete from assignment_requests where policy_id = ${id} returning id`);
  const assignments = await all(executor, sql`delete from assignments where policy_id = ${id} returning id`);
  await sql`delete from assignment_policies where id = ${id}`.execute(executor);
  return { requests: requests.length, assignments: assignments.length };
}
