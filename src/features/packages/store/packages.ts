/** Packages in the database. */
import { sql } from 'kysely';
import type { Executor } from '../../../platform/db/database.ts';
import { all, maybe, one } from '../../../platform/db/transaction.ts';
import type { Stamp } from '../../catalogs/store.ts';
import type { AccessPackage } from '../model.ts';

const columns = sql.raw(`id, catalog_id as "catalogId", display_name as "displayName", description, is_hidden as "isHidden",
  is_role_scopes_visible as "isRoleScopesVisible", unique_name as "uniqueName"`);

/** The package, locked: its roles, policies and new assignments wait until the transaction ends. */
export async function lockPackage(executor: Executor, id: string): Promise<AccessPackage | undefined> {
  return await maybe(executor, sql<AccessPackage>`select ${columns} from access_packages where id = ${id} for update`);
}

/** The package as it is now. */
export async function findPackage(executor: Executor, id: string): Promise<AccessPackage | undefined> {
  return await maybe(executor, sql<AccessPackage>`select ${columns} from access_packages where id = ${id}`);
}

/** Writes a new package. */
export async function insertPackage(executor: Executor, row: AccessPackage, { now, by }: Stamp): Promise<void> {
  await sql`insert into access_packages (id, catalog_id, display_name, description, is_hidden, is_role_scopes_visible, unique_name, created_at, modified_at, created_by, modified_by)
    values (${row.id}, ${row.catalogId}, ${row.displayName}, ${row.description}, ${row.isHidden}, ${row.isRoleScopesVisible}, ${row.uniqueName},
      ${now}, ${now}, ${by}, ${by})`.execute(executor);
}

/** Writes a changed package. */
export async function updatePackage(executor: Executor, row: AccessPackage, { now, by }: Stamp): Promise<void> {
  await sql`update access_packages set catalog_id = ${row.catalogId}, display_name = ${row.displayName}, description = ${row.description}, is_hidden = ${row.isHidden},
      is_role_scopes_visible = ${row.isRoleScopesVisible}, unique_name = ${row.uniqueName}, modified_at = ${now}, modified_by = ${by}
    where id = ${row.id}`.execute(executor);
}

/** What still hangs on a package or a policy: assignments that are not over, requests that are not decided. */
export interface Use {
  readonly liveAssignments: number;
  readonly openRequests: number;
}

/** How much hangs on the package or the policy with this id. */
export async function countUse(executor: Executor, of: 'access_package_id' | 'policy_id', id: string): Promise<Use> {
  return await one(executor, sql<Use>`
    select (select count(*)::integer from assignments where ${sql.ref(of)} = ${id} and state not in ('expired', 'deliveryFailed')) as "liveAssignments",
           (select count(*)::integer from assignment_requests where ${sql.ref(of)} = ${id} and completed_at is null) as "openRequests"`);
}

/** Records that went with the package that they belonged to. */
export interface PackageHistory {
  readonly requests: number;
  readonly assignments: number;
  readonly policies: number;
}

/** Removes a package on which nothing hangs any more, with its history. The audit trail stays. */
export async function deletePackage(executor: Executor, id: string): Promise<PackageHistory> {
  const requests = await all(executor, sql`delete from assignment_requests where access_package_id = ${id} returning id`);
  const assignments = await all(executor, sql`delete from assignments where access_package_id = ${id} returning id`);
  const policies = await all(executor, sql`delete from assignment_policies where access_package_id = ${id} returning id`);
  await sql`delete from access_packages where id = ${id}`.execute(executor);
  return { requests: requests.length, assignments: assignments.length, policies: policies.length };
}

/** Marks two packages, or a package and a group, as not to be held together; harmless when repeated. */
export async function insertIncompatible(executor: Executor, kind: 'package' | 'group', ids: { readonly packageId: string; readonly otherId: string }): Promise<void> {
  const insert = kind === 'package'
    ? sql`insert into incompatible_packages (access_package_id, incompatible_id)`
    : sql`insert into incompatible_groups (access_package_id, group_id)`;
  await sql`${insert} values (${ids.packageId}, ${ids.otherId}) on conflict do nothing`.execute(executor);
}

/** Takes such a mark away; false when there was none. */
export async function deleteIncompatible(executor: Executor, kind: 'package' | 'group', ids: { readonly packageId: string; readonly otherId: string }): Promise<boolean> {
  const rows = await all(executor, kind === 'package'
    ? sql`delete from incompatible_packages where access_package_id = ${ids.packageId} and incompatible_id = ${ids.otherId} returning 1`
    : sql`delete from incompatible_groups where access_package_id = ${ids.packageId} and group_id = ${ids.otherId} returning 1`);
  return rows.length > 0;
}

/** Name of a group that lives. */
export async function findGroupName(executor: Executor, id: string): Promise<string | undefined> {
  const row = await maybe(executor, sql<{ name: string }>`select coalesce(display_name, id::text) as name from directory_objects where id = ${id} and type = 'group' and deleted_at is null`);
  return row?.name;
}
