/** What excludes a package for somebody, once a request for it is open. */
import { sql } from 'kysely';
import type { Tx } from '../../../platform/db/database.ts';
import { all } from '../../../platform/db/transaction.ts';
import type { Incompatible } from '../model.ts';
import type { OpenRequest } from './open.ts';

/**
 * What the target holds that excludes the package, in either direction; unless `isFinal`, also what it has been approved for and
 * will be given: of two requests that were made before they excluded each other, the first to be approved is given. Requests that
 * nobody has decided count at submit only (store/facts.ts): whoever decides may let one of them pass.
 */
export async function listConflicts(tx: Tx, { id, targetId, accessPackageId }: Pick<OpenRequest, 'id' | 'targetId' | 'accessPackageId'>, { isFinal, now }: { readonly isFinal: boolean; readonly now: Date }): Promise<readonly Incompatible[]> {
  return await all(tx, sql<Incompatible>`
    select distinct 'accessPackage' as kind, k.id, k.display_name as "displayName"
      from incompatible_packages i join access_packages k on k.id = case when i.access_package_id = ${accessPackageId}::uuid then i.incompatible_id else i.access_package_id end
     where ${accessPackageId}::uuid in (i.access_package_id, i.incompatible_id)
       and (exists (select 1 from assignments a where a.target_id = ${targetId}::uuid and a.access_package_id = k.id and a.state not in ('expired', 'deliveryFailed') and a.ends_at > ${now})
         or (not ${isFinal}::boolean and exists (select 1 from assignment_requests r where r.target_id = ${targetId}::uuid and r.access_package_id = k.id and r.id <> ${id}::uuid and ${isApproved})))
    union all
    select 'group', o.id, o.display_name from incompatible_groups i join directory_objects o on o.id = i.group_id and o.deleted_at is null
     where i.access_package_id = ${accessPackageId}::uuid and i.group_id in (select group_id from groups_of(${targetId}::uuid))
     order by 3, 2`);
}

/** A request that nobody has to decide any more: it waits for its start, or for an extension behind the approval. */
const isApproved = sql`(r.state in ('scheduled', 'delivering') or (r.waits_for is not null and exists (select 1 from callouts c where c.id = r.waits_for and c.stage = 'assignmentRequestApproved')))`;
