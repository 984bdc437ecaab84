/** What decides on requests for several packages, for those who only look: in one statement, as `facts.ts` reads what decides on one. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { all } from '../../../platform/db/transaction.ts';
import { foundIn, incompatible, liveFound, openRequestFound, policiesFor, rolesOf, targetFound, type Found, type FoundRow } from './facts.ts';

/** Who would ask for what. */
export interface Asking {
  readonly callerId: string;
  readonly accessPackageId: string;
}

/** The facts of each asking, in its order. Nothing is held: nothing may follow from them. */
export async function loadFactsOfSeveral(tx: Tx, { targetId, asked }: { readonly targetId: string; readonly asked: readonly Asking[] }, now: Date): Promise<readonly Found[]> {
  const rows = await all(tx, sql<FoundRow>`
    with given as materialized (
      select x.caller_id, x.package_id, ${targetId}::uuid as target_id, null::uuid as assignment_id, ${now}::timestamptz as at, x.nth
        from unnest(${asked.map(({ callerId }) => callerId)}::uuid[], ${asked.map(({ accessPackageId }) => accessPackageId)}::uuid[]) with ordinality as x (caller_id, package_id, nth)),
    target as materialized (
      select o.id, o.type, o.display_name, o.account_enabled, o.data ->> 'userType' as user_type from directory_objects o
       where o.id = ${targetId}::uuid and o.deleted_at is null and o.type in ('user', 'agentUser', 'servicePrincipal', 'agentIdentity'))
    select (select jsonb_build_object('id', p.id, 'displayName', p.display_name, 'catalogId', p.catalog_id, 'isPublished', c.state = 'published')
              from access_packages p join catalogs c on c.id = p.catalog_id where p.id = given.package_id) as package,
           ${targetFound} as target, ${policiesFor({ isOnlyLooking: true })} as policies, ${liveFound} as live, ${openRequestFound} as "openRequestId", ${incompatible} as incompatible, false as excludes,
           ${rolesOf(sql`given.package_id`)} as roles, false as "isApprover", false as "isConcerned", false as "isStale"
      from given order by given.nth`);
  return rows.map(foundIn);
}
