import { describe, expect, it } from 'vitest';
import { eventsIn, type Life } from '../../kernel/machine.ts';
import { stageLife } from '../approvals/machine.ts';
import { assignmentLife } from '../assignments/machine.ts';
import { calloutLife } from '../extensions/machine.ts';
import { requestLife } from './machine.ts';

const lives = [requestLife, stageLife, assignmentLife, calloutLife] as const;

/** What every life must be, whatever its words. */
function shapeOf<S extends string, E extends string, F, X extends string>(life: Life<S, E, F, X>): { readonly unreachable: readonly S[]; readonly open: readonly string[]; readonly final: readonly S[] } {
  const reached = new Set<S>([life.initial]);
  for (let before = 0; before !== reached.size;) {
    before = reached.size;
    for (const row of life.rows) if (reached.has(row.from)) reached.add(row.to);
  }
  const pairs = life.states.flatMap((state) => eventsIn(life, state).map((event) => ({ state, event })));
  return {
    unreachable: life.states.filter((state) => !reached.has(state)),
    open: pairs.filter(({ state, event }) => life.rows.findLast((row) => row.from === state && row.event === event)?.when !== undefined).map(({ state, event }) => `${state} ${event}`),
    final: life.states.filter((state) => eventsIn(life, state).length === 0),
  };
}

describe('the lives', () => {
  it('of requests reach every state, decide every event, and end where Graph ends', () => {
    expect(shapeOf(requestLife)).toEqual({ unreachable: [], open: [], final: ['delivered', 'denied', 'canceled'] });
  });
  it('of assignments do too', () => {
    expect(shapeOf(assignmentLife)).toEqual({ unreachable: [], open: [], final: ['expired', 'deliveryFailed'] });
  });
  it('of stages do too', () => {
    expect(shapeOf(stageLife)).toEqual({ unreachable: [], open: [], final: ['Completed', 'Expired'] });
  });
  it('of calls do too', () => {
    expect(shapeOf(calloutLife)).toEqual({ unreachable: [], open: [], final: ['calloutSent', 'callbackReceived', 'callbackTimedOut'] });
  });
  it('say of themselves where they end', () => {
    expect(lives.map(({ final }) => [...final])).toEqual([['delivered', 'denied', 'canceled'], ['Completed', 'Expired'], ['expired', 'deliveryFailed'], ['calloutSent', 'callbackReceived', 'callbackTimedOut']]);
  });
  it('let nobody cancel what is finished', () => {
    expect(requestLife.states.filter((state) => eventsIn(requestLife, state).includes('cancel'))).toEqual(['submitted', 'pendingApproval', 'scheduled']);
  });
});
