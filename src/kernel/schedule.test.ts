import { describe, expect, it } from 'vitest';
import { endOf, endText, instantOf, isLater, later, never } from './schedule.ts';

const from = new Date('2026-03-01T10:00:00.750Z');

describe('ends', () => {
  it.each([
    [{ type: 'afterDuration', duration: 'PT3S' }, '2026-03-01T10:00:03.000Z'],
    [{ type: 'afterDuration', duration: 'PT0.2S' }, '2026-03-01T10:00:00.000Z'],
    [{ type: 'afterDuration', duration: 'P1D' }, '2026-03-02T10:00:00.000Z'],
    [{ type: 'afterDateTime', endDateTime: '2026-03-01T12:00:00.999Z' }, '2026-03-01T12:00:00.000Z'],
  ] as const)('are whole seconds, never later than agreed: %j', (expiration, end) => {
    expect(endOf(expiration, from)).toEqual(new Date(end));
  });

  it('are never, or not named', () => {
    expect(endOf({ type: 'noExpiration' }, from)).toBe(never);
    expect(endOf({ type: 'notSpecified' }, from)).toBeUndefined();
    expect(endOf(null, from)).toBeUndefined();
    expect(endOf({ type: 'afterDuration', duration: 'soon' }, from)).toBeUndefined();
    expect(endOf({ type: 'afterDateTime', endDateTime: 'soon' }, from)).toBeUndefined();
  });

  it.each([{}, { type: null }, { type: 'notSpecified', duration: 'P1D', endDateTime: '2026-03-01T12:00:00Z' }, { type: 'afterDuration' }, { type: 'afterDuration', duration: null }, { type: 'afterDateTime', endDateTime: null }] as const)('are not named by %j', (expiration) => {
    expect(endOf(expiration, from)).toBeUndefined();
  });

  it('are compared with never as the latest', () => {
    expect([isLater(never, from), isLater(from, never), isLater(never, never)]).toEqual([true, false, false]);
    const after = new Date(from.getTime() + 1);
    expect([isLater(after, from), isLater(from, after), isLater(from, from)]).toEqual([true, false, false]);
  });

  it('are told to the database as instants, or as infinity', () => {
    expect([endText(from), endText(never)]).toEqual(['2026-03-01T10:00:00.750Z', 'infinity']);
  });
});

describe('instants', () => {
  it('are what a text names', () => {
    expect(instantOf('2026-03-01T10:00:00.750Z')).toEqual(from);
    for (const text of ['soon', '', null, undefined]) expect(instantOf(text)).toBeUndefined();
  });
  it('lie a duration later, as far as dates reach', () => {
    expect(later(from, 'PT0.25S')).toEqual(new Date('2026-03-01T10:00:01Z'));
    expect(later(from, 'soon')).toBeUndefined();
    expect(later(from, 'P999999Y')).toBeUndefined();
  });
});
