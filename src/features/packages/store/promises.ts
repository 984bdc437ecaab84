/** To whom a package is promised: the scopes of its policies. */
import { sql } from 'kysely';
import type { PrincipalKind } from '../../../kernel/caller.ts';
import type { Executor } from '../../../platform/db/database.ts';
import { all } from '../../../platform/db/transaction.ts';
import type { AllowedTargetScope } from '../../policies/model.ts';

/** Scope of one policy, and the kinds of the identities that it names; members of a named group count as users. */
export interface Promised {
  readonly policyName: string;
  readonly scope: AllowedTargetScope;
  readonly namedKinds: readonly PrincipalKind[];
  /** It assigns by itself, or takes away. */
  readonly isAutomatic: boolean;
}

/** What the policies of a package promise. */
export async function listPromises(executor: Executor, accessPackageId: string): Promise<readonly Promised[]> {
  return await all(executor, sql<Promised>`
    select p.display_name as "policyName", p.allowed_target_scope as scope,
           coalesce((p.automatic_request_settings ->> 'requestAccessForAllowedTargets')::boolean or (p.automatic_request_settings ->> 'removeAccessWhenTargetLeavesAllowedTargets')::boolean, false) as "isAutomatic",
           coalesce((select json_agg(distinct case t.kind when 'group' then 'user' else o.type end)
                       from policy_targets t join directory_objects o on o.id = t.target_id where t.policy_id = p.id), '[]') as "namedKinds"
      from assignment_policies p where p.access_package_id = ${accessPackageId} order by p.created_at, p.id`);
}
