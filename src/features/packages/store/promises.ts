/** To whom a package is promised: the scopes of its policies. */
import { sql } from 'kysely';
import type { JsonRecord } from '../../../kernel/json.ts';
import type { Executor } from '../../../platform/db/database.ts';
import { all } from '../../../platform/db/transaction.ts';
import { type AllowedTargetScope, parsePolicy, type SubjectSet } from '../../policies/model.ts';

/** Scope and named targets of one policy. */
export interface Promised {
  readonly policyName: string;
  readonly scope: AllowedTargetScope;
  readonly targets: readonly SubjectSet[];
}

/** What the policies of a package promise. */
export async function listPromises(executor: Executor, accessPackageId: string): Promise<readonly Promised[]> {
  const rows = await all(executor, sql<JsonRecord>`select * from assignment_policies where access_package_id = ${accessPackageId}`);
  return rows.map(parsePolicy).map((policy) => ({ policyName: policy.displayName, scope: policy.allowedTargetScope, targets: policy.specificAllowedTargets }));
}
