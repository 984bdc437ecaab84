/** Life of a request (contract §1.6). `delivering` passes within one transaction: delivery is database work here. */
import type { Life } from '../../kernel/machine.ts';
import { requestStates, type RequestState } from './model.ts';

/** What can happen to a request. */
export const requestEvents = ['submit', 'stageApproved', 'stageDenied', 'stageTimedOut', 'startReached', 'deliveryDone', 'cancel', 'reprocess'] as const;
/** What happens to a request. */
export type RequestEvent = (typeof requestEvents)[number];

/** What the table asks. */
export interface RequestFacts {
  readonly needsApproval: boolean;
  /** A stage is left after the one just decided. */
  readonly hasMoreStages: boolean;
  /** The named start is in the future. */
  readonly startsLater: boolean;
  /** How much of the package could be delivered. */
  readonly outcome: 'all' | 'some' | 'none';
}

/** What follows from a step. */
export type RequestEffect = 'openStage' | 'closeStages' | 'schedule' | 'deliver' | 'keepAssignment';

/** The life of accessPackageAssignmentRequest. */
export const requestLife: Life<RequestState, RequestEvent, RequestFacts, RequestEffect> = {
  name: 'accessPackageAssignmentRequest',
  states: requestStates,
  initial: 'submitted',
  final: ['delivered', 'denied', 'canceled'],
  events: requestEvents,
  rows: [
    { from: 'submitted', event: 'submit', when: (facts) => facts.needsApproval, says: 'approval needed', to: 'pendingApproval', effects: ['openStage'] },
    { from: 'submitted', event: 'submit', when: (facts) => facts.startsLater, says: 'starts later', to: 'scheduled', effects: ['schedule'] },
    { from: 'submitted', event: 'submit', to: 'delivering', effects: ['deliver'] },
    { from: 'submitted', event: 'cancel', to: 'canceled' },
    { from: 'pendingApproval', event: 'stageApproved', when: (facts) => facts.hasMoreStages, says: 'more stages', to: 'pendingApproval', effects: ['openStage'] },
    { from: 'pendingApproval', event: 'stageApproved', when: (facts) => facts.startsLater, says: 'starts later', to: 'scheduled', effects: ['schedule'] },
    { from: 'pendingApproval', event: 'stageApproved', to: 'delivering', effects: ['deliver'] },
    { from: 'pendingApproval', event: 'stageDenied', to: 'denied', effects: ['closeStages'] },
    { from: 'pendingApproval', event: 'stageTimedOut', to: 'denied', effects: ['closeStages'] },
    { from: 'pendingApproval', event: 'cancel', to: 'canceled', effects: ['closeStages'] },
    { from: 'scheduled', event: 'startReached', to: 'delivering', effects: ['deliver'] },
    { from: 'scheduled', event: 'cancel', to: 'canceled' },
    { from: 'delivering', event: 'deliveryDone', when: (facts) => facts.outcome === 'all', says: 'all roles', to: 'delivered', effects: ['keepAssignment'] },
    { from: 'delivering', event: 'deliveryDone', when: (facts) => facts.outcome === 'some', says: 'some roles', to: 'partiallyDelivered', effects: ['keepAssignment'] },
    { from: 'delivering', event: 'deliveryDone', to: 'deliveryFailed' },
    { from: 'deliveryFailed', event: 'reprocess', to: 'delivering', effects: ['deliver'] },
    { from: 'partiallyDelivered', event: 'reprocess', to: 'delivering', effects: ['deliver'] },
  ],
};
