/** Runs that were held. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { all, maybe } from '../../../platform/db/transaction.ts';
import type { RunState } from '../model.ts';

/** A run that is held from now on. */
export interface NewRun {
  readonly id: string;
  readonly policyId: string;
  readonly accessPackageId: string;
  readonly state: RunState;
  readonly assigned: number;
  readonly at: Date;
}

/** Writes a held run. */
export async function insertRun(tx: Tx, run: NewRun): Promise<void> {
  await sql`insert into automatic_assignment_runs (id, policy_id, access_package_id, state, assignment_count, created_at) values (${run.id}, ${run.policyId}, ${run.accessPackageId}, ${run.state}, ${run.assigned}, ${run.at})`.execute(tx);
}

/** What the run would take is this, and nothing else. */
export async function replaceRemovals(tx: Tx, runId: string, assignmentIds: readonly string[]): Promise<void> {
  await sql`
    with gone as (delete from automatic_run_removals where run_id = ${runId} and assignment_id <> all(${assignmentIds}::uuid[])),
    counted as (update automatic_assignment_runs set removal_count = ${assignmentIds.length} where id = ${runId})
    insert into automatic_run_removals (run_id, assignment_id) select ${runId}, unnest(${assignmentIds}::uuid[]) on conflict do nothing`.execute(tx);
}

/** A run and where it belongs. */
export interface FoundRun {
  readonly id: string;
  readonly state: RunState;
  readonly policyId: string;
  readonly policyName: string;
  readonly accessPackageId: string;
  readonly catalogId: string;
  /** ISO 8601. */
  readonly gracePeriod: string | null;
}

/** Locks a run, after its rule: a run of that rule that is under way is waited for. */
export async function lockRun(tx: Tx, id: string): Promise<FoundRun | undefined> {
  await sql`select r.policy_id from attribute_rules r join automatic_assignment_runs u on u.policy_id = r.policy_id where u.id = ${id} for update of r`.execute(tx);
  return await maybe(tx, sql<FoundRun>`
    select u.id, u.state, u.policy_id as "policyId", p.display_name as "policyName", u.access_package_id as "accessPackageId", k.catalog_id as "catalogId",
           (select r.grace_period from attribute_rules r where r.policy_id = u.policy_id) as "gracePeriod"
      from automatic_assignment_runs u join assignment_policies p on p.id = u.policy_id join access_packages k on k.id = u.access_package_id
     where u.id = ${id} for update of u`);
}

/** Assignments that a run would take and whose targets still do not match. */
export async function listRemovals(tx: Tx, runId: string): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select m.assignment_id as id from automatic_run_removals m join automatic_assignments a on a.assignment_id = m.assignment_id
     where m.run_id = ${runId} and a.leaving_at is null and exists (select 1 from assignments l where l.id = a.assignment_id and l.state not in ('expired', 'deliveryFailed'))
       and not exists (select 1 from rule_members k where k.policy_id = a.policy_id and k.member_id = a.target_id)
     order by m.assignment_id`);
  return rows.map(({ id }) => id);
}

/** Moves a run that is in `from`. False: somebody else was quicker. */
export async function moveRun(tx: Tx, id: string, { from, to, at, by }: { readonly from: RunState; readonly to: RunState; readonly at: Date; readonly by: string | null }): Promise<boolean> {
  const rows = await all(tx, sql`update automatic_assignment_runs set state = ${to}, decided_at = ${at}, decided_by = ${by} where id = ${id} and state = ${from} returning id`);
  return rows.length === 1;
}

/** The brake of a policy's rule. False: the policy has no rule. */
export async function updateBrake(tx: Tx, policyId: string, { percent, minimum }: { readonly percent: number | undefined; readonly minimum: number | undefined }): Promise<void> {
  await sql`update attribute_rules set removal_brake_percent = coalesce(${percent ?? null}::integer, removal_brake_percent), removal_brake_minimum = coalesce(${minimum ?? null}::integer, removal_brake_minimum) where policy_id = ${policyId}`.execute(tx);
}
