import { describe, expect, it } from 'vitest';
import { addDuration, parseDuration, roughMilliseconds, type Duration } from './duration.ts';

const none: Duration = { years: 0, months: 0, weeks: 0, days: 0, hours: 0, minutes: 0, seconds: 0 };
const of = (text: string): Duration => parseDuration(text) ?? expect.unreachable(`${text} is no duration`);

describe('a duration', () => {
  it.each<[string, Partial<Duration>]>([
    ['P1Y', { years: 1 }], ['P2M', { months: 2 }], ['P3W', { weeks: 3 }], ['P14D', { days: 14 }], ['PT8H', { hours: 8 }], ['PT5M', { minutes: 5 }], ['PT30S', { seconds: 30 }], ['PT0.25S', { seconds: 0.25 }],
    ['P1Y2M3W4DT5H6M7S', { years: 1, months: 2, weeks: 3, days: 4, hours: 5, minutes: 6, seconds: 7 }], ['P1MT1M', { months: 1, minutes: 1 }], ['P0D', {}], ['PT0S', {}],
    ['P999999D', { days: 999_999 }], ['PT99999999H', { hours: 99_999_999 }], ['PT99999999M', { minutes: 99_999_999 }], ['PT9999999999S', { seconds: 9_999_999_999 }], ['PT0.1234567S', { seconds: 0.123_456_7 }],
    ['P999999Y', { years: 999_999 }], ['P999999M', { months: 999_999 }], ['P999999W', { weeks: 999_999 }],
  ])('%s is read', (text, parts) => { expect(parseDuration(text)).toEqual({ ...none, ...parts }); });

  it.each([
    '', 'P', 'PT', 'P1DT', '1D', 'P1', 'PT1', 'PT1D', 'P1H', 'P1S', 'p1d', '-P1D', 'P-1D', 'P1.5D', 'PT1.5H', 'PT1.S', 'PT.5S', 'PT0.12345678S', 'P1D1Y', 'P1D ', ' P1D', 'xP1D', 'P1Dx',
    'P1000000D', 'P1000000Y', 'P1000000M', 'P1000000W', 'PT100000000H', 'PT100000000M', 'PT10000000000S', 'PTxS',
  ])('%j is none', (text) => { expect(parseDuration(text)).toBeUndefined(); });

  it('has a length to compare, with months of 30 and years of 365 days', () => {
    const hour = 3_600_000;
    expect(['P1Y', 'P1M', 'P1W', 'P1D', 'PT1H', 'PT1M', 'PT1S'].map((text) => roughMilliseconds(of(text)))).toEqual([365 * 24 * hour, 30 * 24 * hour, 168 * hour, 24 * hour, hour, 60_000, 1000]);
    expect(roughMilliseconds(of('P1Y2M3W4DT5H6M7S'))).toBe(((365 + 60 + 21 + 4) * 24 + 5) * hour + 367_000);
  });
});

describe('the instant that lies a duration after another', () => {
  it.each([
    ['2026-03-01T10:00:00.000Z', 'PT0S', '2026-03-01T10:00:00.000Z'], ['2026-03-01T10:00:00.000Z', 'PT8H', '2026-03-01T18:00:00.000Z'], ['2026-03-01T10:00:00.000Z', 'P1W2DT1M1S', '2026-03-10T10:01:01.000Z'],
    ['2026-03-01T10:00:00.000Z', 'PT0.0005S', '2026-03-01T10:00:00.001Z'], ['2026-03-01T10:00:00.000Z', 'PT0.0004S', '2026-03-01T10:00:00.000Z'], ['2026-02-27T10:00:00.000Z', 'P14D', '2026-03-13T10:00:00.000Z'],
    ['2026-01-15T10:00:00.123Z', 'P1M', '2026-02-15T10:00:00.123Z'], ['2026-11-15T10:00:00.000Z', 'P2M', '2027-01-15T10:00:00.000Z'], ['2026-05-31T10:00:00.000Z', 'P1Y1M', '2027-06-30T10:00:00.000Z'],
    ['2026-01-31T10:00:00.000Z', 'P1M', '2026-02-28T10:00:00.000Z'], ['2024-01-31T10:00:00.000Z', 'P1M', '2024-02-29T10:00:00.000Z'], ['2024-02-29T10:00:00.000Z', 'P1Y', '2025-02-28T10:00:00.000Z'],
    ['2024-02-29T10:00:00.000Z', 'P4Y', '2028-02-29T10:00:00.000Z'], ['2026-01-31T10:00:00.000Z', 'P1M1D', '2026-03-01T10:00:00.000Z'], ['2026-12-31T23:30:00.000Z', 'P1M', '2027-01-31T23:30:00.000Z'],
  ])('%s and %s is %s', (start, duration, end) => {
    const from = new Date(start);
    expect(addDuration(from, of(duration)).toISOString()).toBe(end);
    expect(from.toISOString()).toBe(start);
  });
});
