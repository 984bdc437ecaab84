/**
 * Life of a request (contract §1.6). `delivering` passes within one transaction: delivery is database work here. A request that waits
 * for a custom extension stays where it is; its `status` says so.
 */
import type { Life } from '../../kernel/machine.ts';
import { requestStates, type RequestState } from './model.ts';

/** What can happen to a request. */
export const requestEvents = [
  'submit', 'stageApproved', 'stageDenied', 'stageTimedOut', 'stageEscalated', 'resumeCreated', 'approversNamed', 'approversTimedOut', 'resumeApproved', 'callbackDenied', 'callbackCanceled', 'callbackTimedOut',
  'startReached', 'excluded', 'deliveryDone', 'cancel', 'reprocess',
] as const;
/** What happens to a request. */
export type RequestEvent = (typeof requestEvents)[number];

/** What the table asks. */
export interface RequestFacts {
  readonly needsApproval: boolean;
  /** An extension is asked who decides the next stage. */
  readonly asksForApprovers: boolean;
  /** An extension is called when the request is made, and waited for. */
  readonly waitsWhenCreated: boolean;
  /** The same for when it is approved, by somebody or because nobody needs to. */
  readonly waitsWhenApproved: boolean;
  /** A stage is left after the one just decided. */
  readonly hasMoreStages: boolean;
  /** The named start is in the future. */
  readonly startsLater: boolean;
  /** How much of the package could be delivered. */
  readonly outcome: 'all' | 'some' | 'none';
}

/** What follows from a step. */
export type RequestEffect = 'callCreated' | 'callApprovers' | 'callApproved' | 'callGranted' | 'wait' | 'openStage' | 'closeStages' | 'schedule' | 'deliver' | 'keepAssignment';

/** The life of accessPackageAssignmentRequest. */
export const requestLife: Life<RequestState, RequestEvent, RequestFacts, RequestEffect> = {
  name: 'accessPackageAssignmentRequest',
  states: requestStates,
  initial: 'submitted',
  final: ['delivered', 'denied', 'canceled'],
  events: requestEvents,
  rows: [
    { from: 'submitted', event: 'submit', when: (facts) => facts.waitsWhenCreated, says: 'waits for an extension', to: 'submitted', effects: ['callCreated', 'wait'] },
    { from: 'submitted', event: 'submit', when: (facts) => facts.needsApproval && facts.asksForApprovers, says: 'approvers are asked for', to: 'pendingApproval', effects: ['callCreated', 'callApprovers', 'wait'] },
    { from: 'submitted', event: 'submit', when: (facts) => facts.needsApproval, says: 'approval needed', to: 'pendingApproval', effects: ['callCreated', 'openStage'] },
    { from: 'submitted', event: 'submit', when: (facts) => facts.waitsWhenApproved, says: 'waits for an extension', to: 'submitted', effects: ['callCreated', 'callApproved', 'wait'] },
    { from: 'submitted', event: 'submit', when: (facts) => facts.startsLater, says: 'starts later', to: 'scheduled', effects: ['callCreated', 'callApproved', 'schedule'] },
    { from: 'submitted', event: 'submit', to: 'delivering', effects: ['callCreated', 'callApproved', 'deliver'] },
    { from: 'submitted', event: 'resumeCreated', when: (facts) => facts.needsApproval && facts.asksForApprovers, says: 'approvers are asked for', to: 'pendingApproval', effects: ['callApprovers', 'wait'] },
    { from: 'submitted', event: 'resumeCreated', when: (facts) => facts.needsApproval, says: 'approval needed', to: 'pendingApproval', effects: ['openStage'] },
    { from: 'submitted', event: 'resumeCreated', when: (facts) => facts.waitsWhenApproved, says: 'waits for an extension', to: 'submitted', effects: ['callApproved', 'wait'] },
    { from: 'submitted', event: 'resumeCreated', when: (facts) => facts.startsLater, says: 'starts later', to: 'scheduled', effects: ['callApproved', 'schedule'] },
    { from: 'submitted', event: 'resumeCreated', to: 'delivering', effects: ['callApproved', 'deliver'] },
    { from: 'submitted', event: 'resumeApproved', when: (facts) => facts.startsLater, says: 'starts later', to: 'scheduled', effects: ['schedule'] },
    { from: 'submitted', event: 'resumeApproved', to: 'delivering', effects: ['deliver'] },
    { from: 'submitted', event: 'callbackDenied', to: 'denied' },
    { from: 'submitted', event: 'callbackCanceled', to: 'canceled' },
    { from: 'submitted', event: 'callbackTimedOut', to: 'denied' },
    { from: 'submitted', event: 'excluded', to: 'denied' },
    { from: 'submitted', event: 'cancel', to: 'canceled' },
    { from: 'pendingApproval', event: 'approversNamed', to: 'pendingApproval', effects: ['openStage'] },
    { from: 'pendingApproval', event: 'approversTimedOut', to: 'pendingApproval', effects: ['openStage'] },
    { from: 'pendingApproval', event: 'stageApproved', when: (facts) => facts.hasMoreStages && facts.asksForApprovers, says: 'approvers are asked for', to: 'pendingApproval', effects: ['callApprovers', 'wait'] },
    { from: 'pendingApproval', event: 'stageApproved', when: (facts) => facts.hasMoreStages, says: 'more stages', to: 'pendingApproval', effects: ['openStage'] },
    { from: 'pendingApproval', event: 'stageApproved', when: (facts) => facts.waitsWhenApproved, says: 'waits for an extension', to: 'pendingApproval', effects: ['callApproved', 'wait'] },
    { from: 'pendingApproval', event: 'stageApproved', when: (facts) => facts.startsLater, says: 'starts later', to: 'scheduled', effects: ['callApproved', 'schedule'] },
    { from: 'pendingApproval', event: 'stageApproved', to: 'delivering', effects: ['callApproved', 'deliver'] },
    { from: 'pendingApproval', event: 'stageDenied', to: 'denied', effects: ['closeStages'] },
    { from: 'pendingApproval', event: 'stageTimedOut', to: 'denied', effects: ['closeStages'] },
    { from: 'pendingApproval', event: 'stageEscalated', to: 'pendingApproval' },
    { from: 'pendingApproval', event: 'resumeApproved', when: (facts) => facts.startsLater, says: 'starts later', to: 'scheduled', effects: ['schedule'] },
    { from: 'pendingApproval', event: 'resumeApproved', to: 'delivering', effects: ['deliver'] },
    { from: 'pendingApproval', event: 'callbackDenied', to: 'denied', effects: ['closeStages'] },
    { from: 'pendingApproval', event: 'callbackCanceled', to: 'canceled', effects: ['closeStages'] },
    { from: 'pendingApproval', event: 'callbackTimedOut', to: 'denied', effects: ['closeStages'] },
    { from: 'pendingApproval', event: 'excluded', to: 'denied' },
    { from: 'pendingApproval', event: 'cancel', to: 'canceled', effects: ['closeStages'] },
    { from: 'scheduled', event: 'startReached', to: 'delivering', effects: ['deliver'] },
    { from: 'scheduled', event: 'excluded', to: 'denied' },
    { from: 'scheduled', event: 'cancel', to: 'canceled' },
    { from: 'delivering', event: 'deliveryDone', when: (facts) => facts.outcome === 'all', says: 'all roles', to: 'delivered', effects: ['keepAssignment', 'callGranted'] },
    { from: 'delivering', event: 'deliveryDone', when: (facts) => facts.outcome === 'some', says: 'some roles', to: 'partiallyDelivered', effects: ['keepAssignment', 'callGranted'] },
    { from: 'delivering', event: 'deliveryDone', to: 'deliveryFailed' },
    { from: 'deliveryFailed', event: 'reprocess', to: 'delivering', effects: ['deliver'] },
    { from: 'partiallyDelivered', event: 'reprocess', to: 'delivering', effects: ['deliver'] },
  ],
};
