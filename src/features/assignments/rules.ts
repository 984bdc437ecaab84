/** From an event to everything that follows from it at once: where an assignment is then, and what is to be written. */
import { follow, type Move, type Way } from '../../kernel/machine.ts';
import { assignmentLife, assignmentStatusOf, type AssignmentEffect, type AssignmentEvent, type AssignmentFacts, type AssignmentState } from './machine.ts';

/** One step that was taken, as the history keeps it. */
export type AssignmentMove = Move<AssignmentState, AssignmentEvent>;

/** Where an assignment is after an event, how it got there, and what is to be done. */
export interface AssignmentPassage extends AssignmentWay {
  readonly status: string;
}

interface AssignmentWay extends Way<AssignmentState, AssignmentEvent> {
  /** The state that it came from: the write is guarded by it. */
  readonly was: AssignmentState;
  readonly writesGrants: boolean;
  readonly settlesGrants: boolean;
}

const effects: Readonly<Record<AssignmentEffect, (way: AssignmentWay) => AssignmentWay>> = {
  deliver: (way) => ({ ...way, next: [...way.next, 'deliveryDone'] }),
  writeGrants: (way) => ({ ...way, writesGrants: true }),
  settleGrants: (way) => ({ ...way, settlesGrants: true }),
};

/** Takes the event and all that follow; undefined when the event is not possible in this state. */
export function passAssignment(at: { readonly state: AssignmentState; readonly event: AssignmentEvent }, facts: AssignmentFacts): AssignmentPassage | undefined {
  const begun: AssignmentWay = { was: at.state, state: at.state, moves: [], writesGrants: false, settlesGrants: false, next: [at.event] };
  const way = follow(assignmentLife, begun, { facts, effects });
  return way === undefined ? undefined : { ...way, status: assignmentStatusOf[way.state] };
}

/** A delivery: the first, or another of an assignment that lives in `state`. */
export const passDelivery = (state: AssignmentState | undefined, outcome: AssignmentFacts['outcome']): AssignmentPassage | undefined => passAssignment(
  state === undefined ? { state: assignmentLife.initial, event: 'deliveryDone' } : { state, event: 'reprocess' }, { outcome, isRepeated: state !== undefined },
);

/** What happens to an assignment when nothing is delivered. */
export const passWithout = (state: AssignmentState, event: 'changeEnd' | 'end'): AssignmentPassage | undefined => passAssignment({ state, event }, { outcome: 'none', isRepeated: true });
