/** Life of an assignment (contract §1.7). It begins with the delivery of a request and ends once. */
import type { Life } from '../../kernel/machine.ts';

/** Graph's accessPackageAssignmentState, in its order. */
export const assignmentStates = ['delivering', 'partiallyDelivered', 'delivered', 'expired', 'deliveryFailed'] as const;
/** State of an assignment. */
export type AssignmentState = (typeof assignmentStates)[number];

/** What can happen to an assignment. */
export const assignmentEvents = ['deliveryDone', 'changeEnd', 'end', 'reprocess'] as const;
/** What happens to an assignment. */
export type AssignmentEvent = (typeof assignmentEvents)[number];

/** What the table asks. */
export interface AssignmentFacts {
  /** How much of the package could be delivered. */
  readonly outcome: 'all' | 'some' | 'none';
  /** Something was delivered before: it stays. */
  readonly isRepeated: boolean;
}

/** What follows: another delivery; grants are written, or counted again from what is left. */
export type AssignmentEffect = 'deliver' | 'writeGrants' | 'settleGrants';

/** Graph's finer word for a state (`status`), unless somebody removed the assignment. */
export const assignmentStatusOf: Readonly<Record<AssignmentState, string>> = {
  delivering: 'Delivering', partiallyDelivered: 'PartiallyDelivered', delivered: 'Delivered', expired: 'ExpiredNotificationTriggered', deliveryFailed: 'DeliveryFailed',
};

/** The life of accessPackageAssignment. */
export const assignmentLife: Life<AssignmentState, AssignmentEvent, AssignmentFacts, AssignmentEffect> = {
  name: 'accessPackageAssignment',
  states: assignmentStates,
  initial: 'delivering',
  final: ['expired', 'deliveryFailed'],
  events: assignmentEvents,
  rows: [
    { from: 'delivering', event: 'deliveryDone', when: (facts) => facts.outcome === 'all', says: 'all roles', to: 'delivered', effects: ['writeGrants'] },
    { from: 'delivering', event: 'deliveryDone', when: (facts) => facts.outcome === 'some' || facts.isRepeated, says: 'some roles, or given before', to: 'partiallyDelivered', effects: ['writeGrants'] },
    { from: 'delivering', event: 'deliveryDone', to: 'deliveryFailed' },
    { from: 'delivered', event: 'changeEnd', to: 'delivered', effects: ['settleGrants'] },
    { from: 'partiallyDelivered', event: 'changeEnd', to: 'partiallyDelivered', effects: ['settleGrants'] },
    { from: 'delivered', event: 'reprocess', to: 'delivering', effects: ['deliver'] },
    { from: 'partiallyDelivered', event: 'reprocess', to: 'delivering', effects: ['deliver'] },
    { from: 'delivering', event: 'end', to: 'expired', effects: ['settleGrants'] },
    { from: 'delivered', event: 'end', to: 'expired', effects: ['settleGrants'] },
    { from: 'partiallyDelivered', event: 'end', to: 'expired', effects: ['settleGrants'] },
  ],
};
