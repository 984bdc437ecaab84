import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimit, rateLimit } from './rate-limit.ts';

/** Asks at a time as a door does; answers whether it was let through. */
function ask(limit: RateLimit, key: string, now: number): boolean {
  const isFree = limit.secondsToWait(key, now) === 0;
  if (isFree) limit.count(key, now);
  return isFree;
}

const askOften = (limit: RateLimit, times: number, now: number): number => Array.from({ length: times }, () => ask(limit, 'a', now)).filter(Boolean).length;

describe('a limit', () => {
  it('lets a minute\'s worth through at once, each key its own, and gives it back steadily', () => {
    const limit = new RateLimit(60);
    expect(askOften(limit, 100, 5_000)).toBe(60);
    expect(limit.secondsToWait('a', 5_000)).toBe(1);
    expect(limit.secondsToWait('b', 5_000)).toBe(0);
    expect(askOften(limit, 100, 15_000)).toBe(10);
    expect(askOften(limit, 100, 1_000_000)).toBe(60);
  });

  it('says how much is used', () => {
    const limit = new RateLimit(10);
    askOften(limit, 8, 0);
    expect([limit.shareUsed('a', 0), limit.shareUsed('a', 30_000), limit.shareUsed('b', 0)]).toEqual([0.8, 0.3, 0]);
  });

  it('forgets whoever has been quiet longest when there are too many', () => {
    const limit = new RateLimit(1);
    for (let key = 0; key <= 50_000; key += 1) limit.count(String(key), 0);
    expect([limit.secondsToWait('0', 0), limit.secondsToWait('1', 0), limit.secondsToWait('50000', 0)]).toEqual([0, 60, 60]);
  });

  it('is none at 0', () => {
    expect(rateLimit(0)).toBeUndefined();
  });

  it('speaks the truth: whoever waits as long as told is let through, and who waits a second less is not', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 20_000 }), fc.array(fc.nat(3_000), { maxLength: 60 }), (perMinute, gaps) => {
      const limit = new RateLimit(perMinute);
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        if (ask(limit, 'a', now)) continue;
        const seconds = limit.secondsToWait('a', now);
        expect(Number.isInteger(seconds)).toBe(true);
        expect(limit.secondsToWait('a', now + (seconds - 1) * 1000)).toBeGreaterThan(0);
        expect(limit.secondsToWait('a', now + seconds * 1000)).toBe(0);
      }
    }));
  });

  it('never lets more through than a minute\'s worth and what has come back since', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.nat(2_000), { maxLength: 200 }), (perMinute, gaps) => {
      const limit = new RateLimit(perMinute);
      let [now, passed] = [0, 0];
      for (const gap of gaps) {
        now += gap;
        if (ask(limit, 'a', now)) passed += 1;
      }
      expect(passed).toBeLessThanOrEqual(perMinute + now / 60_000 * perMinute + 1e-6);
    }));
  });
});
