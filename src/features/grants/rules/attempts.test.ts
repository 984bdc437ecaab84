import { describe, expect, it } from 'vitest';
import { chooseNextAttempt, type Attempt } from './attempts.ts';

const now = new Date('2026-03-01T12:00:00Z');
const gone = [{ code: 'resourceGone', message: 'gone' }];
const nextAfter = (attempt: Partial<Attempt>): number | undefined => {
  const next = chooseNextAttempt({ failures: gone, attempts: 1, firstAt: now, isHeld: false, ...attempt }, now);
  return next === undefined ? undefined : (next.getTime() - now.getTime()) / 60_000;
};

describe('the next attempt at a delivery', () => {
  it.each([[0, 1], [1, 1], [2, 5], [3, 15], [4, 60], [5, 240], [6, 720], [7, 1440], [8, 1440], [400, 1440]])('comes after attempt %i in %i minutes', (attempts, minutes) => {
    expect(nextAfter({ attempts, isHeld: true })).toBe(minutes);
  });

  it('does not come when time or target is gone', () => {
    for (const code of ['assignmentEnded', 'endedBeforeDelivery', 'targetDeleted']) expect(nextAfter({ failures: [...gone, { code, message: '' }], isHeld: true })).toBeUndefined();
  });

  it('comes for a fortnight where nothing was delivered, and as long as the access where something was', () => {
    const daysAgo = (days: number): Date => new Date(now.getTime() - days * 86_400_000);
    expect(nextAfter({ attempts: 9, firstAt: daysAgo(13) })).toBe(1440);
    expect(nextAfter({ attempts: 9, firstAt: new Date(daysAgo(13).getTime() - 1) })).toBeUndefined();
    expect(nextAfter({ attempts: 9, firstAt: daysAgo(400), isHeld: true })).toBe(1440);
  });
});
