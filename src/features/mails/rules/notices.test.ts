import { describe, expect, it } from 'vitest';
import { lastNotice } from './notices.ts';

describe('the notice of its end that an assignment has reached', () => {
  it.each([
    ['2026-11-16T23:59:59Z', ''], ['2026-11-17T00:00:00Z', 'assignmentFourteenDaysBeforeExpiration'], ['2026-11-29T23:59:59Z', 'assignmentFourteenDaysBeforeExpiration'], ['2026-11-30T00:00:00Z', 'assignmentOneDayBeforeExpiration'], ['nonsense', ''],
  ])('at %s is %s', (at, notice) => { expect(lastNotice('2026-12-01T00:00:00Z', at)).toBe(notice); });

  it('is none of an end that is none', () => { expect(lastNotice('', '2026-12-01T00:00:00Z')).toBe(''); });
});
