/** Rules of policies, and who matches them. Whoever writes members holds their rule: none of two overlooks what the other sees. */
import { sql } from 'kysely';
import type { Executor, Tx } from '../../../platform/db/database.ts';
import { all, one } from '../../../platform/db/transaction.ts';
import type { MembershipRule } from '../model.ts';
import { isMemberBy } from './conditions.ts';

/** The rule of a policy, as text. `gracePeriod`: ISO 8601. */
export interface StoredRule {
  readonly policyId: string;
  readonly membershipRule: string;
  readonly requests: boolean;
  readonly removes: boolean;
  readonly gracePeriod: string | null;
}

/**
 * Keeps the rule of a policy, whose members are about to be found. What an administrator let be under another rule, or before
 * anything was taken, is looked at anew.
 */
export async function saveRule(tx: Tx, rule: StoredRule, now: Date): Promise<void> {
  await sql`
    with before as (select membership_rule, removes from attribute_rules where policy_id = ${rule.policyId}),
    judged as (update automatic_assignments a set is_kept = false from before where a.policy_id = ${rule.policyId} and a.is_kept and (before.membership_rule, before.removes) is distinct from (${rule.membershipRule}, ${rule.removes}))
    insert into attribute_rules (policy_id, membership_rule, requests, removes, grace_period, next_run_at, full_run_at)
    values (${rule.policyId}, ${rule.membershipRule}, ${rule.requests}, ${rule.removes}, ${rule.gracePeriod}, ${now}, ${now})
    on conflict (policy_id) do update set membership_rule = excluded.membership_rule, requests = excluded.requests, removes = excluded.removes, grace_period = excluded.grace_period,
      next_run_at = excluded.next_run_at, full_run_at = excluded.full_run_at`.execute(tx);
}

/** The policy has no rule any more: nobody matches, and nothing is given or taken. The row goes with the run that follows. */
export async function dropRule(tx: Tx, policyId: string, now: Date): Promise<void> {
  await sql`
    with dropped as (update attribute_rules set membership_rule = null, requests = false, removes = false, next_run_at = ${now} where policy_id = ${policyId} returning policy_id)
    delete from rule_members m using dropped where m.policy_id = dropped.policy_id`.execute(tx);
}

/** Every rule, each held until the end of the transaction. */
export async function lockRules(tx: Tx): Promise<readonly StoredRule[]> {
  return await all(tx, sql<StoredRule>`
    select policy_id as "policyId", membership_rule as "membershipRule", requests, removes, grace_period as "gracePeriod"
      from attribute_rules where membership_rule is not null order by policy_id for update`);
}

/** Whether the rule of a policy gives its package to somebody: it matches, by what is known now. */
export async function isGivenByRule(executor: Executor, { policyId, memberId }: { readonly policyId: string; readonly memberId: string }): Promise<boolean> {
  return (await all(executor, sql`select 1 from rule_members m join attribute_rules r on r.policy_id = m.policy_id and r.requests where m.policy_id = ${policyId} and m.member_id = ${memberId}`)).length > 0;
}

/** Finds who matches a rule now: everybody, or those of `objectIds`. Answers how many came or went. Its rule is held by the caller. */
export async function refreshMembers(executor: Executor, { policyId, rule, objectIds }: { readonly policyId: string; readonly rule: MembershipRule; readonly objectIds?: readonly string[] }, now: Date): Promise<number> {
  const among = (id: string) => (objectIds === undefined ? sql`true` : sql`${sql.ref(id)} = any(${objectIds}::uuid[])`);
  const { n } = await one(executor, sql<{ n: number }>`
    with matching as materialized (select o.id from directory_objects o where ${among('o.id')} and ${isMemberBy(rule, 'o')}),
    gone as (delete from rule_members m where m.policy_id = ${policyId} and ${among('m.member_id')} and not exists (select 1 from matching where matching.id = m.member_id) returning 1),
    came as (
      insert into rule_members (policy_id, member_id, since) select ${policyId}, matching.id, ${now} from matching
       where not exists (select 1 from rule_members k where k.policy_id = ${policyId} and k.member_id = matching.id) order by matching.id on conflict do nothing returning 1)
    select ((select count(*) from gone) + (select count(*) from came))::integer as n`);
  return n;
}
