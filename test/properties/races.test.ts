/** Rules 3 and 6: racing decisions, repeated work, two sweepers. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { expireStage } from '../../src/features/approvals/commands/clock.ts';
import { decideStage } from '../../src/features/approvals/commands/decide.ts';
import { endAccess } from '../../src/features/assignments/commands.ts';
import { lifecycleSweep } from '../../src/features/assignments/jobs.ts';
import { cancelRequest, startRequest } from '../../src/features/requests/commands/change.ts';
import { Problem } from '../../src/kernel/problem.ts';
import { fixedClock } from '../../src/platform/clock.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { all, inTransaction, one } from '../../src/platform/db/transaction.ts';
import { testDatabase } from '../support/database.ts';
import { administrator, approvedBy, as, ask, countOf, grantsAt, makeHouse, makeObject, makePackage, makePolicy, person, requestNow, serverWork, stagesOf } from '../support/lifecycle.ts';

const database = await testDatabase();
const { db } = database;
const house = await makeHouse(db, 3);
const admin = administrator(await makeObject(db, 'servicePrincipal'));
const approvers = await Promise.all([makeObject(db, 'user'), makeObject(db, 'user'), makeObject(db, 'user')]);

async function pending(stages: readonly (readonly string[])[] = [approvers], fallback: readonly string[] = []) {
  const [userId, packageId] = [await makeObject(db, 'user'), await makePackage(db, house)];
  await makePolicy(db, packageId, { approval: approvedBy(stages, fallback) });
  const made = await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } });
  return { userId, packageId, id: made.id, stageId: (await stagesOf(db, made.id))[0]?.id ?? '' };
}

type Rival = 'approve' | 'deny' | 'cancel';
const outcomes: Readonly<Record<Rival, string>> = { approve: 'delivered', deny: 'denied', cancel: 'canceled' };

async function rival(kind: Rival, at: Awaited<ReturnType<typeof pending>>, nth: number): Promise<Rival | undefined> {
  try {
    if (kind === 'cancel') await as(db, { caller: person(at.userId) }, async (work) => await cancelRequest(work, at.id));
    else {
      const who = approvers[nth % approvers.length] ?? '';
      await as(db, { caller: person(who) }, async (work) => await decideStage(work, { requestId: at.id, stageId: at.stageId }, { reviewResult: kind === 'approve' ? 'Approve' : 'Deny', justification: null }));
    }
    return kind;
  } catch (error) {
    expect(error instanceof Problem ? error.problem : error).toBe('conflict');
    return undefined;
  }
}

describe('rules 3 and 6: several at once', () => {
  it('exactly one of racing decisions and cancellations wins, and history tells that one', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom<Rival>('approve', 'deny', 'cancel'), { minLength: 2, maxLength: 6 }), async (kinds) => {
      const at = await pending();
      const winners = (await Promise.all(kinds.map((kind, nth) => rival(kind, at, nth)))).filter((kind) => kind !== undefined);
      expect(winners).toHaveLength(1);
      const [winner] = winners;
      const now = await requestNow(db, at.id);
      expect(now.state).toBe(winner === undefined ? '' : outcomes[winner]);
      expect(await grantsAt(db, at.userId, new Date())).toHaveLength(winner === 'approve' ? 1 : 0);
      const steps = await all(db, sql<{ to: string }>`select to_state as to from transitions where subject_id = ${at.id} order by id`);
      expect(steps.filter(({ to }) => ['delivered', 'denied', 'canceled'].includes(to))).toEqual([{ to: now.state }]);
      const { n } = await one(db, sql<{ n: number }>`select count(*)::integer as n from audit_events where ${at.id}::uuid = any(target_ids) and operation in ('Approve', 'Deny', 'Update')`);
      expect(n).toBe(1);
    }), { numRuns: 25 });
  }, 40_000);

  it('several approvals of one stage pass that stage only', async () => {
    for (let round = 0; round < 10; round++) {
      const at = await pending([approvers, approvers]);
      const winners = (await Promise.all(approvers.map((_, nth) => rival('approve', at, nth)))).filter((kind) => kind !== undefined);
      expect(winners).toHaveLength(1);
      expect((await stagesOf(db, at.id)).map(({ status }) => status)).toEqual(['Completed', 'InProgress']);
      expect((await requestNow(db, at.id)).state).toBe('pendingApproval');
    }
  });

  it('one of several equal requests is taken', async () => {
    const [userId, packageId] = [await makeObject(db, 'user'), await makePackage(db, house)];
    await makePolicy(db, packageId);
    const results = await Promise.allSettled(Array.from({ length: 6 }, async () => await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId } })));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await grantsAt(db, userId, new Date())).toHaveLength(1);
  });

  it('of two packages that exclude each other, asked for at once, one is given', async () => {
    for (let round = 0; round < 8; round++) {
      const [userId, left, right] = [await makeObject(db, 'user'), await makePackage(db, house), await makePackage(db, house)];
      await Promise.all([makePolicy(db, left), makePolicy(db, right)]);
      await sql`insert into incompatible_packages values (${left}, ${right})`.execute(db);
      const results = await Promise.allSettled([left, right].map(async (accessPackageId) => await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId } })));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
  });

  it('overlapping deliveries and removals at once end where the assignments say', async () => {
    const targetId = await makeObject(db, 'servicePrincipal');
    const policies = await Promise.all(Array.from({ length: 4 }, async (_, nth) => await makePolicy(db, await makePackage(db, house, nth % 2 === 0 ? house.roleIds : house.roleIds.toReversed()), { scope: 'notSpecified' })));
    await Promise.all(policies.map(async (policyId) => {
      for (let round = 0; round < 6; round++) {
        const made = await ask(db, admin, { type: 'adminAdd', named: { targetId, policyId } });
        await ask(db, admin, { type: 'adminRemove', named: { assignmentId: made.assignmentId } });
      }
    }));
    expect(await grantsAt(db, targetId, new Date(0))).toEqual([]);
  });

  it('a delivery to an identity that is being deleted leaves nothing', async () => {
    for (let round = 0; round < 8; round++) {
      const [targetId, packageId] = [await makeObject(db, 'servicePrincipal'), await makePackage(db, house)];
      const policyId = await makePolicy(db, packageId, { scope: 'notSpecified' });
      await Promise.allSettled([
        ask(db, admin, { type: 'adminAdd', named: { targetId, policyId } }),
        inTransaction(db, async (tx) => {
          await endAccess(serverWork(tx), [targetId]);
          await sql`update directory_objects set deleted_at = now() where id = ${targetId}`.execute(tx);
        }),
      ]);
      expect(await grantsAt(db, targetId, new Date(0))).toEqual([]);
      expect((await all(db, sql`select 1 from assignments where target_id = ${targetId} and state <> 'expired'`)).length).toBe(0);
    }
  });
});

describe('rule 6: again and again', () => {
  it('two sweepers at once and repeated sweeps do each thing once', async () => {
    const now = new Date();
    const soon = new Date(now.getTime() + 3_600_000);
    for (let nth = 0; nth < 12; nth++) {
      const [targetId, packageId] = [await makeObject(db, 'servicePrincipal'), await makePackage(db, house)];
      const policyId = await makePolicy(db, packageId, { scope: 'notSpecified' });
      const schedule = nth % 2 === 0 ? { expiration: { type: 'afterDateTime' as const, endDateTime: soon.toISOString() } } : { startDateTime: soon.toISOString(), expiration: { type: 'noExpiration' as const } };
      await ask(db, admin, { type: 'adminAdd', named: { targetId, policyId }, schedule });
      await pending();
    }
    const clock = fixedClock(new Date(now.getTime() + 30 * 86_400_000));
    const sweeps = [lifecycleSweep({ db, clock, log: silentLog }), lifecycleSweep({ db, clock, log: silentLog })];
    await Promise.all(sweeps.map(async ({ run }) => { while (await run() > 0) { /* until nothing is due */ } }));
    expect(await sweeps[0]?.nextDue()).toBeUndefined();
    const before = await countOf(db, 'transitions');
    for (const { run } of sweeps) expect(await run()).toBe(0);
    expect(await countOf(db, 'transitions')).toBe(before);
    const doubled = await all(db, sql`select subject_id from transitions where event in ('end', 'startReached', 'stageTimedOut') group by subject_id, event having count(*) > 1`);
    expect(doubled).toEqual([]);
  }, 40_000);

  it('a job for what has moved on is harmless', async () => {
    const at = await pending();
    await as(db, { caller: person(approvers[0] ?? '') }, async (work) => await decideStage(work, { requestId: at.id, stageId: at.stageId }, { reviewResult: 'Approve', justification: null }));
    const before = await countOf(db, 'audit_events');
    await inTransaction(db, async (tx) => {
      await startRequest(serverWork(tx), at.id);
      await expireStage(serverWork(tx, new Date(Date.now() + 20 * 86_400_000)), at.stageId);
    });
    expect(await countOf(db, 'audit_events')).toBe(before);
    expect((await requestNow(db, at.id)).state).toBe('delivered');
  });

  it('one bad row does not stop the others', async () => {
    const [bad, good] = [await makeObject(db, 'servicePrincipal'), await makeObject(db, 'servicePrincipal')];
    const soon = new Date(Date.now() + 3_600_000);
    const made = [];
    for (const targetId of [bad, good]) {
      const policyId = await makePolicy(db, await makePackage(db, house), { scope: 'notSpecified' });
      made.push(await ask(db, admin, { type: 'adminAdd', named: { targetId, policyId }, schedule: { expiration: { type: 'afterDateTime', endDateTime: soon.toISOString() } } }));
    }
    await sql.raw(`create function poison() returns trigger language plpgsql as $$ begin if old.id = '${made[0]?.assignmentId ?? ''}' then raise exception 'poisoned'; end if; return new; end $$`).execute(database.owner);
    await sql`create trigger poison before update on assignments for each row execute function poison()`.execute(database.owner);
    try {
      const { run } = lifecycleSweep({ db, clock: fixedClock(new Date(soon.getTime() + 1)), log: silentLog });
      await run();
      const states = await all(db, sql<{ state: string }>`select state from assignments where id = any(${made.map(({ assignmentId }) => assignmentId)}::uuid[]) order by target_id = ${good}`);
      expect(states).toEqual([{ state: 'delivered' }, { state: 'expired' }]);
      expect(await grantsAt(db, bad, new Date(soon.getTime() + 1))).toEqual([]);
    } finally {
      await sql`drop trigger poison on assignments`.execute(database.owner);
    }
  });
});
