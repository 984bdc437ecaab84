/** Separation of duties: whatever was asked for, approved or scheduled, and whenever packages came to exclude each other, nobody is given both by approvals, starts and retries. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { decideStage } from '../../src/features/approvals/commands/decide.ts';
import { lifecycleSweep } from '../../src/features/assignments/jobs.ts';
import { startRequest } from '../../src/features/requests/commands/change.ts';
import { Problem } from '../../src/kernel/problem.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { all, inTransaction } from '../../src/platform/db/transaction.ts';
import { testDatabase } from '../support/database.ts';
import { approvedBy, as, ask, makeHouse, makeObject, makePackage, makePolicy, person, requestNow, serverWork, stagesOf } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const house = await makeHouse(db, 3);
const approver = await makeObject(db, 'user');
const sweep = lifecycleSweep({ db, clock: { now: () => new Date() }, log: silentLog });

const held = async (targetId: string): Promise<readonly string[]> => (await all(db, sql<{ id: string }>`
  select access_package_id as id from assignments where target_id = ${targetId} and state not in ('expired', 'deliveryFailed') and ends_at > now()`)).map(({ id }) => id);

/** Approves, or answers what refused it. */
async function approve(requestId: string): Promise<string> {
  const stage = (await stagesOf(db, requestId)).find(({ status }) => status === 'InProgress');
  try {
    return await as(db, { caller: person(approver) }, async (work) => await decideStage(work, { requestId, stageId: stage?.id ?? '' }, { reviewResult: 'Approve', justification: null }));
  } catch (error) {
    return error instanceof Problem ? error.reasons.map(({ code }) => code).join() : expect.unreachable(String(error));
  }
}

it('of two approvals at once, of packages that came to exclude each other, one passes and the other is told the name', async () => {
  await fc.assert(fc.asyncProperty(fc.boolean(), fc.integer({ min: 1, max: 2 }), async (isOtherWay, stages) => {
    const [targetId, left, right] = [await makeObject(db, 'user'), await makePackage(db, house), await makePackage(db, house)];
    for (const packageId of [left, right]) await makePolicy(db, packageId, { approval: approvedBy(Array.from({ length: stages }, () => [approver])) });
    const requests = await Promise.all([left, right].map(async (accessPackageId) => await ask(db, person(targetId), { type: 'userAdd', named: { accessPackageId } })));
    for (let passed = 1; passed < stages; passed++) for (const { id } of requests) expect(await approve(id)).toBe('pendingApproval');
    await sql`insert into incompatible_packages values (${isOtherWay ? left : right}, ${isOtherWay ? right : left})`.execute(db);
    const ends = await Promise.all(requests.map(async ({ id }) => await approve(id)));
    expect(ends.toSorted()).toEqual(['delivered', 'incompatibleAccessPackage']);
    expect(await held(targetId)).toHaveLength(1);
    const states = await Promise.all(requests.map(async ({ id }) => (await requestNow(db, id)).state));
    expect(states.toSorted()).toEqual(['delivered', 'pendingApproval']);
  }), { numRuns: 15 });
}, 300_000);

it('of starts that come at once one is given, and the other is denied with the name', async () => {
  await fc.assert(fc.asyncProperty(fc.boolean(), async (isSwept) => {
    const [targetId, left, right] = [await makeObject(db, 'user'), await makePackage(db, house), await makePackage(db, house)];
    const schedule = { startDateTime: new Date(Date.now() + 3_600_000).toISOString(), expiration: { type: 'noExpiration' as const } };
    for (const packageId of [left, right]) await makePolicy(db, packageId);
    const requests = await Promise.all([left, right].map(async (accessPackageId) => await ask(db, person(targetId), { type: 'userAdd', named: { accessPackageId }, schedule })));
    await sql`insert into incompatible_packages values (${left}, ${right})`.execute(db);
    await sql`update assignment_requests set starts_at = now() - interval '1 minute' where id = any(${requests.map(({ id }) => id)}::uuid[])`.execute(db);
    if (isSwept) await sweep.run();
    else await Promise.all(requests.map(async ({ id }) => { await inTransaction(db, async (tx) => { await startRequest(serverWork(tx), id); }); }));
    const ends = await Promise.all(requests.map(async ({ id }) => await requestNow(db, id)));
    expect(ends.map(({ state }) => state).toSorted()).toEqual(['delivered', 'denied']);
    expect(ends.flatMap(({ codes }) => codes)).toEqual(['incompatibleAccessPackage']);
    expect(await held(targetId)).toHaveLength(1);
  }), { numRuns: 10 });
}, 300_000);
