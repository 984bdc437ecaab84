import { describe, expect, it } from 'vitest';
import { step } from '../../kernel/machine.ts';
import { runLife } from './machine.ts';
import { decideRemovals, endOfGrace, whyHeld, type RemovalFacts } from './rules.ts';

const facts = (more: Partial<RemovalFacts>): RemovalFacts => ({ leaving: 5, assigned: 20, takenLately: 0, brake: { percent: 20, minimum: 5 }, isHeld: false, ...more });

describe('a run', () => {
  it.each([
    ['takes nothing when nobody leaves', { leaving: 0 }, 'nothing'], ['is over when nobody leaves any more', { leaving: 0, isHeld: true }, 'lapse'], ['waits as long as one is held', { leaving: 1, isHeld: true }, 'hold'],
    ['is held above the share', { assigned: 24 }, 'hold'], ['takes the share itself', { assigned: 25 }, 'take'], ['takes fewer than the least number, be it all', { leaving: 4, assigned: 4 }, 'take'], ['counts what was taken lately', { leaving: 1, takenLately: 4, assigned: 24 }, 'hold'],
    ['is held for anything at no percent', { leaving: 5, assigned: 1000, brake: { percent: 0, minimum: 5 } }, 'hold'], ['is never held at a hundred', { leaving: 5, assigned: 5, brake: { percent: 100, minimum: 1 } }, 'take'],
  ] as const)('%s', (_, more, decision) => { expect(decideRemovals(facts(more))).toBe(decision); });

  it('says why it is held, and what of it was before', () => {
    expect([whyHeld(facts({ assigned: 24 })), whyHeld(facts({ leaving: 1, takenLately: 4, assigned: 24 }))]).toEqual([
      'It would take 5 of 24 assignments. The rule waits for an administrator\'s word where 5 or more would be gone within an hour, and these are more than 20 %.',
      'It would take 1 of 24 assignments, after 4 taken in the last hour. The rule waits for an administrator\'s word where 5 or more would be gone within an hour, and these are more than 20 %.',
    ]);
  });

  it('gives time before it takes', () => {
    const now = new Date('2026-01-31T10:00:00Z');
    expect([endOfGrace(now, 'P7D'), endOfGrace(now, null), endOfGrace(now, 'P0D'), endOfGrace(now, 'never')].map((at) => at.toISOString())).toEqual(['2026-02-07T10:00:00.000Z', now.toISOString(), now.toISOString(), now.toISOString()]);
  });

  it('is decided once', () => {
    expect(step(runLife, { state: 'held', event: 'confirm' }, undefined)).toEqual({ moved: true, to: 'confirmed', effects: ['take'] });
    expect(step(runLife, { state: 'held', event: 'discard' }, undefined)).toEqual({ moved: true, to: 'discarded', effects: ['keep'] });
    expect(step(runLife, { state: 'held', event: 'lapse' }, undefined)).toEqual({ moved: true, to: 'lapsed', effects: [] });
    for (const state of runLife.final) for (const event of runLife.events) expect(step(runLife, { state, event }, undefined)).toEqual({ moved: false });
  });
});
