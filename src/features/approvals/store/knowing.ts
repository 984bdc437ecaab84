/** Who may know of an approval, and of who decided it. */
import { sql } from 'kysely';
import type { Caller } from '../../../kernel/caller.ts';
import type { Tx } from '../../../platform/db/database.ts';
import { maybe } from '../../../platform/db/transaction.ts';
import { col } from '../../../platform/graph/declare.ts';
import type { Alias, Sql } from '../../../platform/graph/model.ts';
import { showsApprovers } from '../../controls/store.ts';
import { entitlementReach } from '../../roles/rules.ts';
import { isReachedPackage } from '../../roles/store/reach.ts';

/** Whether a person may know of an approval: asks, receives, decides, or looks after whoever receives. */
export async function concernsApproval(tx: Tx, requestId: string, principalId: string): Promise<boolean> {
  const row = await maybe(tx, sql`
    select 1 from assignment_requests r where r.id = ${requestId}
       and (r.requestor_id = ${principalId} or r.target_id = ${principalId}
         or exists (select 1 from approval_stages s join stage_deciders x on x.stage_id = s.id where s.request_id = r.id and x.principal_id = ${principalId})
         or exists (select 1 from approval_stages s join stage_decisions d on d.stage_id = s.id where s.request_id = r.id and d.principal_id = ${principalId})
         or exists (select 1 from directory_links l where l.source_id = r.target_id and l.target_id = ${principalId}))`);
  return row !== undefined;
}

/**
 * Whether the caller may know who decided a stage: it reads the catalog's requests, it was asked to decide the request itself,
 * or the policy shows approvers to whoever asks; where the policy leaves that open, administrators say (contract §1.9).
 */
export function seesReviewer(caller: Caller, stage: Alias): Sql {
  const reached = isReachedPackage(entitlementReach(caller, 'readAssignments'), { packageId: sql`sr.access_package_id`, policyId: sql`sr.policy_id` });
  if (reached === 'all') return sql`true`;
  const said = sql`coalesce(${col(stage, 'settings')} ->> 'approverInformationVisibility', 'default')`;
  return sql`(case ${said} when 'visible' then true when 'notVisible' then false else ${showsApprovers(caller)} end
    or exists (select 1 from approval_stages mine join stage_deciders x on x.stage_id = mine.id where mine.request_id = ${col(stage, 'request_id')} and x.principal_id = ${caller.principalId}::uuid)
    or exists (select 1 from approval_stages mine join stage_decisions d on d.stage_id = mine.id where mine.request_id = ${col(stage, 'request_id')} and d.principal_id = ${caller.principalId}::uuid)
    or ${reached === 'none' ? sql`false` : sql`exists (select 1 from assignment_requests sr where sr.id = ${col(stage, 'request_id')} and ${reached})`})`;
}
