/** Assignments in the database: what is due, what belongs to whom. */
import { sql } from 'kysely';
import type { PrincipalKind } from '../../kernel/caller.ts';
import type { Executor, Tx } from '../../platform/db/database.ts';
import { all, maybe, one } from '../../platform/db/transaction.ts';
import { isStale, rolesOf } from '../requests/store/facts.ts';
import type { PackageRole } from '../requests/model.ts';
import type { AssignmentState } from './machine.ts';

/** The earliest time at which something changes by itself: an end, a start, a time of a stage, the end of a guest's account. Index reads. `except`: known to fail. */
export async function findNextDue(executor: Executor, except: readonly string[]): Promise<Date | undefined> {
  const { at } = await one(executor, sql<{ at: Date | null }>`
    select least(
      (select min(ends_at) from assignments where state not in ('expired', 'deliveryFailed') and ends_at < 'infinity' and id <> all(${except}::uuid[])),
      (select min(ends_at) from role_schedules where ended_at is null and ends_at < 'infinity' and id <> all(${except}::uuid[])),
      (select min(starts_at) from role_schedule_requests where status in ('PendingProvisioning', 'Granted') and id <> all(${except}::uuid[])),
      (select min(waits_until) from assignment_requests where waits_for is not null and id <> all(${except}::uuid[])),
      (select min(notice_at) from assignments where state not in ('expired', 'deliveryFailed') and notice_at is not null and id <> all(${except}::uuid[])),
      (select min(starts_at) from assignment_requests where state = 'scheduled' and id <> all(${except}::uuid[])),
      (select min(due_at) from approval_stages where status = 'InProgress' and id <> all(${except}::uuid[])),
      (select min(next_at) from failing_deliveries where next_at is not null and id <> all(${except}::uuid[])),
      (select min(escalates_at) from approval_stages where status = 'InProgress' and escalates_at is not null and id <> all(${except}::uuid[])),
      (select min(remind_at) from approval_stages where status = 'InProgress' and remind_at is not null and id <> all(${except}::uuid[])),
      (select min(recheck_at) from approval_stages where status = 'InProgress' and recheck_at is not null and id <> all(${except}::uuid[])),
      (select min(at) from approver_changes where id <> all(${except}::uuid[])),
      (select min(at) from attribute_changes where object_id <> all(${except}::uuid[])),
      (select min(next_run_at) from attribute_rules where policy_id <> all(${except}::uuid[])),
      (select min(due_at) from rule_members where due_at is not null and id <> all(${except}::uuid[])),
      (select min(ends_at) from automatic_assignments where ends_at is not null and assignment_id <> all(${except}::uuid[])),
      (select min(due_at) from subject_lifecycles where due_at is not null and subject_id <> all(${except}::uuid[]))) as at`);
  return at ?? undefined;
}

/** Assignments past their end, earliest first; each locked by nobody else. */
export async function listEndsReached(tx: Tx, query: { readonly now: Date; readonly limit: number; readonly except: readonly string[] }): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`
    select id from assignments where state not in ('expired', 'deliveryFailed') and ends_at < 'infinity' and ends_at <= ${query.now} and id <> all(${query.except}::uuid[])
     order by ends_at limit ${query.limit} for update skip locked`);
  return rows.map(({ id }) => id);
}

/** Holds identities that are about to go: nothing is given to them meanwhile. */
export async function lockIdentities(tx: Tx, ids: readonly string[]): Promise<void> {
  await sql`select id from directory_objects where id = any(${ids}::uuid[]) order by id for update`.execute(tx);
}

/** Live assignments of some identities. */
export async function listLiveAssignmentsOfTargets(tx: Tx, targetIds: readonly string[]): Promise<readonly string[]> {
  const rows = await all(tx, sql<{ id: string }>`select id from assignments where target_id = any(${targetIds}::uuid[]) and state not in ('expired', 'deliveryFailed') order by id`);
  return rows.map(({ id }) => id);
}

/** A grant or a role that goes with an identity. */
export interface LostRight {
  readonly id: string;
  readonly what: string;
  readonly principalId: string;
}

/** Removes every grant that identities hold or that others hold on them. */
export async function removeGrantsOf(tx: Tx, ids: readonly string[]): Promise<readonly LostRight[]> {
  return await all(tx, sql<LostRight>`
    with doomed as (select id from grants where principal_id = any(${ids}::uuid[]) or resource_id = any(${ids}::uuid[])
      or (kind = 'delegated' and nullif(subject_id, '00000000-0000-0000-0000-000000000000') = any(${ids}::uuid[]))
      order by kind, principal_id, resource_id, permission_id for update)
    delete from grants g using doomed d where g.id = d.id returning g.id, g.kind as what, g.principal_id as "principalId"`);
}

/** Removes directory and entitlement-management roles of identities: those in force, those to come, and those that they could activate. */
export async function removeRolesOf(tx: Tx, ids: readonly string[]): Promise<readonly LostRight[]> {
  return await all(tx, sql<LostRight>`delete from role_schedules where principal_id = any(${ids}::uuid[]) returning id, role_definition_id::text as what, principal_id as "principalId"`);
}

/** An assignment with everything that giving its package again needs. */
export interface Redelivery {
  readonly id: string;
  readonly accessPackageId: string;
  readonly packageName: string;
  readonly catalogId: string;
  readonly policyId: string;
  readonly targetId: string;
  readonly targetKind: PrincipalKind;
  readonly state: AssignmentState;
  readonly startsAt: Date;
  /** ISO instant or `infinity`. */
  readonly endsAt: string;
  readonly isOver: boolean;
  readonly roles: readonly PackageRole[];
}

/** Locks an assignment for giving its package again. */
export async function lockForRedelivery(tx: Tx, id: string, now: Date): Promise<Redelivery | undefined> {
  const found = await maybe(tx, sql<Redelivery & { readonly isStale: boolean }>`
    select a.id, a.access_package_id as "accessPackageId", k.display_name as "packageName", k.catalog_id as "catalogId", a.policy_id as "policyId", a.target_id as "targetId",
           o.type as "targetKind", a.state, a.starts_at as "startsAt", to_jsonb(a.ends_at) #>> '{}' as "endsAt",
           (a.ends_at <= ${now} or a.state in ('expired', 'deliveryFailed')) as "isOver", ${rolesOf(sql`a.access_package_id`)} as roles, ${isStale(sql`k`)} as "isStale"
      from assignments a join access_packages k on k.id = a.access_package_id join directory_objects o on o.id = a.target_id
     where a.id = ${id} for update of a for share of k`);
  return found?.isStale === true ? await lockForRedelivery(tx, id, now) : found;
}
