import { describe, expect, it } from 'vitest';
import { endOf, isLater, never } from './schedule.ts';

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

  it('are compared with never as the latest', () => {
    expect([isLater(never, from), isLater(from, never), isLater(never, never)]).toEqual([true, false, false]);
  });
});
