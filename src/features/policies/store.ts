/** Policies in the database. */
import { sql } from 'kysely';
import type { JsonRecord } from '../../kernel/json.ts';
import type { Executor } from '../../platform/db/database.ts';
import { all, maybe } from '../../platform/db/transaction.ts';
import { parsePolicy, type Policy } from './model.ts';

/** The policy, or undefined when there is none. */
export async function loadPolicy(executor: Executor, id: string): Promise<Policy | undefined> {
  const row = await maybe(executor, sql<JsonRecord>`select * from assignment_policies where id = ${id}`);
  return row === undefined ? undefined : parsePolicy(row);
}

/** Policies of a package, oldest first. */
export async function listPoliciesOfPackage(executor: Executor, accessPackageId: string): Promise<readonly Policy[]> {
  const rows = await all(executor, sql<JsonRecord>`select * from assignment_policies where access_package_id = ${accessPackageId} order by created_at, id`);
  return rows.map(parsePolicy);
}
