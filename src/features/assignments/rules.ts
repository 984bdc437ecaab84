/** From an event to everything that follows from it at once: where an assignment is then, and what is to be written. */
import { step } from '../../kernel/machine.ts';
import { assignmentLife, assignmentStatusOf, type AssignmentEffect, type AssignmentEvent, type AssignmentFacts, type AssignmentState } from './machine.ts';

/** One step that was taken, as the history keeps it. */
export interface AssignmentMove {
  readonly from: AssignmentState;
  readonly to: AssignmentState;
  readonly event: AssignmentEvent;
}

/** Where an assignment is after an event, how it got there, and what is to be done. */
export interface AssignmentPassage {
  /** The state that it came from: the write is guarded by it. */
  readonly was: AssignmentState;
  readonly state: AssignmentState;
  readonly status: string;
  readonly moves: readonly AssignmentMove[];
  readonly writesGrants: boolean;
  readonly settlesGrants: boolean;
  /** Events that follow by themselves. */
  readonly next: readonly AssignmentEvent[];
}

const effects: Readonly<Record<AssignmentEffect, (passage: AssignmentPassage) => AssignmentPassage>> = {
  deliver: (passage) => ({ ...passage, next: [...passage.next, 'deliveryDone'] }),
  writeGrants: (passage) => ({ ...passage, writesGrants: true }),
  settleGrants: (passage) => ({ ...passage, settlesGrants: true }),
};

/** Takes the event and all that follow; undefined when the event is not possible in this state. */
export function passAssignment(at: { readonly state: AssignmentState; readonly event: AssignmentEvent }, facts: AssignmentFacts): AssignmentPassage | undefined {
  let passage: AssignmentPassage = { was: at.state, state: at.state, status: assignmentStatusOf[at.state], moves: [], writesGrants: false, settlesGrants: false, next: [at.event] };
  for (let event = passage.next[0]; event !== undefined; event = passage.next[0]) {
    const taken = step(assignmentLife, { state: passage.state, event }, facts);
    if (!taken.moved) return undefined;
    const moved: AssignmentPassage = {
      ...passage, state: taken.to, status: assignmentStatusOf[taken.to], moves: [...passage.moves, { from: passage.state, to: taken.to, event }], next: passage.next.slice(1),
    };
    passage = taken.effects.reduce((so, effect) => effects[effect](so), moved);
  }
  return passage;
}

/** A delivery: the first, or another of an assignment that lives in `state`. */
export const passDelivery = (state: AssignmentState | undefined, outcome: AssignmentFacts['outcome']): AssignmentPassage | undefined => passAssignment(
  state === undefined ? { state: assignmentLife.initial, event: 'deliveryDone' } : { state, event: 'reprocess' }, { outcome, isRepeated: state !== undefined },
);

/** What happens to an assignment when nothing is delivered. */
export const passWithout = (state: AssignmentState, event: 'changeEnd' | 'end'): AssignmentPassage | undefined => passAssignment({ state, event }, { outcome: 'none', isRepeated: true });
