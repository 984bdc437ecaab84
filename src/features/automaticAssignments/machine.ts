/** Life of a run that would have taken too much: it is held until an administrator decides, or until there is nothing left to take. */
import type { Life } from '../../kernel/machine.ts';
import { runStates, type RunState } from './model.ts';

/** What can happen to a held run. */
export const runEvents = ['confirm', 'discard', 'lapse'] as const;
/** What happens to a held run. */
export type RunEvent = (typeof runEvents)[number];

/** What follows: the listed assignments are taken, or let be for as long as the rule is as it is. */
export type RunEffect = 'take' | 'keep';

/** The life of automaticAssignmentRun. */
export const runLife: Life<RunState, RunEvent, undefined, RunEffect> = {
  name: 'automaticAssignmentRun',
  states: runStates,
  initial: 'held',
  final: ['confirmed', 'discarded', 'lapsed'],
  events: runEvents,
  rows: [
    { from: 'held', event: 'confirm', to: 'confirmed', effects: ['take'] },
    { from: 'held', event: 'discard', to: 'discarded', effects: ['keep'] },
    { from: 'held', event: 'lapse', to: 'lapsed' },
  ],
};
