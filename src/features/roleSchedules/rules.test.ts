import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callerWith, personWith } from '../../../test/support/graph-work.ts';
import { never } from '../../kernel/schedule.ts';
import { directoryRole, entitlementRole } from '../roles/model.ts';
import { scheduleActions, type RoleSchedule, type ScheduleWish } from './model.ts';
import { decideSchedule, decideWindow, isStanding, losesAdministrator, mayActForSelf, type ScheduleFacts, type SchedulePlan } from './rules.ts';

const now = new Date('2026-01-10T12:00:00Z');
const hours = (count: number): Date => new Date(now.getTime() + count * 3_600_000);
const key = { provider: 'entitlementManagement', principalId: 'her', roleDefinitionId: entitlementRole.catalogOwner, appScopeId: '/', catalogId: undefined } as const;
const wish = (action: ScheduleWish['action'], more: Partial<ScheduleWish> = {}): ScheduleWish =>
  ({ ...key, id: 'r', kind: 'assignment', action, targetScheduleId: undefined, justification: 'because', schedule: undefined, ticketInfo: null, ...more });
const held = (more: Partial<RoleSchedule> = {}): RoleSchedule => ({ ...key, id: 's', kind: 'assignment', assignmentType: 'Assigned', startsAt: hours(-10), endsAt: hours(10), ...more });
const eligible = (more: Partial<RoleSchedule> = {}): RoleSchedule => held({ id: 'e', kind: 'eligibility', ...more });
const facts = (known: readonly RoleSchedule[] = [], more: Partial<ScheduleFacts> = {}): ScheduleFacts => ({ known, endedId: undefined, isPerson: true, now, ...more });
const lasting = (duration: string, startDateTime: string | null = null): ScheduleWish['schedule'] => ({ startDateTime, expiration: { type: 'afterDuration', duration } });

function codes(given: ScheduleWish, known: ScheduleFacts): readonly string[] {
  const decision = decideSchedule(given, known);
  return decision.ok ? [] : decision.reasons.map(({ code }) => code);
}
function planOf(given: ScheduleWish, known: ScheduleFacts): SchedulePlan {
  const decision = decideSchedule(given, known);
  return decision.ok ? decision.value : expect.unreachable(JSON.stringify(decision.reasons));
}

describe('a window', () => {
  const whole = { startsAt: now, endsAt: never } as const;
  it('is what is named, from now at the earliest, and what is left out stays', () => {
    expect(decideWindow({ schedule: undefined }, whole, now)).toEqual({ ok: true, value: whole });
    expect(decideWindow({ schedule: lasting('PT3H') }, whole, now)).toEqual({ ok: true, value: { startsAt: now, endsAt: hours(3) } });
    expect(decideWindow({ schedule: lasting('PT3H', hours(2).toISOString()) }, whole, now)).toEqual({ ok: true, value: { startsAt: hours(2), endsAt: hours(5) } });
    expect(decideWindow({ schedule: { expiration: { type: 'afterDateTime', endDateTime: hours(1).toISOString() } } }, { startsAt: hours(-5), endsAt: hours(9) }, now)).toEqual({ ok: true, value: { startsAt: hours(-5), endsAt: hours(1) } });
    expect(decideWindow({ schedule: { expiration: { type: 'noExpiration' } } }, { startsAt: hours(-5), endsAt: hours(9) }, now)).toEqual({ ok: true, value: { startsAt: hours(-5), endsAt: never } });
  });
  it('counts a duration from the start that is named, though it has just passed', () => {
    const named = new Date(now.getTime() - 2000);
    expect(decideWindow({ schedule: lasting('PT3S', named.toISOString()) }, whole, now)).toEqual({ ok: true, value: { startsAt: now, endsAt: new Date(named.getTime() + 3000) } });
  });
  it('that is over, without an end, or recurring is refused with every reason', () => {
    const refusal = (schedule: ScheduleWish['schedule']): unknown => {
      const decision = decideWindow({ schedule }, whole, now);
      return decision.ok ? 'ok' : decision.reasons.map(({ code }) => code);
    };
    expect(refusal({ expiration: { type: 'afterDateTime', endDateTime: hours(-1).toISOString() } })).toEqual(['endsBeforeItBegins']);
    expect(refusal({ startDateTime: hours(3).toISOString(), expiration: { type: 'afterDateTime', endDateTime: hours(2).toISOString() } })).toEqual(['endsBeforeItBegins']);
    expect(refusal(lasting('PT1S', '2020-01-01T00:00:00Z'))).toEqual(['endsBeforeItBegins']);
    expect(refusal({ recurrence: { pattern: {} }, expiration: { type: 'afterDuration' } })).toEqual(['recurrenceUnsupported', 'endMissing']);
  });
});

describe('an administrator', () => {
  it('gives a role once, and changes, extends or takes what there is', () => {
    expect(planOf(wish('adminAssign'), facts())).toEqual({ event: 'create', window: { startsAt: now, endsAt: never }, activatedUsingId: undefined });
    expect(codes(wish('adminAssign'), facts([held()]))).toEqual(['scheduleExists']);
    expect(codes(wish('adminAssign'), facts([held({ principalId: 'group' }), eligible(), held({ assignmentType: 'Activated' })]))).toEqual([]);
    expect(planOf(wish('adminUpdate', { schedule: lasting('PT1H') }), facts([held()]))).toMatchObject({ event: 'change', window: { startsAt: hours(-10), endsAt: hours(1) } });
    expect(planOf(wish('adminExtend', { schedule: lasting('PT20H') }), facts([held()]))).toMatchObject({ event: 'change', window: { endsAt: hours(20) } });
    expect(codes(wish('adminExtend', { schedule: lasting('PT1H') }), facts([held()]))).toEqual(['notExtended']);
    expect(codes(wish('adminExtend', { schedule: lasting('PT1H') }), facts([held({ endsAt: never })]))).toEqual(['notExtended']);
    expect(planOf(wish('adminRemove'), facts([held(), held({ id: 'a', assignmentType: 'Activated' }), eligible()]))).toMatchObject({ event: 'remove', schedules: [{ id: 's' }, { id: 'a' }] });
    expect(planOf(wish('adminRemove', { targetScheduleId: 'a' }), facts([held(), held({ id: 'a', assignmentType: 'Activated' })]))).toMatchObject({ schedules: [{ id: 'a' }] });
    for (const action of ['adminUpdate', 'adminExtend', 'adminRemove'] as const) expect(codes(wish(action), facts([eligible(), held({ principalId: 'group' })]))).toEqual(['scheduleNotFound']);
  });
  it('renews only what has ended', () => {
    expect(codes(wish('adminRenew'), facts())).toEqual(['nothingToRenew']);
    expect(codes(wish('adminRenew'), facts([held()], { endedId: 'old' }))).toEqual(['scheduleExists']);
    expect(planOf(wish('adminRenew', { schedule: lasting('PT1H') }), facts([], { endedId: 'old' }))).toMatchObject({ event: 'create', window: { endsAt: hours(1) } });
  });
});

describe('an eligible person', () => {
  it('activates for some hours within the eligibility, with a justification', () => {
    expect(planOf(wish('selfActivate'), facts([eligible()]))).toEqual({ event: 'activate', window: { startsAt: now, endsAt: hours(8) }, activatedUsingId: 'e' });
    expect(planOf(wish('selfActivate'), facts([eligible({ endsAt: hours(2) })]))).toMatchObject({ window: { endsAt: hours(2) } });
    expect(planOf(wish('selfActivate', { schedule: lasting('PT1H', hours(3).toISOString()) }), facts([eligible({ principalId: 'group' })]))).toMatchObject({ window: { startsAt: hours(3), endsAt: hours(4) } });
    expect(codes(wish('selfActivate', { justification: ' ' }), facts([eligible()]))).toEqual(['justificationMissing']);
    expect(codes(wish('selfActivate', { schedule: lasting('PT9H') }), facts([eligible({ endsAt: never })]))).toEqual(['tooLong']);
    expect(codes(wish('selfActivate', { schedule: { expiration: { type: 'noExpiration' } } }), facts([eligible()]))).toEqual(['tooLong', 'beyondEligibility']);
    expect(codes(wish('selfActivate', { schedule: lasting('PT3H') }), facts([eligible({ endsAt: hours(2) })]))).toEqual(['beyondEligibility']);
  });
  it('cannot without an eligibility at that time, twice, or besides holding the role', () => {
    expect(codes(wish('selfActivate'), facts())).toEqual(['notEligible']);
    expect(codes(wish('selfActivate'), facts([eligible({ startsAt: hours(1) })]))).toEqual(['notEligible']);
    expect(codes(wish('selfActivate', { schedule: lasting('PT1H', hours(11).toISOString()) }), facts([eligible()]))).toEqual(['notEligible']);
    expect(codes(wish('selfActivate', { justification: undefined }), facts([held()]))).toEqual(['notEligible', 'justificationMissing', 'activeAlready']);
    expect(codes(wish('selfActivate'), facts([eligible(), held({ assignmentType: 'Activated', startsAt: hours(1) })]))).toEqual(['activeAlready']);
  });
  it('deactivates what was activated, and nothing else', () => {
    expect(planOf(wish('selfDeactivate'), facts([held(), held({ id: 'a', assignmentType: 'Activated' })]))).toMatchObject({ schedules: [{ id: 'a' }] });
    expect(codes(wish('selfDeactivate'), facts([held(), held({ principalId: 'other', assignmentType: 'Activated' })]))).toEqual(['notActivated']);
  });
  it('asks for more time where there is an end, and again where it has come', () => {
    expect(planOf(wish('selfExtend'), facts([held()]))).toEqual({ event: 'ask', scheduleId: 's' });
    expect(codes(wish('selfExtend', { justification: undefined }), facts([held({ endsAt: never })]))).toEqual(['justificationMissing', 'withoutEnd']);
    expect(codes(wish('selfExtend'), facts())).toEqual(['scheduleNotFound']);
    expect(planOf(wish('selfRenew'), facts([], { endedId: 'old' }))).toEqual({ event: 'ask', scheduleId: 'old' });
    expect(codes(wish('selfRenew'), facts([held()]))).toEqual(['notEnded', 'scheduleNotFound']);
  });
  it('is a person where the role is privileged', () => {
    const role = { roleDefinitionId: directoryRole.globalAdministrator, provider: 'directory' } as const;
    expect(codes(wish('selfActivate', role), facts([eligible(role)], { isPerson: false }))).toEqual(['peopleOnly']);
    expect(codes(wish('selfActivate', role), facts([eligible(role)]))).toEqual([]);
    expect(codes(wish('selfActivate'), facts([eligible()], { isPerson: false }))).toEqual([]);
  });
});

describe('Global Administrators', () => {
  const role = { provider: 'directory', roleDefinitionId: directoryRole.globalAdministrator, endsAt: never } as const;
  it('are lost by taking or shortening what they have for good, not by what they had for a time', () => {
    expect(losesAdministrator({ event: 'remove', schedules: [held(role)] }, now)).toBe(true);
    expect(losesAdministrator({ event: 'change', schedule: held(role), window: { startsAt: hours(-10), endsAt: hours(1) } }, now)).toBe(true);
    expect(losesAdministrator({ event: 'change', schedule: held(role), window: { startsAt: hours(1), endsAt: never } }, now)).toBe(true);
    expect(losesAdministrator({ event: 'change', schedule: held(role), window: { startsAt: hours(-10), endsAt: never } }, now)).toBe(false);
    for (const other of [held({ ...role, endsAt: hours(1) }), held({ ...role, startsAt: hours(1) }), eligible(role), held({ endsAt: never })]) expect(losesAdministrator({ event: 'remove', schedules: [other] }, now)).toBe(false);
    expect(isStanding(held(role), now)).toBe(true);
  });
});

describe('who acts for themselves', () => {
  it('brings a permission for that', () => {
    expect(mayActForSelf(personWith('p', ['EntitlementMgmt-SubjectAccess.ReadWrite']), 'entitlementManagement')).toBe(true);
    expect(mayActForSelf(personWith('p', ['EntitlementMgmt-SubjectAccess.ReadWrite']), 'directory')).toBe(false);
    expect(mayActForSelf(personWith('p', ['EntitlementManagement.Read.All']), 'entitlementManagement')).toBe(false);
    expect(mayActForSelf(callerWith(['EntitlementManagement.SelfRequest']), 'entitlementManagement')).toBe(true);
    expect(mayActForSelf(personWith('p', ['EntitlementManagement.SelfRequest']), 'entitlementManagement')).toBe(false);
  });
});

it('nothing that is asked for oneself ends without end, or later than the eligibility', () => {
  const instants = fc.integer({ min: -200, max: 200 }).map((count) => hours(count / 10));
  const schedules = fc.array(fc.record({ kind: fc.constantFrom('assignment' as const, 'eligibility' as const), from: instants, lasts: fc.option(fc.integer({ min: 1, max: 200 })), activated: fc.boolean() }), { maxLength: 4 });
  const asked = fc.record({ action: fc.constantFrom(...scheduleActions), known: schedules, start: fc.option(instants), minutes: fc.integer({ min: 1, max: 700 }) });
  fc.assert(fc.property(asked, ({ action, known, start, minutes }) => {
    const rows = known.map(({ kind, from, lasts, activated }, at): RoleSchedule => {
      const isActivated = activated && kind === 'assignment';
      return { ...key, id: String(at), kind, assignmentType: isActivated ? 'Activated' : 'Assigned', startsAt: from, endsAt: lasts === null && !isActivated ? never : new Date(from.getTime() + (lasts ?? 1) * 360_000) };
    }).filter(({ endsAt }) => endsAt === never || endsAt > now);
    const decision = decideSchedule(wish(action, { schedule: lasting(`PT${minutes}M`, start?.toISOString() ?? null) }), facts(rows));
    if (!decision.ok || decision.value.event !== 'activate') return;
    const { window, activatedUsingId } = decision.value;
    const using = rows.find(({ id }) => id === activatedUsingId) ?? expect.unreachable('no eligibility');
    if (window.endsAt === never) expect.unreachable('no end');
    expect(window.endsAt.getTime() - window.startsAt.getTime()).toBeLessThanOrEqual(8 * 3_600_000);
    expect(using.kind).toBe('eligibility');
    expect(using.startsAt <= window.startsAt && (using.endsAt === never || window.endsAt <= using.endsAt)).toBe(true);
  }));
});
