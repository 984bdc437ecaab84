/** From an event to everything that follows from it at once: the way a request takes, and what is to be written on it. */
import { follow, type Way } from '../../../kernel/machine.ts';
import { requestLife, type RequestEffect, type RequestEvent, type RequestFacts } from '../machine.ts';
import { approversStage, type CalloutStage } from '../../extensions/model.ts';
import type { RequestState } from '../model.ts';

/** One step that was taken. */
export interface Move {
  readonly from: RequestState | null;
  readonly to: RequestState;
  readonly event: RequestEvent;
}

/** Where a request is after an event, how it got there, and what is to be done. */
export interface Passage extends Way<RequestState, RequestEvent> {
  readonly opensStage: boolean;
  readonly closesStages: boolean;
  readonly isScheduled: boolean;
  /** Stages at which extensions are called on the way, in order. */
  readonly calls: readonly CalloutStage[];
  /** It waits for the extension that is called last. */
  readonly waits: boolean;
  /** An assignment stands at the end, whole or in part. */
  readonly keepsAssignment: boolean;
}

const effects: Readonly<Record<RequestEffect, (passage: Passage) => Passage>> = {
  callCreated: (passage) => ({ ...passage, calls: [...passage.calls, 'assignmentRequestCreated'] }),
  callApprovers: (passage) => ({ ...passage, calls: [...passage.calls, approversStage] }),
  callApproved: (passage) => ({ ...passage, calls: [...passage.calls, 'assignmentRequestApproved'] }),
  callGranted: (passage) => ({ ...passage, calls: [...passage.calls, 'assignmentRequestGranted'] }),
  wait: (passage) => ({ ...passage, waits: true }),
  openStage: (passage) => ({ ...passage, opensStage: true }),
  closeStages: (passage) => ({ ...passage, closesStages: true }),
  schedule: (passage) => ({ ...passage, isScheduled: true }),
  deliver: (passage) => ({ ...passage, next: [...passage.next, 'deliveryDone'] }),
  keepAssignment: (passage) => ({ ...passage, keepsAssignment: true }),
};

/** Takes the event and all that follow; undefined when the event is not possible in this state. */
export function passThrough(at: { readonly state: RequestState; readonly event: RequestEvent }, facts: RequestFacts): Passage | undefined {
  const begun: Passage = { state: at.state, moves: [], opensStage: false, closesStages: false, isScheduled: false, calls: [], waits: false, keepsAssignment: false, next: [at.event] };
  return follow(requestLife, begun, { facts, effects });
}

/** The steps of an event that leads to nothing else: it asks no facts. None where it is not possible. */
export function requestSteps(state: RequestState, event: Extract<RequestEvent, 'stageEscalated'>): readonly Move[] {
  return passThrough({ state, event }, { needsApproval: false, hasMoreStages: false, startsLater: false, outcome: 'none', waitsWhenCreated: false, waitsWhenApproved: false, asksForApprovers: false })?.moves ?? [];
}

/** States in which nothing more happens by itself, with a time of completion. */
export const isCompleted = (state: RequestState): boolean => ['delivered', 'deliveryFailed', 'denied', 'canceled', 'partiallyDelivered'].includes(state);
