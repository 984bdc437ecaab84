/** Rule 6: at least once, and harmless twice: everything that the clock or a job does may be repeated, in any order, by several at once; the end is the same, and is told once. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { replaceLostApprovers } from '../../src/features/approvals/commands/asking.ts';
import { expireStage } from '../../src/features/approvals/commands/clock.ts';
import { decideStage } from '../../src/features/approvals/commands/decide.ts';
import { endAccess, packageRolesChanged, reprocessAssignment } from '../../src/features/assignments/commands.ts';
import { lifecycleSweep } from '../../src/features/assignments/jobs.ts';
import { endAssignments } from '../../src/features/grants/commands/delivery.ts';
import { cancelRequest, startRequest } from '../../src/features/requests/commands/change.ts';
import type { RequestWork } from '../../src/features/requests/store/writing.ts';
import { Problem } from '../../src/kernel/problem.ts';
import { fixedClock } from '../../src/platform/clock.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { all, inTransaction } from '../../src/platform/db/transaction.ts';
import { testDatabase } from '../support/database.ts';
import { addRole, administrator, approvedBy, as, ask, grantsAt, makeHouse, makeObject, makePackage, makePolicy, person, requestNow, serverWork, stagesOf } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const house = await makeHouse(db, 3);
const admin = administrator(await makeObject(db, 'servicePrincipal'));
const soon = (): Date => new Date(Date.now() + 3_600_000);
const afterwards = new Date(Date.now() + 30 * 86_400_000);

const server = async (act: (work: RequestWork) => Promise<unknown>, now = afterwards): Promise<unknown> => await inTransaction(db, async (tx) => await act(serverWork(tx, now)));
const sweep = async (): Promise<unknown> => await lifecycleSweep({ db, clock: fixedClock(afterwards), log: silentLog }).run();

/** One thing that has to happen: the ways in which it may be set off, and how the world then is. */
interface Matter {
  readonly ways: readonly (() => Promise<unknown>)[];
  readonly isSettled: () => Promise<void>;
}

const toldOnce = async (subjectId: string, to: string): Promise<void> => {
  const steps = await all(db, sql`select 1 from transitions where subject_id = ${subjectId} and to_state = ${to}`);
  const events = await all(db, sql`select 1 from audit_events where ${subjectId}::uuid = any(target_ids) and operation in ('Expire', 'Unassign', 'Deny', 'Approve', 'Update')`);
  expect([to, steps.length, events.length]).toEqual([to, 1, 1]);
};
const give = async (targetId: string, roleIds: readonly string[], ends?: Date) => {
  const packageId = await makePackage(db, house, roleIds);
  const policyId = await makePolicy(db, packageId, { scope: 'notSpecified' });
  const made = await ask(db, admin, { type: 'adminAdd', named: { targetId, policyId }, schedule: ends === undefined ? {} : { expiration: { type: 'afterDateTime', endDateTime: ends.toISOString() } } });
  return { ...made, packageId, assignmentId: made.assignmentId ?? '' };
};
/** A request that waits: for years, unless the sweep is to find it. */
const pending = async (approver: string, lasts = 'P3Y') => {
  const [userId, packageId] = [await makeObject(db, 'user'), await makePackage(db, house)];
  const { stages, ...approval } = approvedBy([[approver]]);
  await makePolicy(db, packageId, { approval: { ...approval, stages: Array.isArray(stages) ? stages.map((stage: object) => ({ ...stage, durationBeforeAutomaticDenial: lasts })) : [] } });
  const { id } = await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } });
  return { userId, id, stageId: (await stagesOf(db, id))[0]?.id ?? '' };
};

const matters: Readonly<Record<string, () => Promise<Matter>>> = {
  async expiry() {
    const targetId = await makeObject(db, 'servicePrincipal');
    const [ending, lasting] = [await give(targetId, house.roleIds.slice(0, 2), soon()), await give(targetId, house.roleIds.slice(1))];
    return {
      ways: [sweep, async () => await server(async (work) => await endAssignments(work, [ending.assignmentId], { cause: 'expired', why: null })), async () => await server(async (work) => await endAssignments(work, [ending.assignmentId, ending.assignmentId], { cause: 'expired', why: null }))],
      isSettled: async () => {
        expect((await grantsAt(db, targetId, new Date(0))).map(({ role }) => role)).toEqual(house.roleIds.slice(1).toSorted());
        await toldOnce(ending.assignmentId, 'expired');
        expect(await all(db, sql`select 1 from transitions where subject_id = ${lasting.assignmentId} and to_state = 'expired'`)).toEqual([]);
      },
    };
  },
  async start() {
    const targetId = await makeObject(db, 'servicePrincipal');
    const policyId = await makePolicy(db, await makePackage(db, house, house.roleIds), { scope: 'notSpecified' });
    const { id } = await ask(db, admin, { type: 'adminAdd', named: { targetId, policyId }, schedule: { startDateTime: soon().toISOString() } });
    return {
      ways: [sweep, async () => await server(async (work) => await startRequest(work, id))],
      isSettled: async () => {
        expect(await grantsAt(db, targetId, new Date(0))).toHaveLength(3);
        expect(await all(db, sql`select 1 from assignments where target_id = ${targetId}`)).toHaveLength(1);
        await toldOnce(id, 'delivered');
      },
    };
  },
  async timeout() {
    const at = await pending(await makeObject(db, 'user'), 'P14D');
    return { ways: [sweep, async () => await server(async (work) => await expireStage(work, at.stageId))], isSettled: async () => { await toldOnce(at.id, 'denied'); expect((await requestNow(db, at.id)).state).toBe('denied'); } };
  },
  async approval() {
    const approver = await makeObject(db, 'user');
    const at = await pending(approver);
    const approve = async (): Promise<unknown> => await as(db, { caller: person(approver) }, async (work) => await decideStage(work, { requestId: at.id, stageId: at.stageId }, { reviewResult: 'Approve', justification: null }));
    return { ways: [approve], isSettled: async () => { await toldOnce(at.id, 'delivered'); expect(await grantsAt(db, at.userId, new Date(0))).toHaveLength(1); } };
  },
  async cancellation() {
    const at = await pending(await makeObject(db, 'user'));
    return { ways: [async () => await as(db, { caller: person(at.userId) }, async (work) => await cancelRequest(work, at.id))], isSettled: async () => { await toldOnce(at.id, 'canceled'); } };
  },
  async removal() {
    const targetId = await makeObject(db, 'servicePrincipal');
    const { assignmentId } = await give(targetId, house.roleIds);
    return { ways: [async () => await ask(db, admin, { type: 'adminRemove', named: { assignmentId } })], isSettled: async () => { expect(await grantsAt(db, targetId, new Date(0))).toEqual([]); await toldOnce(assignmentId, 'expired'); } };
  },
  async departure() {
    const [leaver, approver] = [await makeObject(db, 'user'), await makeObject(db, 'user')];
    const [held, waits, owes] = [await give(leaver, house.roleIds), await pending(leaver), await pending(approver)];
    await sql`update assignment_requests set requestor_id = ${leaver} where id = ${owes.id}`.execute(db);
    const leave = async (): Promise<unknown> => await server(async (work) => {
      await endAccess(work, [leaver]);
      await sql`update directory_objects set deleted_at = coalesce(deleted_at, now()) where id = ${leaver}`.execute(work.tx);
    }, new Date());
    return {
      ways: [leave, leave, async () => { await leave(); await server(async (work) => await replaceLostApprovers(work, [leaver]), new Date()); }],
      isSettled: async () => {
        await toldOnce(held.assignmentId, 'expired');
        await toldOnce(waits.id, 'denied');
        await toldOnce(owes.id, 'canceled');
        expect(await grantsAt(db, leaver, new Date(0))).toEqual([]);
      },
    };
  },
  async change() {
    const targetId = await makeObject(db, 'servicePrincipal');
    const { assignmentId, packageId } = await give(targetId, house.roleIds.slice(0, 1));
    await addRole(db, house, { packageId, roleId: house.roleIds[1] ?? '' });
    await sql`delete from package_roles where access_package_id = ${packageId} and role_id = ${house.roleIds[0]}`.execute(db);
    const changed = async (): Promise<unknown> => await server(async (work) => await packageRolesChanged(work, packageId), new Date());
    return {
      ways: [changed, async () => { await changed(); await as(db, { caller: admin }, async (work) => await reprocessAssignment(work, assignmentId)); }],
      isSettled: async () => { expect((await grantsAt(db, targetId, new Date(0))).map(({ role }) => role)).toEqual(house.roleIds.slice(1, 2)); },
    };
  },
};

/** A repetition may be refused because all is done; nothing else may go wrong. */
async function setOff(way: () => Promise<unknown>): Promise<void> {
  await way().catch((error: unknown) => { if (!(error instanceof Problem) || !['conflict', 'notFound', 'requestRefused'].includes(error.problem)) throw error; });
}

const connections = 4;

describe('rule 6: at least once, and harmless twice', () => {
  it('whatever is repeated, in whatever order, by several at once', async () => {
    const names = Object.keys(matters);
    const repeats = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat({ max: connections - 1 })), { minLength: 6, maxLength: 30 });
    await fc.assert(fc.asyncProperty(fc.uniqueArray(fc.constantFrom(...names), { minLength: 2, maxLength: 4 }), repeats, async (chosen, order) => {
      const made = await Promise.all(chosen.map(async (name) => await (matters[name] ?? expect.unreachable())()));
      const queues: (() => Promise<unknown>)[][] = Array.from({ length: connections }, () => []);
      for (const [which, way, lane] of order) {
        const ways = made[which % made.length]?.ways ?? [];
        const chosenWay = ways[way % ways.length];
        if (chosenWay !== undefined) queues[lane]?.push(chosenWay);
      }
      // Each at least once, wherever chance has left it out.
      for (const [nth, { ways: [first] }] of made.entries()) if (first !== undefined) queues[nth % connections]?.push(first);
      await Promise.all(queues.map(async (queue) => { for (const way of queue) await setOff(way); }));
      for (const { isSettled } of made) await isSettled();
    }), { numRuns: 40 });
  }, 300_000);
});
