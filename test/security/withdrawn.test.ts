/** What is withdrawn while it is being given is not given; what is decided too late is not decided. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { decideStage } from '../../src/features/approvals/commands/decide.ts';
import { packageRolesChanged, reprocessAssignment } from '../../src/features/assignments/commands.ts';
import { removeRole } from '../../src/features/packages/commands/roles.ts';
import { all, one } from '../../src/platform/db/transaction.ts';
import { testDatabase } from '../support/database.ts';
import { command } from '../support/graph-work.ts';
import { administrator, approvedBy, as, ask, grantsAt, makeHouse, makeObject, makePackage, makePolicy, person, requestNow, stagesOf } from '../support/lifecycle.ts';

const { db, owner } = await testDatabase();
const house = await makeHouse(db, 2);
const [kept = '', withdrawn = ''] = house.roleIds;
const admin = administrator(await makeObject(db, 'servicePrincipal'));
const approver = await makeObject(db, 'user');

async function offered(isApproved: boolean) {
  const packageId = await makePackage(db, house, [kept, withdrawn]);
  await makePolicy(db, packageId, isApproved ? { approval: approvedBy([[approver]]) } : {});
  return { packageId, userId: await makeObject(db, 'user') };
}

/** Takes the second role out of the package, and lets `give` begin before that is committed. */
async function whileWithdrawing(packageId: string, give: () => Promise<unknown>): Promise<void> {
  const { id } = await one(db, sql<{ id: string }>`select id from package_roles where access_package_id = ${packageId} and permission_id = ${withdrawn}`);
  const given: { done?: Promise<unknown> } = {};
  const slowly = removeRole(async (work, changed) => {
    await packageRolesChanged(work, changed);
    given.done = give();
    // It is under way when the database says that it waits for us.
    for (let waits = 0; waits === 0;) waits = (await all(owner, sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).length;
  });
  await command({ db, caller: admin }, slowly, { id, ancestors: [{ type: 'accessPackage', id: packageId, navigation: 'resourceRoleScopes' }] });
  await given.done;
}

const held = async (userId: string): Promise<readonly string[]> => (await grantsAt(db, userId, new Date())).map(({ role }) => role);

describe('a role that leaves its package', () => {
  it('is not given by a request that waited for that', async () => {
    const { packageId, userId } = await offered(false);
    await whileWithdrawing(packageId, async () => await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } }));
    expect(await held(userId)).toEqual([kept]);
  });

  it('is not given by an approval that waited for that', async () => {
    const { packageId, userId } = await offered(true);
    const { id } = await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } });
    const stageId = (await stagesOf(db, id))[0]?.id ?? '';
    await whileWithdrawing(packageId, async () => await as(db, { caller: person(approver) }, async (work) => await decideStage(work, { requestId: id, stageId }, { reviewResult: 'Approve', justification: null })));
    expect(await held(userId)).toEqual([kept]);
  });

  it('is not given back by a repeated delivery that waited for that', async () => {
    const { packageId, userId } = await offered(false);
    const { assignmentId = '' } = await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } });
    await sql`update assignments set state = 'partiallyDelivered', status = 'PartiallyDelivered' where id = ${assignmentId}`.execute(db);
    await whileWithdrawing(packageId, async () => await as(db, { caller: admin }, async (work) => { await reprocessAssignment(work, assignmentId); }));
    expect(await held(userId)).toEqual([kept]);
  });
});

describe('a stage whose time is over', () => {
  it('is not decided any more, though no sweep has been there', async () => {
    const { packageId, userId } = await offered(true);
    const { id } = await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } });
    const stageId = (await stagesOf(db, id))[0]?.id ?? '';
    const late = new Date(Date.now() + 15 * 86_400_000);
    const decided = as(db, { caller: person(approver), now: late }, async (work) => await decideStage(work, { requestId: id, stageId }, { reviewResult: 'Approve', justification: null }));
    await expect(decided).rejects.toMatchObject({ problem: 'conflict' });
    expect([(await requestNow(db, id)).state, await held(userId)]).toEqual(['pendingApproval', []]);
  });
});
