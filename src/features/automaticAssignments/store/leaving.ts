/** Assignments that nobody asked for, and which of them are about to be taken. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { all, maybe, one } from '../../../platform/db/transaction.ts';
import type { DueQuery } from './members.ts';

/** Rules whose time has come. Not before every change is read that was noted until then: they are weighed together. */
export async function listRulesDue(tx: Tx, { now, limit, except }: DueQuery): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select policy_id as id from attribute_rules r
     where next_run_at <= ${now} and policy_id <> all(${except}::uuid[])
       and not exists (select 1 from attribute_changes c where c.at <= r.next_run_at and c.object_id <> all(${except}::uuid[]))
     order by next_run_at limit ${limit} for update skip locked`);
  return rows.map(({ id }) => id);
}

/** A rule in the middle of its run. */
export interface RunningRule {
  readonly policyId: string;
  readonly policyName: string;
  readonly accessPackageId: string;
  readonly packageName: string;
  /** Null: the policy has none any more. */
  readonly membershipRule: string | null;
  readonly removes: boolean;
  /** ISO 8601. */
  readonly gracePeriod: string | null;
  readonly brake: { readonly percent: number; readonly minimum: number };
  readonly isDue: boolean;
  /** Everybody is to be looked at. */
  readonly isFull: boolean;
  readonly heldRunId: string | null;
}

/** Locks a rule for its run. */
export async function lockRule(tx: Tx, policyId: string, now: Date): Promise<RunningRule | undefined> {
  return await maybe(tx, sql<RunningRule>`
    select r.policy_id as "policyId", p.display_name as "policyName", p.access_package_id as "accessPackageId", k.display_name as "packageName", r.membership_rule as "membershipRule", r.removes, r.grace_period as "gracePeriod",
           jsonb_build_object('percent', r.removal_brake_percent, 'minimum', r.removal_brake_minimum) as brake, r.next_run_at <= ${now} as "isDue", r.full_run_at <= ${now} as "isFull",
           (select u.id from automatic_assignment_runs u where u.policy_id = r.policy_id and u.state = 'held') as "heldRunId"
      from attribute_rules r join assignment_policies p on p.id = r.policy_id join access_packages k on k.id = p.access_package_id
     where r.policy_id = ${policyId} for update of r`);
}

/** The run is over. `fullRunAt`: when everybody is looked at next; undefined: as before. */
export async function finishRun(tx: Tx, policyId: string, { now, fullRunAt }: { readonly now: Date; readonly fullRunAt: Date | undefined }): Promise<void> {
  await sql`
    update attribute_rules set last_run_at = ${now}, full_run_at = coalesce(${fullRunAt ?? null}::timestamptz, full_run_at), next_run_at = coalesce(${fullRunAt ?? null}::timestamptz, full_run_at)
     where policy_id = ${policyId}`.execute(tx);
}

/** Forgets a rule that its policy has no more. */
export async function deleteRule(tx: Tx, policyId: string): Promise<void> {
  await sql`delete from attribute_rules where policy_id = ${policyId}`.execute(tx);
}

const isLive = sql`exists (select 1 from assignments l where l.id = a.assignment_id and l.state not in ('expired', 'deliveryFailed'))`;

/** Whoever matches again stays, and is like anybody else who matches. `everybody`: nothing is taken by the rule any more. */
export async function keepReturned(tx: Tx, policyId: string, everybody: boolean): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    update automatic_assignments a set leaving_at = null, ends_at = null, is_kept = false, run_id = null
     where a.policy_id = ${policyId} and (a.leaving_at is not null or a.is_kept) and ${isLive}
       and (${everybody} or exists (select 1 from rule_members m where m.policy_id = a.policy_id and m.member_id = a.target_id))
    returning a.target_id as id`);
  return rows.map(({ id }) => id);
}

/** Assignments by the policy whose targets no longer match and about whom nothing is decided yet. */
export async function listLeaving(tx: Tx, policyId: string): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select a.assignment_id as id from automatic_assignments a
     where a.policy_id = ${policyId} and a.leaving_at is null and not a.is_kept and ${isLive}
       and not exists (select 1 from rule_members m where m.policy_id = a.policy_id and m.member_id = a.target_id)
     order by a.assignment_id`);
  return rows.map(({ id }) => id);
}

/** How many assignments the policy has made that are in force or were taken since, and how many of them were taken without an administrator's word. */
export async function countAssigned(tx: Tx, policyId: string, since: Date): Promise<{ readonly assigned: number; readonly takenLately: number }> {
  return await one(tx, sql<{ assigned: number; takenLately: number }>`
    select count(*) filter (where a.leaving_at is null and ${isLive} or a.leaving_at >= ${since} and a.run_id is null)::integer as assigned,
           count(*) filter (where a.leaving_at >= ${since} and a.run_id is null)::integer as "takenLately"
      from automatic_assignments a where a.policy_id = ${policyId}`);
}

/** From now on these leave, and end at `endsAt`. `runId`: the run by which an administrator has confirmed it. */
export async function beginLeaving(tx: Tx, ids: readonly string[], { now, endsAt, runId }: { readonly now: Date; readonly endsAt: Date; readonly runId: string | null }): Promise<void> {
  await sql`update automatic_assignments set leaving_at = ${now}, ends_at = ${endsAt}, run_id = ${runId} where assignment_id = any(${ids}::uuid[])`.execute(tx);
}

/** These stay, though their targets do not match. */
export async function keepLeaving(tx: Tx, ids: readonly string[]): Promise<void> {
  await sql`update automatic_assignments set is_kept = true where assignment_id = any(${ids}::uuid[]) and leaving_at is null`.execute(tx);
}

/** Assignments whose time of grace is over; each locked by nobody else. */
export async function listLeavingDue(tx: Tx, { now, limit, except }: DueQuery): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select assignment_id as id from automatic_assignments where ends_at is not null and ends_at <= ${now} and assignment_id <> all(${except}::uuid[]) order by ends_at limit ${limit} for update skip locked`);
  return rows.map(({ id }) => id);
}

/** Somebody whose time of grace is over. `isMember`: they match again. */
export interface Leaver {
  readonly isMember: boolean;
  readonly isLive: boolean;
  readonly policyName: string;
}

/** Locks an assignment whose time of grace is over; undefined when that is no longer so. */
export async function lockLeaver(tx: Tx, assignmentId: string, now: Date): Promise<Leaver | undefined> {
  return await maybe(tx, sql<Leaver>`
    select exists (select 1 from rule_members m where m.policy_id = a.policy_id and m.member_id = a.target_id) as "isMember", ${isLive} as "isLive", p.display_name as "policyName"
      from automatic_assignments a join assignment_policies p on p.id = a.policy_id
     where a.assignment_id = ${assignmentId} and a.ends_at <= ${now} for update of a`);
}

/** Nothing more is to be done about it. `stays`: it does not leave at all. */
export async function settleLeaver(tx: Tx, assignmentId: string, { stays }: { readonly stays: boolean }): Promise<void> {
  await sql`update automatic_assignments set ends_at = null, leaving_at = case when ${stays} then null else leaving_at end, run_id = case when ${stays} then null else run_id end where assignment_id = ${assignmentId}`.execute(tx);
}
