import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSigningKey, decideNextKey, publishedAfterSigning, publishedBeforeSigning, type KeyTimes } from './rules.ts';

const day = 86_400_000;
const never = Number.POSITIVE_INFINITY;

describe('which key signs', () => {
  it('is the one that began last, of the algorithm', () => {
    const keys: KeyTimes[] = [
      { kid: 'old', alg: 'RS256', signsFrom: 0, retiresAt: 20 }, { kid: 'new', alg: 'RS256', signsFrom: 10, retiresAt: never },
      { kid: 'ec', alg: 'ES256', signsFrom: 12, retiresAt: never }, { kid: 'next', alg: 'RS256', signsFrom: 30, retiresAt: never },
    ];
    expect(chooseSigningKey(keys, 'RS256', 9)?.kid).toBe('old');
    expect(chooseSigningKey(keys, 'RS256', 10)?.kid).toBe('new');
    expect(chooseSigningKey(keys, 'RS256', 30)?.kid).toBe('next');
  });

  it('never leaves a gap and never signs with a key that was published for less than a day, but for the first', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 40 * 24 }), { maxLength: 60 }), (hours) => {
      let keys: (KeyTimes & { made: number })[] = [];
      let now = 0;
      for (const step of [0, ...hours]) {
        now += step * 3_600_000;
        const signsFrom = decideNextKey({ keys, alg: 'RS256', now, rotateAfter: 30 * day });
        if (signsFrom !== undefined) {
          keys = keys.map((key) => ({ ...key, retiresAt: Math.min(key.retiresAt, signsFrom + publishedAfterSigning) }));
          keys.push({ kid: String(keys.length), alg: 'RS256', signsFrom, retiresAt: never, made: now });
        }
        const signer = chooseSigningKey(keys, 'RS256', now);
        expect(signer).toBeDefined();
        const key = keys.find(({ kid }) => kid === signer?.kid);
        if (key !== undefined && key.kid !== '0') expect(now - key.made).toBeGreaterThanOrEqual(publishedBeforeSigning);
      }
    }));
  });
});
