import { describe, expect, it } from 'vitest';
import { diagram, eventsIn, follow, step, type Life, type Way } from './machine.ts';

type State = 'closed' | 'open' | 'broken';
type Event = 'push' | 'slam' | 'repair' | 'ring';
type Effect = 'creak' | 'ringTwice';
interface Door { readonly isOld: boolean }

const door: Life<State, Event, Door, Effect> = {
  name: 'door', states: ['closed', 'open', 'broken'], initial: 'closed', final: ['broken'], events: ['push', 'slam', 'repair', 'ring'],
  rows: [
    { from: 'closed', event: 'push', to: 'open', effects: ['creak'] },
    { from: 'open', event: 'slam', when: ({ isOld }) => isOld, says: 'is old', to: 'broken', effects: ['creak', 'creak'] },
    { from: 'open', event: 'slam', to: 'closed' },
    { from: 'closed', event: 'ring', when: ({ isOld }) => !isOld, says: 'is new', to: 'closed', effects: ['ringTwice'] },
  ],
};
const [aged, fresh] = [{ isOld: true }, { isOld: false }];

describe('a step', () => {
  it('goes where the first row that fits leads, with its effects', () => {
    expect(step(door, { state: 'closed', event: 'push' }, aged)).toEqual({ moved: true, to: 'open', effects: ['creak'] });
    expect(step(door, { state: 'open', event: 'slam' }, aged)).toEqual({ moved: true, to: 'broken', effects: ['creak', 'creak'] });
    expect(step(door, { state: 'open', event: 'slam' }, fresh)).toEqual({ moved: true, to: 'closed', effects: [] });
  });
  it('is none where no row fits', () => {
    for (const [state, event] of [['closed', 'slam'], ['open', 'push'], ['broken', 'repair'], ['closed', 'ring']] as const) expect(step(door, { state, event }, aged)).toEqual({ moved: false });
  });
});

describe('a way', () => {
  interface Walk extends Way<State, Event> { readonly creaks: number }
  const begun = (...next: readonly Event[]): Walk => ({ state: 'closed', moves: [], next, creaks: 0 });
  const walk = (facts: Door, ...next: readonly Event[]): Walk | undefined => follow(door, begun(...next), {
    facts, effects: { creak: (way) => ({ ...way, creaks: way.creaks + 1 }), ringTwice: (way) => ({ ...way, next: [...way.next, 'push'] }) },
  });

  it('takes one event after the other, and notes each', () => {
    expect(walk(aged, 'push', 'slam')).toEqual({ state: 'broken', next: [], creaks: 3, moves: [{ from: 'closed', to: 'open', event: 'push' }, { from: 'open', to: 'broken', event: 'slam' }] });
    expect(walk(aged)).toEqual(begun());
  });
  it('takes the events that effects add', () => {
    expect(walk(fresh, 'ring')).toMatchObject({ state: 'open', creaks: 1, moves: [{ from: 'closed', to: 'closed', event: 'ring' }, { from: 'closed', to: 'open', event: 'push' }] });
  });
  it('is none when one of its events cannot come', () => {
    expect(walk(aged, 'push', 'push')).toBeUndefined();
    expect(walk(aged, 'ring')).toBeUndefined();
  });
});

describe('a life', () => {
  it('has events that some row takes in a state, whatever the facts', () => {
    expect(door.states.map((state) => eventsIn(door, state))).toEqual([['push', 'ring'], ['slam'], []]);
  });
  it('is drawn', () => {
    expect(diagram(door).split('\n')).toEqual([
      'stateDiagram-v2', '  [*] --> closed', '  closed --> open: push', '  open --> broken: slam [is old]', '  open --> closed: slam', '  closed --> closed: ring [is new]', '  broken --> [*]',
    ]);
  });
});
