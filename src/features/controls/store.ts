/** Control configurations in the database, and what they mean for others as conditions. */
import { sql } from 'kysely';
import type { Caller } from '../../kernel/caller.ts';
import type { Executor } from '../../platform/db/database.ts';
import { maybe } from '../../platform/db/transaction.ts';
import type { Sql } from '../../platform/graph/model.ts';
import type { Stamp } from '../catalogs/store.ts';
import type { Control } from './model.ts';

/** The values of a configuration before a change, locked. */
export async function lockControl(executor: Executor, id: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const row = await maybe(executor, sql<{ values: Readonly<Record<string, unknown>> }>`
    select jsonb_strip_nulls(jsonb_build_object('isEnabled', is_enabled, 'relatedPeopleInsightLevel', related_people_insight_level, 'showApproverDetailsToMembers', show_approver_details_to_members,
      'isApprovalRequired', is_approval_required, 'minimumRiskLevel', minimum_risk_level)) as "values" from control_configurations where id = ${id} for update`);
  return row?.values;
}

/** Writes a changed configuration. */
export async function updateControl(executor: Executor, control: Control, { now, by }: Stamp): Promise<void> {
  const own = control.type === 'endUserSettings'
    ? sql`related_people_insight_level = ${control.relatedPeopleInsightLevel}, show_approver_details_to_members = ${control.showApproverDetailsToMembers}`
    : sql`is_approval_required = ${control.isApprovalRequired}, minimum_risk_level = ${control.minimumRiskLevel}`;
  await sql`update control_configurations set is_enabled = ${control.isEnabled}, ${own}, modified_at = ${now}, modified_by = ${by} where id = ${control.type}`.execute(executor);
}

/** `disabled`, `count` or `countAndNames`, as it is set now. */
export const insightLevel: Sql = sql`(select case when cc.is_enabled then cc.related_people_insight_level else 'disabled' end from control_configurations cc where cc.id = 'endUserSettings')`;

/** Whether approvers are shown where a policy leaves that open: to members, where administrators say so, and never to guests. */
export const showsApprovers = ({ principalId }: Caller): Sql => sql`(
  (select cc.is_enabled and cc.show_approver_details_to_members from control_configurations cc where cc.id = 'endUserSettings')
  and not exists (select 1 from directory_objects cg where cg.id = ${principalId}::uuid and cg.data ->> 'userType' = 'Guest'))`;
