/** People who sign in, and their passwords. */
import { sql } from 'kysely';
import type { Executor } from '../../platform/db/database.ts';
import { maybe } from '../../platform/db/transaction.ts';

/** A person as sign-in needs them. Times in whole seconds since 1970. */
export interface Person {
  readonly id: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
  readonly isEnabled: boolean;
  readonly hash: string | null;
  readonly mustChange: boolean;
  readonly passwordChangedAt: number;
  readonly now: number;
}

const columns = sql`u.id, coalesce(u.display_name, '') as "displayName", u.user_principal_name as "userPrincipalName", u.account_enabled as "isEnabled", w.hash,
  coalesce(w.must_change, false) as "mustChange", coalesce(floor(extract(epoch from w.changed_at)), 0)::float8 as "passwordChangedAt", floor(extract(epoch from now()))::float8 as now`;
// Agent users have no password and never sign in here: they are no people.
const living = sql`from directory_objects u left join user_passwords w on w.user_id = u.id where u.type = 'user' and u.deleted_at is null`;

/** The person with this user name. */
export async function findPersonByName(executor: Executor, userPrincipalName: string): Promise<Person | undefined> {
  return await maybe(executor, sql<Person>`select ${columns} ${living} and lower(u.user_principal_name) = lower(${userPrincipalName})`);
}

/** The person with this object id. */
export async function findPerson(executor: Executor, id: string): Promise<Person | undefined> {
  return await maybe(executor, sql<Person>`select ${columns} ${living} and u.id = ${id}`);
}

/** Sets a new password, which need not be changed again. */
export async function updatePassword(executor: Executor, { userId, hash }: { readonly userId: string; readonly hash: string }): Promise<void> {
  await sql`update user_passwords set hash = ${hash}, must_change = false, changed_at = now() where user_id = ${userId}`.execute(executor);
}
