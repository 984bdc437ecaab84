import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOf, isLater, never, type Schedule } from '../../../kernel/schedule.ts';
import { parsePolicy } from '../../policies/model.ts';
import { asksForEnd, chooseEnd, scheduleReasons, startAhead } from './time.ts';

const now = new Date('2030-01-15T12:00:00.000Z');
const policy = (expiration: Record<string, unknown>, isCustom = true) => parsePolicy({ id: 'p', access_package_id: 'k', display_name: 'P', expiration, requestor_settings: { allowCustomAssignmentSchedule: isCustom } });
const codes = (schedule: Schedule, expiration: Record<string, unknown> = { type: 'noExpiration' }, more: { readonly isCustom?: boolean; readonly isAdmin?: boolean } = {}): readonly string[] =>
  scheduleReasons({ schedule, policy: policy(expiration, more.isCustom ?? true), isAdmin: more.isAdmin ?? false }, now).map(({ code }) => code);
const at = (text: string): Schedule => ({ expiration: { type: 'afterDateTime', endDateTime: text } });

describe('a schedule', () => {
  it.each<readonly [string, readonly string[], Parameters<typeof codes>]>([
    ['nothing asked', [], [{}, { type: 'afterDuration', duration: 'P1D' }, { isCustom: false }]],
    ['an end where none may be named', ['customScheduleNotAllowed'], [at('2030-01-16T00:00:00Z'), { type: 'noExpiration' }, { isCustom: false }]],
    ['an end that an administrator names', [], [at('2030-01-16T00:00:00Z'), { type: 'noExpiration' }, { isCustom: false, isAdmin: true }]],
    ['a start four minutes ago', [], [{ startDateTime: '2030-01-15T11:56:00Z' }]],
    ['a start six minutes ago', ['startInPast'], [{ startDateTime: '2030-01-15T11:54:00Z' }]],
    ['an end that has passed', ['endNotAfterStart'], [at('2030-01-15T11:59:59Z')]],
    ['an end at the start', ['endNotAfterStart'], [{ startDateTime: '2030-01-20T00:00:00Z', expiration: { type: 'afterDateTime', endDateTime: '2030-01-20T00:00:00Z' } }]],
    ['an end to the second of the policy', [], [{ expiration: { type: 'afterDuration', duration: 'P1D' } }, { type: 'afterDuration', duration: 'P1D' }]],
    ['an end a second beyond it', ['endBeyondPolicy'], [{ expiration: { type: 'afterDuration', duration: 'P1DT1S' } }, { type: 'afterDuration', duration: 'P1D' }]],
    ['no end where the policy has one', ['endBeyondPolicy'], [{ expiration: { type: 'noExpiration' } }, { type: 'afterDateTime', endDateTime: '2031-01-01T00:00:00Z' }]],
    ['a duration that is none', ['endMissing'], [{ expiration: { type: 'afterDuration', duration: 'tomorrow' } }]],
    ['an end without a time', ['endMissing'], [{ expiration: { type: 'afterDateTime' } }]],
    ['a duration of nothing', ['endNotAfterStart'], [{ expiration: { type: 'afterDuration', duration: 'PT0S' } }]],
  ])('%s', (_, expected, given) => {
    expect(codes(...given)).toEqual(expected);
  });

  it('counts the policy from the named start', () => {
    expect(codes({ startDateTime: '2030-02-01T00:00:00Z', expiration: { type: 'afterDateTime', endDateTime: '2030-02-02T00:00:00Z' } }, { type: 'afterDuration', duration: 'P1D' })).toEqual([]);
  });

  it('that is taken ends after it begins and not beyond the policy', () => {
    const instant = fc.date({ min: new Date('2030-01-01'), max: new Date('2030-03-01'), noInvalidDate: true }).map((date) => date.toISOString());
    fc.assert(fc.property(fc.option(instant, { nil: null }), instant, fc.integer({ min: 1, max: 60 }), (startDateTime, endDateTime, days) => {
      const schedule: Schedule = { startDateTime, expiration: { type: 'afterDateTime', endDateTime } };
      const limit = { type: 'afterDuration', duration: `P${days}D` };
      if (codes(schedule, limit).length > 0) return;
      const from = startAhead(schedule, now) ?? now;
      const end = chooseEnd(schedule.expiration, policy(limit).expiration.type === 'afterDuration' ? { type: 'afterDuration', duration: `P${days}D` } : {}, from);
      expect(end !== never && end > from && !isLater(end, endOf({ type: 'afterDuration', duration: `P${days}D` }, from) ?? never)).toBe(true);
    }));
  });
});

describe('what is said of a schedule', () => {
  const told = (schedule: Schedule, expiration: Record<string, unknown> = { type: 'noExpiration' }, isCustom = true) => scheduleReasons({ schedule, policy: policy(expiration, isCustom), isAdmin: false }, now).map(({ target, message }) => [target, message]);

  it('names its place, the limit and the mend', () => {
    expect(told({ startDateTime: '2030-01-16T00:00:00Z' }, { type: 'noExpiration' }, false)).toEqual([['schedule', "Policy 'P' sets when access begins and ends. Leave schedule out."]]);
    expect(told({ startDateTime: '2030-01-14T00:00:00Z' })).toEqual([['schedule/startDateTime', 'The start 2030-01-14T00:00:00Z has passed. Name a later one, or leave it out to begin at once.']]);
    expect(told({ expiration: { type: 'afterDuration', duration: 'soon' } })).toEqual([['schedule/expiration/duration', 'An expiration of type afterDuration needs duration (an ISO 8601 duration such as P30D).']]);
    expect(told({ expiration: { type: 'afterDateTime', endDateTime: 'soon' } })).toEqual([['schedule/expiration/endDateTime', 'An expiration of type afterDateTime needs endDateTime (an ISO 8601 time).']]);
    expect(told(at('2030-01-01T00:00:00Z'))).toEqual([['schedule/expiration', 'Access would end before it begins. Name an end in the future, after the start.']]);
    expect(told(at('2030-01-20T00:00:00Z'), { type: 'afterDateTime', endDateTime: '2030-01-19T00:00:00Z' })).toEqual([['schedule/expiration', "Policy 'P' ends access at 2030-01-19T00:00:00.000Z at the latest. Ask for an earlier end."]]);
  });

  it('tells everything at once', () => {
    expect(codes({ startDateTime: '2030-01-01T00:00:00Z', expiration: { type: 'afterDateTime', endDateTime: '2030-01-02T00:00:00Z' } }, { type: 'noExpiration' }, { isCustom: false })).toEqual(['customScheduleNotAllowed', 'startInPast', 'endNotAfterStart']);
  });

  it('is custom by an end or a later start, and by nothing else', () => {
    const isCustom = (schedule: Schedule): boolean => codes(schedule, { type: 'noExpiration' }, { isCustom: false }).includes('customScheduleNotAllowed');
    expect([isCustom({}), isCustom({ expiration: null }), isCustom({ expiration: { type: 'notSpecified' } }), isCustom({ startDateTime: now.toISOString() }), isCustom({ startDateTime: '2030-01-15T11:56:00Z' })]).toEqual([false, false, false, false, false]);
    expect([isCustom({ expiration: { type: 'noExpiration' } }), isCustom({ startDateTime: '2030-01-15T12:00:01Z' })]).toEqual([true, true]);
    expect([asksForEnd({}), asksForEnd({ expiration: {} }), asksForEnd({ expiration: { type: 'notSpecified' } }), asksForEnd({ expiration: { type: 'noExpiration' } })]).toEqual([false, false, false, true]);
  });

  it('begins ahead only after now', () => {
    expect([startAhead({}, now), startAhead({ startDateTime: 'soon' }, now), startAhead({ startDateTime: now.toISOString() }, now), startAhead({ startDateTime: '2030-01-15T12:00:00.001Z' }, now)]).toEqual([undefined, undefined, undefined, new Date('2030-01-15T12:00:00.001Z')]);
  });

  it('is tolerant of a clock that is five minutes off, to the millisecond', () => {
    expect([codes({ startDateTime: '2030-01-15T11:55:00.000Z' }), codes({ startDateTime: '2030-01-15T11:54:59.999Z' })]).toEqual([[], ['startInPast']]);
  });
});

describe('the end of access', () => {
  it('is as asked, else as the policy says, else none', () => {
    const inDays = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
    expect(chooseEnd({ type: 'afterDuration', duration: 'P1D' }, { type: 'afterDuration', duration: 'P2D' }, now)).toEqual(inDays(1));
    expect(chooseEnd({ type: 'notSpecified' }, { type: 'afterDuration', duration: 'P2D' }, now)).toEqual(inDays(2));
    expect([chooseEnd(null, { type: 'notSpecified' }, now), chooseEnd(undefined, { type: 'noExpiration' }, now), chooseEnd({ type: 'noExpiration' }, { type: 'afterDuration', duration: 'P2D' }, now)]).toEqual(['never', 'never', 'never']);
  });
});
