import { describe, expect, it } from 'vitest';
import { callerWith, personWith } from '../../../test/support/graph-work.ts';
import { permissionsThat } from '../../../test/support/rights.ts';
import type { Decision } from '../../kernel/decision.ts';
import { never } from '../../kernel/schedule.ts';
import { directoryRole, entitlementRole } from '../roles/model.ts';
import type { RoleSchedule, ScheduleKind, ScheduleWish } from './model.ts';
import { decideSchedule, decideWindow, isStanding, losesAdministrator, mayActForSelf, type ScheduleFacts } from './rules.ts';

const now = new Date('2026-01-10T12:00:00Z');
const hours = (count: number): Date => new Date(now.getTime() + count * 3_600_000);
const key = { provider: 'entitlementManagement', principalId: 'her', roleDefinitionId: entitlementRole.catalogOwner, appScopeId: '/', catalogId: undefined } as const;
const wish = (action: ScheduleWish['action'], more: Partial<ScheduleWish> = {}): ScheduleWish =>
  ({ ...key, id: 'r', kind: 'assignment', action, targetScheduleId: undefined, justification: 'because', schedule: undefined, ticketInfo: null, ...more });
const held = (more: Partial<RoleSchedule> = {}): RoleSchedule => ({ ...key, id: 's', kind: 'assignment', assignmentType: 'Assigned', startsAt: hours(-10), endsAt: hours(10), ...more });
const eligible = (more: Partial<RoleSchedule> = {}): RoleSchedule => held({ id: 'e', kind: 'eligibility', ...more });
const facts = (known: readonly RoleSchedule[] = [], more: Partial<ScheduleFacts> = {}): ScheduleFacts => ({ known, endedId: undefined, isPerson: true, now, ...more });
const lasting = (duration: string, startDateTime: string | null = null): ScheduleWish['schedule'] => ({ startDateTime, expiration: { type: 'afterDuration', duration } });
const until = (at: Date, startsAt: Date | null = null): ScheduleWish['schedule'] => ({ startDateTime: startsAt?.toISOString() ?? null, expiration: { type: 'afterDateTime', endDateTime: at.toISOString() } });
const told = (decision: Decision<unknown>): readonly unknown[] => (decision.ok ? [] : decision.reasons);
const words: readonly (readonly [ScheduleKind, string])[] = [['assignment', 'role assignment'], ['eligibility', 'role eligibility']];

describe('a window', () => {
  const whole = { startsAt: now, endsAt: never } as const;
  const early = (end: string) => ({ code: 'endsBeforeItBegins', target: 'scheduleInfo/expiration', message: `The schedule would end at ${end}, before it begins or before now. Choose a later end.` });
  it('is refused with whole sentences', () => {
    expect(told(decideWindow({ schedule: { recurrence: { pattern: {} }, expiration: { type: 'afterDuration' } } }, whole, now))).toEqual([
      { code: 'recurrenceUnsupported', target: 'scheduleInfo/recurrence', message: 'Recurring schedules do not exist here. Leave recurrence out.' },
      { code: 'endMissing', target: 'scheduleInfo/expiration', message: 'The expiration names no end. Send endDateTime with afterDateTime, a duration such as PT8H with afterDuration, or type noExpiration.' },
    ]);
    expect(told(decideWindow({ schedule: until(hours(-1)) }, whole, now))).toEqual([early('2026-01-10T11:00:00.000Z')]);
  });
  it('ends after now, and after it begins', () => {
    expect(told(decideWindow({ schedule: until(now) }, { startsAt: hours(-1), endsAt: never }, now))).toEqual([early('2026-01-10T12:00:00.000Z')]);
    expect(told(decideWindow({ schedule: until(hours(2), hours(2)) }, whole, now))).toEqual([early('2026-01-10T14:00:00.000Z')]);
    expect(told(decideWindow({ schedule: until(hours(3), hours(2)) }, whole, now))).toEqual([]);
    expect(told(decideWindow({ schedule: { recurrence: null } }, whole, now))).toEqual([]);
  });
  it('begins when it is said: now, where that has passed, and as before, where nothing is said', () => {
    const startOf = (said: Date | null, before: Date): Date | undefined => {
      const decision = decideWindow({ schedule: { startDateTime: said?.toISOString() ?? null } }, { startsAt: before, endsAt: never }, now);
      return decision.ok ? decision.value.startsAt : undefined;
    };
    expect([startOf(null, hours(-5)), startOf(null, hours(5)), startOf(hours(3), hours(5)), startOf(hours(3), hours(-5))]).toEqual([hours(-5), hours(5), hours(3), hours(3)]);
    expect([startOf(hours(-3), hours(5)), startOf(now, hours(5)), startOf(hours(-3), hours(-5)), startOf(hours(-3), now)]).toEqual([now, now, hours(-5), now]);
  });
  it('lasts from its start, or from now where it has begun', () => {
    expect(decideWindow({ schedule: lasting('PT1H') }, { startsAt: hours(5), endsAt: never }, now)).toEqual({ ok: true, value: { startsAt: hours(5), endsAt: hours(6) } });
    expect(decideWindow({ schedule: lasting('PT1H') }, { startsAt: hours(-5), endsAt: never }, now)).toEqual({ ok: true, value: { startsAt: hours(-5), endsAt: hours(1) } });
    expect(decideWindow({ schedule: { expiration: { type: 'notSpecified' } } }, { startsAt: now, endsAt: hours(4) }, now)).toEqual({ ok: true, value: { startsAt: now, endsAt: hours(4) } });
  });
});

describe('an administrator is told', () => {
  it.each(words)('that there is no %s to change, or one already', (kind, word) => {
    const missing = (target: string) => [{ code: 'scheduleNotFound', target, message: `The principal has no ${word} of this role in this scope that could be changed. Check principalId, roleDefinitionId, the scope and targetScheduleId.` }];
    for (const action of ['adminUpdate', 'adminExtend', 'adminRemove'] as const) {
      expect(told(decideSchedule(wish(action, { kind }), facts()))).toEqual(missing('principalId'));
      expect(told(decideSchedule(wish(action, { kind, targetScheduleId: 'x' }), facts([held({ kind })])))).toEqual(missing('targetScheduleId'));
    }
    expect(told(decideSchedule(wish('adminAssign', { kind, targetScheduleId: 'x' }), facts([held({ kind })])))).toEqual([{ code: 'scheduleExists', target: 'principalId', message: `The principal has this ${word} already. Change it with adminUpdate or adminExtend.` }]);
    expect(told(decideSchedule(wish('adminRenew', { kind }), facts()))).toEqual([{ code: 'nothingToRenew', target: 'principalId', message: `The principal had no ${word} of this role in this scope that has ended. Use adminAssign.` }]);
  });
  it.each(words)('that a %s is not extended', (kind, word) => {
    const not = (lasts: string) => [{ code: 'notExtended', target: 'scheduleInfo/expiration', message: `The ${word} already lasts ${lasts}. Name a later end, or shorten it with adminUpdate.` }];
    expect(told(decideSchedule(wish('adminExtend', { kind, schedule: until(hours(10)) }), facts([held({ kind })])))).toEqual(not('until 2026-01-10T22:00:00.000Z'));
    expect(told(decideSchedule(wish('adminExtend', { kind, schedule: until(hours(10)) }), facts([held({ kind, endsAt: never })])))).toEqual(not('without end'));
  });
  it('what is wrong with the window', () => {
    for (const action of ['adminAssign', 'adminUpdate'] as const) expect(told(decideSchedule(wish(action, { schedule: until(hours(-1)) }), facts(action === 'adminUpdate' ? [held()] : [])))).toMatchObject([{ code: 'endsBeforeItBegins' }]);
  });
  it('nothing where what was activated stands beside: that is not theirs to change', () => {
    expect(told(decideSchedule(wish('adminUpdate'), facts([held({ assignmentType: 'Activated' })])))).toMatchObject([{ code: 'scheduleNotFound' }]);
  });
});

describe('who asks for themselves is told', () => {
  const [unjustified, notEligible] = [
    { code: 'justificationMissing', target: 'justification', message: 'Activating a role takes a justification. Say what it is for.' },
    { code: 'notEligible', target: 'roleDefinitionId', message: 'You are not eligible for this role in this scope at that time. Ask an administrator to make you eligible.' },
  ];
  const active = { code: 'activeAlready', target: 'roleDefinitionId', message: 'You hold this role in this scope already, or have activated it for later. Deactivate it first.' };
  const people = { code: 'peopleOnly', target: 'roleDefinitionId', message: 'Only a person who has signed in activates a privileged directory role.' };

  it('everything that stands against an activation', () => {
    const role = { roleDefinitionId: directoryRole.globalAdministrator, provider: 'directory', justification: '\n' } as const;
    expect(told(decideSchedule(wish('selfActivate', role), facts([held()], { isPerson: false })))).toEqual([notEligible, unjustified, people, active]);
    expect(told(decideSchedule(wish('selfActivate', { schedule: { ...until(hours(11)), recurrence: {} } }), facts([eligible(), held()])))).toMatchObject([active, { code: 'recurrenceUnsupported' }]);
    expect(told(decideSchedule(wish('selfActivate', { schedule: until(hours(11)) }), facts([eligible()])))).toEqual([
      { code: 'tooLong', target: 'scheduleInfo/expiration', message: 'A role is activated for PT8H at most. Name an end by 2026-01-10T20:00:00.000Z.' },
      { code: 'beyondEligibility', target: 'scheduleInfo/expiration', message: 'You are eligible until 2026-01-10T22:00:00.000Z. Name an end by then.' },
    ]);
    expect(told(decideSchedule(wish('selfActivate', { schedule: until(hours(-1)) }), facts([eligible()])))).toMatchObject([{ code: 'endsBeforeItBegins' }]);
  });
  it('nothing where an eligibility fits to the end', () => {
    for (const schedule of [until(hours(8)), lasting('PT8H')]) expect(told(decideSchedule(wish('selfActivate', { schedule }), facts([eligible({ endsAt: hours(8) })])))).toEqual([]);
    expect(told(decideSchedule(wish('selfActivate'), facts([eligible({ startsAt: now })])))).toEqual([]);
    expect(told(decideSchedule(wish('selfActivate', { targetScheduleId: 'x' }), facts([eligible()])))).toEqual([notEligible]);
    expect(told(decideSchedule(wish('selfActivate'), facts([eligible({ endsAt: now })])))).toEqual([notEligible]);
  });
  it('nothing of what others hold, or what begins later', () => {
    expect(told(decideSchedule(wish('selfActivate'), facts([eligible(), held({ principalId: 'group' }), held({ startsAt: hours(1) })])))).toEqual([]);
    expect(told(decideSchedule(wish('selfActivate'), facts([eligible(), held({ startsAt: now })])))).toEqual([active]);
  });
  it('of the eligibilities the one that lasts longest counts', () => {
    const known = [eligible({ id: 'short', endsAt: hours(1) }), eligible({ id: 'endless', endsAt: never }), eligible({ id: 'long', endsAt: hours(9) })];
    for (const rows of [known, known.toReversed()]) expect(decideSchedule(wish('selfActivate'), facts(rows))).toMatchObject({ value: { activatedUsingId: 'endless', window: { endsAt: hours(8) } } });
    expect(decideSchedule(wish('selfActivate', { targetScheduleId: 'short' }), facts(known))).toMatchObject({ value: { activatedUsingId: 'short', window: { endsAt: hours(1) } } });
  });
  it('nothing of a start that has passed: it counts as now', () => {
    const schedule = { startDateTime: hours(-20).toISOString() };
    expect(decideSchedule(wish('selfActivate', { schedule }), facts([eligible({ startsAt: hours(-1) })]))).toEqual({ ok: true, value: { event: 'activate', window: { startsAt: now, endsAt: hours(8) }, activatedUsingId: 'e' } });
  });
  it('that there is nothing to deactivate', () => {
    expect(told(decideSchedule(wish('selfDeactivate'), facts([held()])))).toEqual([{ code: 'notActivated', target: 'roleDefinitionId', message: 'You have not activated this role in this scope. There is nothing to deactivate.' }]);
  });
  it.each(words)('why administrators are not asked about a %s', (kind, word) => {
    const missing = (state: string) => ({ code: 'scheduleNotFound', target: 'roleDefinitionId', message: `You have no ${word} of this role in this scope that ${state}.` });
    const silent = { code: 'justificationMissing', target: 'justification', message: 'Asking administrators takes a justification. Say what the role is needed for.' };
    expect(told(decideSchedule(wish('selfExtend', { kind, justification: ' ' }), facts([], { endedId: 'old' })))).toEqual([silent, missing('could be extended')]);
    expect(told(decideSchedule(wish('selfExtend', { kind }), facts([held({ kind, endsAt: never })])))).toEqual([{ code: 'withoutEnd', target: 'roleDefinitionId', message: 'What you hold has no end. There is nothing to extend.' }]);
    expect(told(decideSchedule(wish('selfRenew', { kind }), facts([held({ kind, endsAt: never })])))).toEqual([{ code: 'notEnded', target: 'roleDefinitionId', message: 'What you hold has not ended. Use selfExtend.' }, missing('has ended')]);
    expect(told(decideSchedule(wish('selfRenew', { kind }), facts([held({ kind })], { endedId: 'old' })))).toMatchObject([{ code: 'notEnded' }]);
  });
});

describe('rights and standing', () => {
  it('act for themselves with one of some permissions', () => {
    const self = (provider: 'directory' | 'entitlementManagement') => [permissionsThat((name) => mayActForSelf(personWith('p', [name]), provider)), permissionsThat((name) => mayActForSelf(callerWith([name]), provider))];
    expect(self('directory')).toEqual([['RoleManagement.ReadWrite.Directory'], ['RoleManagement.ReadWrite.Directory']]);
    expect(self('entitlementManagement')).toEqual([
      ['EntitlementManagement.ReadWrite.All', 'EntitlementMgmt-SubjectAccess.ReadWrite', 'RoleManagement.ReadWrite.Directory'], ['EntitlementManagement.ReadWrite.All', 'EntitlementManagement.SelfRequest'],
    ]);
  });
  it('are for good where a role is assigned now, without an end', () => {
    const standing = held({ endsAt: never, startsAt: now });
    expect([standing, eligible({ endsAt: never }), held({ endsAt: never, assignmentType: 'Activated' }), held(), held({ endsAt: never, startsAt: hours(1) })].map((one) => isStanding(one, now))).toEqual([true, false, false, false, false]);
    expect(losesAdministrator({ event: 'create', window: { startsAt: now, endsAt: never }, activatedUsingId: undefined }, now)).toBe(false);
  });
});
