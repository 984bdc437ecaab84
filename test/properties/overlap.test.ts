/** Rules 1, 2, 7: overlapping packages with random ends against an obvious model, with sweeps that come late, twice, or never. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sql } from 'kysely';
import { lifecycleSweep } from '../../src/features/assignments/jobs.ts';
import { packageRolesChanged } from '../../src/features/assignments/commands.ts';
import { inTransaction } from '../../src/platform/db/transaction.ts';
import { fixedClock } from '../../src/platform/clock.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { newId } from '../../src/platform/ids.ts';
import { testDatabase } from '../support/database.ts';
import { addRole, administrator, ask, grantsAt, makeHouse, makeObject, makePackage, makePolicy, serverWork } from '../support/lifecycle.ts';

const { db } = await testDatabase();
const house = await makeHouse(db, 4);
const admin = administrator(await makeObject(db, 'servicePrincipal'));
const hour = 3_600_000;
const start = Date.UTC(2030, 0, 1);

type Act =
  | { readonly do: 'give' | 'move'; readonly package: number; readonly hours: number | null }
  | { readonly do: 'take'; readonly package: number }
  | { readonly do: 'hand'; readonly role: number }
  | { readonly do: 'sweep' }
  | { readonly do: 'change'; readonly package: number; readonly role: number }
  | { readonly do: 'wait'; readonly hours: number };

const ends = fc.option(fc.integer({ min: 1, max: 12 }), { nil: null, freq: 4 });
const index = fc.integer({ min: 0, max: 2 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('give' as const), package: index, hours: ends }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('move' as const), package: index, hours: ends }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('take' as const), package: index }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hand' as const), role: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('change' as const), package: index, role: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 5 }) }) },
);

/** What anybody would say the world is: who has what until when. */
interface World {
  now: number;
  readonly packages: { readonly id: string; readonly policyId: string; readonly roles: Set<string>; held: { readonly id: string; readonly ends: number | null } | undefined }[];
  readonly byHand: Set<string>;
  readonly targetId: string;
}

async function makeWorld(sets: readonly (readonly number[])[]): Promise<World> {
  const packages: World['packages'] = [];
  for (const set of sets) {
    const roles = [...new Set(set)].map((role) => house.roleIds[role] ?? '');
    const id = await makePackage(db, house, roles);
    packages.push({ id, policyId: await makePolicy(db, id, { scope: 'notSpecified' }), roles: new Set(roles), held: undefined });
  }
  return { now: start, packages, byHand: new Set(), targetId: await makeObject(db, 'servicePrincipal') };
}

const isLive = (world: World, held: World['packages'][number]['held']): boolean => held !== undefined && (held.ends === null || held.ends > world.now);

function expected(world: World): readonly { role: string; ends: number | null }[] {
  return house.roleIds.flatMap((role) => {
    if (world.byHand.has(role)) return [{ role, ends: null }];
    const behind = world.packages.filter((one) => one.roles.has(role) && isLive(world, one.held)).map(({ held }) => held?.ends ?? null);
    if (behind.length === 0) return [];
    return [{ role, ends: behind.includes(null) ? null : Math.max(...behind.map(Number)) }];
  }).toSorted((one, other) => (one.role < other.role ? -1 : 1));
}

async function carryOut(world: World, step: Act, sweep: () => Promise<number>): Promise<void> {
  const now = new Date(world.now);
  switch (step.do) {
    case 'wait': world.now += step.hours * hour; return;
    case 'sweep': await sweep(); return;
    case 'hand': await giveByHand(world, house.roleIds[step.role] ?? ''); return;
    case 'give': await give(world, step, now); return;
    case 'move': await move(world, step, now); return;
    case 'change': await change(world, step, now); return;
    case 'take': {
      const one = world.packages[step.package];
      if (one === undefined || !isLive(world, one.held)) return;
      await ask(db, admin, { type: 'adminRemove', named: { assignmentId: one.held?.id }, now });
      one.held = undefined;
      return;
    }
    default: return step satisfies never;
  }
}

const scheduleOf = (hours: number | null) => ({ expiration: hours === null ? { type: 'noExpiration' as const } : { type: 'afterDuration' as const, duration: `PT${hours}H` } });
const endOf = (now: Date, hours: number | null): number | null => (hours === null ? null : now.getTime() + hours * hour);

async function give(world: World, step: { readonly package: number; readonly hours: number | null }, now: Date): Promise<void> {
  const one = world.packages[step.package];
  if (one === undefined) return;
  const asked = ask(db, admin, { type: 'adminAdd', named: { targetId: world.targetId, policyId: one.policyId }, schedule: scheduleOf(step.hours), now });
  if (isLive(world, one.held)) return await expect(asked).rejects.toThrow(one.held?.id ?? 'none');
  const { assignmentId } = await asked;
  one.held = { id: assignmentId ?? '', ends: endOf(now, step.hours) };
}

async function move(world: World, step: { readonly package: number; readonly hours: number | null }, now: Date): Promise<void> {
  const one = world.packages[step.package];
  if (one?.held === undefined || !isLive(world, one.held)) return;
  await ask(db, admin, { type: 'adminUpdate', named: { assignmentId: one.held.id }, schedule: scheduleOf(step.hours), now });
  one.held = { id: one.held.id, ends: endOf(now, step.hours) };
}

async function change(world: World, step: { readonly package: number; readonly role: number }, now: Date): Promise<void> {
  const one = world.packages[step.package];
  const roleId = house.roleIds[step.role] ?? '';
  if (one === undefined) return;
  if (one.roles.delete(roleId)) await sql`delete from package_roles where access_package_id = ${one.id} and role_id = ${roleId}`.execute(db);
  else {
    one.roles.add(roleId);
    await addRole(db, house, { packageId: one.id, roleId });
  }
  await inTransaction(db, async (tx) => await packageRolesChanged(serverWork(tx, now), one.id));
}

async function giveByHand(world: World, roleId: string): Promise<void> {
  world.byHand.add(roleId);
  await sql`insert into grants (id, kind, principal_id, resource_id, permission_id, manual) values (${newId()}, 'appRole', ${world.targetId}, ${house.servicePrincipalId}, ${roleId}, true)
    on conflict (kind, principal_id, resource_id, permission_id, subject_id) do update set manual = true, ends_at = 'infinity'`.execute(db);
}

describe('rule 2: overlaps count', () => {
  it('what is in force is always what the live assignments and hands give, to the latest of their ends', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }), { minLength: 3, maxLength: 3 }), fc.array(act, { minLength: 4, maxLength: 16 }), async (sets, acts) => {
      const world = await makeWorld(sets);
      const clock = fixedClock(new Date(world.now));
      const { run } = lifecycleSweep({ db, clock, log: silentLog });
      for (const step of acts) {
        clock.set(new Date(world.now));
        await carryOut(world, step, run);
        expect(await grantsAt(db, world.targetId, new Date(world.now))).toEqual(expected(world));
      }
      clock.set(new Date(world.now));
      await run();
      expect(await run()).toBe(0);
      expect(await grantsAt(db, world.targetId, new Date(0))).toEqual(expected(world));
    }), { numRuns: 40 });
  }, 300_000);
});

describe('rule 7: the clock starts where the schedule says', () => {
  it('a schedule that names a start begins there, and nothing is given before', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 12 }), async (startsIn, lasts, late) => {
      const world = await makeWorld([[0]]);
      const [one] = world.packages;
      const begins = new Date(start + startsIn * hour);
      const made = await ask(db, admin, { type: 'adminAdd', named: { targetId: world.targetId, policyId: one?.policyId ?? '' }, now: new Date(start), schedule: { startDateTime: begins.toISOString(), expiration: { type: 'afterDuration', duration: `PT${lasts}H` } } });
      expect(made.state).toBe('scheduled');
      const clock = fixedClock(new Date(begins.getTime() - 1));
      const { run } = lifecycleSweep({ db, clock, log: silentLog });
      await run();
      expect(await grantsAt(db, world.targetId, new Date(0))).toEqual([]);
      clock.set(new Date(begins.getTime() + late * hour));
      await run();
      const end = begins.getTime() + lasts * hour;
      expect(await grantsAt(db, world.targetId, new Date(0))).toEqual(late >= lasts ? [] : [{ role: house.roleIds[0], ends: end }]);
    }), { numRuns: 25 });
  }, 40_000);
});
