/** Members of rules who are to be given something, and whose attributes have changed. */
import { sql } from 'kysely';
import type { Reason } from '../../../kernel/problem.ts';
import type { Executor, Tx } from '../../../platform/db/database.ts';
import { all, maybe } from '../../../platform/db/transaction.ts';

/** What the sweep asks for: at most so many, without those that have just failed. */
export interface DueQuery {
  readonly now: Date;
  readonly limit: number;
  readonly except: readonly string[];
}

const idsOf = (rows: readonly { readonly id: string }[]): readonly string[] => rows.map(({ id }) => id);

/** Identities whose attributes may have changed, each once, earliest first. */
export async function listChangedObjects(tx: Tx, { now, limit, except }: DueQuery): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`select object_id as id from attribute_changes where at <= ${now} and object_id <> all(${except}::uuid[]) order by at limit ${limit} for update skip locked`);
  return [...new Set(idsOf(rows))];
}

/** Takes the notes of changes away that are there now. What is noted from here on is looked at again. */
export async function takeChanges(tx: Tx, ids: readonly string[]): Promise<void> {
  await sql`delete from attribute_changes where ctid = any(array(select c.ctid from attribute_changes c where c.object_id = any(${ids}::uuid[]) for update skip locked))`.execute(tx);
}

/** Whose turn it is to be given something, by policy and perhaps by member. */
export interface DueMembers {
  readonly policyId: string;
  /** Undefined: all of them. */
  readonly memberIds?: readonly string[];
  /** Also those to whom it was refused: something has changed that may have been in the way. */
  readonly isRetry: boolean;
}

/**
 * Notes who of the members is to be given the package. Not who has it or has asked for it, and not who has had it by this policy
 * since they match: that it ended was somebody's decision, or the policy's. A refusal is left alone until the package or the
 * policy changes, or for a day.
 */
export async function markDue(executor: Executor, { policyId, memberIds, isRetry }: DueMembers, now: Date): Promise<void> {
  await sql`
    update rule_members m set due_at = ${now}, reasons = null, refused_at = null
      from attribute_rules r join assignment_policies p on p.id = r.policy_id join access_packages k on k.id = p.access_package_id
     where r.policy_id = ${policyId} and m.policy_id = r.policy_id and r.requests and m.due_at is null and ${memberIds === undefined ? sql`true` : sql`m.member_id = any(${memberIds}::uuid[])`}
       and (m.reasons is null or ${isRetry} or m.refused_at < greatest(p.modified_at, k.modified_at) or m.refused_at <= ${now}::timestamptz - interval '1 day')
       and not exists (select 1 from assignments a where a.target_id = m.member_id and a.access_package_id = p.access_package_id and a.state not in ('expired', 'deliveryFailed'))
       and not exists (select 1 from assignment_requests q where q.target_id = m.member_id and q.access_package_id = p.access_package_id and q.state in ('submitted', 'pendingApproval', 'delivering', 'scheduled'))
       and not exists (select 1 from automatic_assignments b join assignments a on a.id = b.assignment_id where b.policy_id = r.policy_id and b.target_id = m.member_id and b.leaving_at is null and a.expired_at >= m.since)`.execute(executor);
}

/** Members who are to be given something; each locked by nobody else. */
export async function listMembersDue(tx: Tx, { now, limit, except }: DueQuery): Promise<readonly string[]> {
  return idsOf(await all(tx, sql<{ id: string }>`
    select id from rule_members where due_at is not null and due_at <= ${now} and id <> all(${except}::uuid[]) order by due_at limit ${limit} for update skip locked`));
}

/** Somebody who is to be given a package by a policy. */
export interface DueMember {
  readonly memberId: string;
  readonly policyId: string;
  readonly accessPackageId: string;
  readonly policyName: string;
  /** The catalog has become privileged since the policy was made. */
  readonly isPrivileged: boolean;
}

/** Locks a member who is to be given something; undefined when that is over. */
export async function lockDueMember(tx: Tx, id: string): Promise<DueMember | undefined> {
  return await maybe(tx, sql<DueMember>`
    select m.member_id as "memberId", m.policy_id as "policyId", p.access_package_id as "accessPackageId", p.display_name as "policyName",
           exists (select 1 from access_packages k join catalogs c on c.id = k.catalog_id where k.id = p.access_package_id and c.privilege_level = 'privileged') as "isPrivileged"
      from rule_members m join attribute_rules r on r.policy_id = m.policy_id and r.requests join assignment_policies p on p.id = m.policy_id
     where m.id = ${id} and m.due_at is not null for update of m`);
}

/** What came of it: given, or refused for these reasons. */
export async function settleMember(tx: Tx, id: string, refused: { readonly reasons: readonly Reason[]; readonly at: Date } | undefined): Promise<void> {
  await sql`update rule_members set due_at = null, reasons = ${refused === undefined ? null : JSON.stringify(refused.reasons)}::jsonb, refused_at = ${refused?.at ?? null} where id = ${id}`.execute(tx);
}

/** Has what follows from rules looked at now. */
export async function wakeRules(tx: Tx, policyIds: readonly string[], now: Date): Promise<void> {
  await sql`update attribute_rules set next_run_at = least(next_run_at, ${now}) where policy_id = any(${policyIds}::uuid[])`.execute(tx);
}
