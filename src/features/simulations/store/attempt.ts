/** A change that is made to be looked at, and taken back: nothing of it stays, and what it has locked is free again at once. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { one } from '../../../platform/db/transaction.ts';
import { rolesOf } from '../../requests/store/facts.ts';
import type { Snapshot } from '../model.ts';

/** What stands in the tables about some packages now. */
export async function readSnapshot(tx: Tx, packageIds: readonly string[]): Promise<Snapshot> {
  return await one(tx, sql<Snapshot>`
    with given as materialized (select ${[...packageIds]}::uuid[] as ids)
    select (select coalesce(jsonb_agg(to_jsonb(p) order by p.created_at, p.id), '[]') from assignment_policies p where p.access_package_id = any(given.ids)) as policies,
      (select coalesce(jsonb_agg(jsonb_build_object('packageId', x.package_id, 'kind', x.kind, 'otherId', x.other_id)), '[]') from (
        select i.access_package_id as package_id, 'package' as kind, i.incompatible_id as other_id from incompatible_packages i where i.access_package_id = any(given.ids)
        union select i.incompatible_id, 'package', i.access_package_id from incompatible_packages i where i.incompatible_id = any(given.ids)
        union select g.access_package_id, 'group', g.group_id from incompatible_groups g where g.access_package_id = any(given.ids)) x) as exclusions,
      ${rolesOf(sql`given.ids[1]`)} as roles
    from given`);
}

/** Takes the only turn that somebody has to simulate, until the end of the transaction. False: it is taken. Whoever asks many at once would have every connection of the server for itself. */
export async function takeOnlyTurn(tx: Tx, principalId: string): Promise<boolean> {
  return (await one(tx, sql<{ taken: boolean }>`select pg_try_advisory_xact_lock(hashtextextended('simulate ' || ${principalId}::text, 0)) as taken`)).taken;
}

/** Longest time that one statement of a simulation takes. */
export async function limitTime(tx: Tx): Promise<void> {
  await sql`set local statement_timeout = '10s'`.execute(tx);
}

/** Makes a change, reads what `look` wants to know of it, and takes it back. What the change is refused with is thrown. */
export async function attempt<T>(tx: Tx, change: () => Promise<void>, look: () => Promise<T>): Promise<T> {
  await sql`savepoint simulated`.execute(tx);
  await change();
  const seen = await look();
  await sql`rollback to savepoint simulated`.execute(tx);
  return seen;
}
