/** Rule 7: the clock starts at delivery, unless the schedule names a start: whoever decides late takes nothing from whoever waited. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { decideStage } from '../../src/features/approvals/commands/decide.ts';
import { lifecycleSweep } from '../../src/features/assignments/jobs.ts';
import { fixedClock } from '../../src/platform/clock.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { maybe } from '../../src/platform/db/transaction.ts';
import { testDatabase } from '../support/database.ts';
import { administrator, approvedBy, as, ask, grantsAt, makeHouse, makeObject, makePackage, makePolicy, person, requestNow, stagesOf } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const house = await makeHouse(db, 1);
const admin = administrator(await makeObject(db, 'servicePrincipal'));
const approver = await makeObject(db, 'user');
const hour = 3_600_000;
const start = Date.UTC(2031, 4, 1);
const at = (hours: number): Date => new Date(start + hours * hour);

/** What is asked for. Hours; `startsIn` and `until` from the asking on, the delays of stages from the step before. */
interface Wish {
  readonly startsIn: number | null;
  readonly asks: 'nothing' | 'duration' | 'date';
  readonly hours: number;
  readonly policyHours: number | null;
  readonly delays: readonly number[];
  readonly sweepLate: number;
}
const wishes: fc.Arbitrary<Wish> = fc.record({
  startsIn: fc.option(fc.integer({ min: 1, max: 60 })), asks: fc.constantFrom('nothing', 'duration', 'date'), hours: fc.integer({ min: 1, max: 50 }),
  policyHours: fc.option(fc.integer({ min: 60, max: 100 })), delays: fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 2 }), sweepLate: fc.integer({ min: 0, max: 30 }),
});

/** What anybody would say: when access begins and ends in hours from the asking; null: it would be over before it began. */
function expected({ startsIn, asks, hours, policyHours, delays, sweepLate }: Wish): { readonly begins: number; readonly ends: number; readonly given: number } | null {
  const decided = delays.reduce((sum, delay) => sum + delay, 0);
  const isScheduled = startsIn !== null && startsIn > decided;
  const given = isScheduled ? startsIn + sweepLate : decided;
  const begins = startsIn ?? given;
  const from = asks === 'date' ? (startsIn ?? 0) + hours : asks === 'duration' ? begins + hours : policyHours === null ? Number.POSITIVE_INFINITY : begins + policyHours;
  return from <= given ? null : { begins, ends: from, given };
}

async function live(wish: Wish): Promise<{ readonly requestId: string; readonly userId: string }> {
  const [userId, packageId] = [await makeObject(db, 'user'), await makePackage(db, house)];
  const stages = wish.delays.map(() => [approver]);
  await makePolicy(db, packageId, { ...(stages.length === 0 ? {} : { approval: approvedBy(stages) }), expiration: wish.policyHours === null ? { type: 'noExpiration' } : { type: 'afterDuration', duration: `PT${wish.policyHours}H` } });
  const expiration = wish.asks === 'nothing' ? {} : { expiration: wish.asks === 'date' ? { type: 'afterDateTime' as const, endDateTime: at((wish.startsIn ?? 0) + wish.hours).toISOString() } : { type: 'afterDuration' as const, duration: `PT${wish.hours}H` } };
  const schedule = { ...(wish.startsIn === null ? {} : { startDateTime: at(wish.startsIn).toISOString() }), ...expiration };
  const { id } = await ask(db, person(userId), { type: 'userAdd', named: { accessPackageId: packageId }, schedule, now: at(0) });
  let now = 0;
  for (const delay of wish.delays) {
    now += delay;
    const open = (await stagesOf(db, id)).find(({ status }) => status === 'InProgress');
    await as(db, { caller: person(approver), now: at(now) }, async (work) => await decideStage(work, { requestId: id, stageId: open?.id ?? '' }, { reviewResult: 'Approve', justification: null }));
  }
  if (wish.startsIn !== null && wish.startsIn > now) {
    const clock = fixedClock(new Date(at(wish.startsIn).getTime() - 1));
    const { run } = lifecycleSweep({ db, clock, log: silentLog });
    await run();
    expect(await grantsAt(db, userId, new Date(0))).toEqual([]);
    clock.set(at(wish.startsIn + wish.sweepLate));
    await run();
  }
  return { requestId: id, userId };
}

const timesOf = async (userId: string): Promise<{ readonly begins: Date; readonly ends: string } | undefined> =>
  await maybe(db, sql<{ begins: Date; ends: string }>`select starts_at as begins, ends_at::text as ends from assignments where target_id = ${userId}`);

describe('rule 7: the clock starts at delivery, unless the schedule names a start', () => {
  it('however long approvals take and however late the sweep comes', async () => {
    await fc.assert(fc.asyncProperty(wishes, async (wish) => {
      const { requestId, userId } = await live(wish);
      const want = expected(wish);
      if (want === null) {
        expect(await requestNow(db, requestId)).toMatchObject({ state: 'deliveryFailed', codes: ['endedBeforeDelivery'] });
        expect(await grantsAt(db, userId, new Date(0))).toEqual([]);
        return;
      }
      const found = await timesOf(userId);
      const ends = Number.isFinite(want.ends) ? at(want.ends).getTime() : null;
      expect(found?.begins).toEqual(at(want.begins));
      expect(found?.ends === 'infinity' ? null : new Date(found?.ends ?? '').getTime()).toBe(ends);
      expect(await grantsAt(db, userId, at(want.given))).toEqual([{ role: house.roleIds[0], ends }]);
    }), { numRuns: 120 });
  }, 300_000);

  it('giving again does not start it again, and more time counts from the moment of the change', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 30, max: 60 }), fc.integer({ min: 1, max: 29 }), fc.integer({ min: 1, max: 90 }), async (hours, waits, more) => {
      const [userId, packageId] = [await makeObject(db, 'user'), await makePackage(db, house)];
      const policyId = await makePolicy(db, packageId);
      const after = (length: number) => ({ expiration: { type: 'afterDuration' as const, duration: `PT${length}H` } });
      const { assignmentId } = await ask(db, admin, { type: 'adminAdd', named: { targetId: userId, policyId }, schedule: after(hours), now: at(0) });
      await ask(db, admin, { type: 'adminUpdate', named: { assignmentId }, schedule: after(more), now: at(waits) });
      const found = await timesOf(userId);
      expect([found?.begins, new Date(found?.ends ?? '')]).toEqual([at(0), at(waits + more)]);
      expect(await grantsAt(db, userId, at(waits))).toEqual([{ role: house.roleIds[0], ends: at(waits + more).getTime() }]);
    }), { numRuns: 30 });
  }, 40_000);
});
