/** People who sign in, and their passwords. */
import { sql } from 'kysely';
import type { Executor } from '../../platform/db/database.ts';
import { maybe } from '../../platform/db/transaction.ts';

/** A person as sign-in needs them. Times in seconds since 1970, with their fractions: what happened within one second has an order. */
export interface Person {
  readonly id: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
  readonly isEnabled: boolean;
  readonly hash: string | null;
  readonly mustChange: boolean;
  /** Sessions and refresh tokens from before have ended: the last change of the password, revocation, disabling or deletion. */
  readonly sessionsValidFrom: number;
  readonly now: number;
}

const columns = sql`u.id, coalesce(u.display_name, '') as "displayName", u.user_principal_name as "userPrincipalName", u.account_enabled as "isEnabled", w.hash,
  coalesce(w.must_change, false) as "mustChange", coalesce(extract(epoch from greatest(w.changed_at, (u.data ->> 'signInSessionsValidFromDateTime')::timestamptz)), 0)::float8 as "sessionsValidFrom",
  extract(epoch from now())::float8 as now`;
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
