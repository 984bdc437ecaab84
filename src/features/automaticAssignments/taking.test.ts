/** How automatic assignment takes: after a time of grace, never more at once than is allowed, and once, however many do it. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { inTransaction, one } from '../../platform/db/transaction.ts';
import { makeCompany, hour } from '../../../test/support/automatic.ts';
import { testDatabase } from '../../../test/support/database.ts';
import { administrator, as, ask, countOf, makeObject, person, serverWork } from '../../../test/support/lifecycle.ts';
import { reprocessAssignment } from '../assignments/commands.ts';
import { runRule } from './commands/run.ts';

const { db } = await testDatabase();
const company = await makeCompany(db);

describe('the time of grace', () => {
  it('begins with leaving, is shown, ends with coming back, and is over when it is over', async () => {
    const given = await company.ruled({ grace: 'P7D' });
    const pat = await company.hire(given.department);
    await company.sweep();
    await company.move([pat], null);
    await company.sweep();
    expect([await company.has(pat), await company.statusOf(pat)]).toEqual([true, 'AutoAssignmentInGracePeriod']);
    await company.move([pat], given.department);
    await company.sweep();
    expect(await company.statusOf(pat)).toBe('Delivered');
    company.pass(8 * 24 * hour);
    await company.sweep();
    expect(await company.has(pat)).toBe(true);
    await company.move([pat], null);
    await company.sweep();
    company.pass(6 * 24 * hour);
    await company.sweep();
    expect([await company.has(pat), await company.statusOf(pat)]).toEqual([true, 'AutoAssignmentInGracePeriod']);
    company.pass(2 * 24 * hour);
    await company.sweep();
    expect([await company.has(pat), await company.statusOf(pat)]).toEqual([false, 'Removed']);
  });

  it('is shown until it is over, also when the end is moved or the delivery repeated meanwhile', async () => {
    const given = await company.ruled({ grace: 'P7D' });
    const pat = await company.hire(given.department);
    await company.sweep();
    await company.move([pat], null);
    await company.sweep();
    const { id } = await one(db, sql<{ id: string }>`select id from assignments where target_id = ${pat}`);
    const shown = async () => [await company.statusOf(pat), (await one(db, sql<{ state: string }>`select state from assignments where id = ${id}`)).state];
    const end = new Date(company.clock.now().getTime() + 20 * 24 * hour).toISOString();
    const admin = administrator(await makeObject(db, 'servicePrincipal'));
    await ask(db, admin, { type: 'adminUpdate', named: { assignmentId: id }, schedule: { expiration: { type: 'afterDateTime', endDateTime: end } }, now: company.clock.now() });
    expect(await shown()).toEqual(['AutoAssignmentInGracePeriod', 'delivered']);
    await as(db, { caller: admin, now: company.clock.now() }, async (work) => await reprocessAssignment(work, id));
    expect(await shown()).toEqual(['AutoAssignmentInGracePeriod', 'delivered']);
    await company.move([pat], given.department);
    await company.sweep();
    expect(await shown()).toEqual(['Delivered', 'delivered']);
  });

  it('ends what is asked for meanwhile', async () => {
    const given = await company.ruled({ grace: 'P1D' });
    const pat = await company.hire(given.department);
    await company.sweep();
    const approver = await makeObject(db, 'user');
    await sql`update assignment_policies set requestor_settings = requestor_settings || '{"enableTargetsToSelfUpdateAccess": true}', request_approval_settings = ${JSON.stringify({ isApprovalRequiredForUpdate: true, stages: [{ durationBeforeAutomaticDenial: 'P14D', primaryApprovers: [{ '@odata.type': '#microsoft.graph.singleUser', userId: approver }], fallbackPrimaryApprovers: [] }] })}::jsonb where id = ${given.policyId}`.execute(db);
    await company.move([pat], null);
    await company.sweep();
    const { id } = await one(db, sql<{ id: string }>`select id from assignments where target_id = ${pat}`);
    await ask(db, person(pat), { type: 'userUpdate', named: { assignmentId: id }, schedule: { expiration: { type: 'noExpiration' } }, now: company.clock.now() });
    company.pass(25 * hour);
    await company.sweep();
    expect([await company.has(pat), await company.requestsOf(pat)]).toEqual([false, ['systemAdd delivered', 'userUpdate canceled', 'systemRemove delivered']]);
  });

  it('is over for everybody when the policy takes nothing any more', async () => {
    const given = await company.ruled({ grace: 'P1D' });
    const pat = await company.hire(given.department);
    await company.sweep();
    await company.move([pat], null);
    await company.sweep();
    await sql`update attribute_rules set removes = false, next_run_at = ${company.clock.now()} where policy_id = ${given.policyId}`.execute(db);
    company.pass(48 * hour);
    await company.sweep();
    expect([await company.has(pat), await company.statusOf(pat)]).toEqual([true, 'Delivered']);
  });
});

describe('the brake', () => {
  it('holds a run that would take too much, goes on giving, and lapses when nobody leaves any more', async () => {
    const given = await company.ruled();
    const people = await company.staff(given.department, 12);
    await company.sweep();
    await company.move(people.slice(0, 6), null);
    await company.sweep();
    expect([await company.holders(given), await company.lastRun(given)]).toEqual([12, { state: 'held', removals: 6, assigned: 12 }]);
    const late = await company.hire(given.department);
    await company.move(people.slice(6, 7), null);
    await company.move(people.slice(0, 1), given.department);
    await company.sweep();
    expect([await company.has(late), await company.holders(given), await company.lastRun(given)]).toEqual([true, 13, { state: 'held', removals: 6, assigned: 12 }]);
    await company.move(people, given.department);
    await company.sweep();
    expect([await company.lastRun(given), await company.holders(given)]).toEqual([{ state: 'lapsed', removals: 6, assigned: 12 }, 13]);
  });

  it('sees many small changes as one', async () => {
    const given = await company.ruled();
    const people = await company.staff(given.department, 30);
    await company.sweep();
    for (const one_ of people.slice(0, 10)) {
      await company.move([one_], null);
      await company.sweep();
    }
    expect([await company.holders(given), (await company.lastRun(given))?.state]).toEqual([24, 'held']);
  });

  it('does not see what was taken before the last hour', async () => {
    const given = await company.ruled();
    const people = await company.staff(given.department, 30);
    await company.sweep();
    for (const start of [0, 4, 8]) {
      await company.move(people.slice(start, start + 4), null);
      await company.sweep();
      company.pass(2 * hour);
    }
    expect([await company.holders(given), await company.lastRun(given)]).toEqual([18, undefined]);
  });

  it('holds for another rule what it holds for moved people', async () => {
    const given = await company.ruled();
    await company.staff(given.department, 6);
    await company.sweep();
    await sql`update attribute_rules set membership_rule = 'user.department -eq "nobody"', next_run_at = ${company.clock.now()}, full_run_at = ${company.clock.now()} where policy_id = ${given.policyId}`.execute(db);
    await company.sweep();
    expect([await company.holders(given), await company.lastRun(given)]).toEqual([6, { state: 'held', removals: 6, assigned: 6 }]);
  });
});

describe('several at once', () => {
  it('make one assignment, and take it once', async () => {
    const given = await company.ruled();
    const people = await company.staff(given.department, 8);
    const others = Array.from({ length: 4 }, () => company.sweeper());
    await Promise.all(others.map(async (other) => await other.run()));
    await company.sweep();
    expect(await company.holders(given)).toBe(8);
    await company.move(people.slice(0, 2), null);
    await Promise.all(others.map(async (other) => await other.run()));
    await Promise.all(others.map(async () => await inTransaction(db, async (tx) => await runRule(serverWork(tx, company.clock.now()), given.policyId))));
    await company.sweep();
    expect(await company.holders(given)).toBe(6);
    for (const id of people) expect((await company.requestsOf(id)).filter((type) => type.startsWith('systemAdd'))).toHaveLength(1);
  });
});

describe('a directory without rules', () => {
  it('notes nothing', async () => {
    await sql`delete from attribute_rules`.execute(db);
    await sql`delete from attribute_changes`.execute(db);
    const pat = await company.hire('anything');
    await company.move([pat], 'something');
    expect(await countOf(db, 'attribute_changes')).toBe(0);
    expect(await countOf(db, 'rule_members')).toBe(0);
  });
});
