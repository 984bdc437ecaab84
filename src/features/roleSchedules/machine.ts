/** Life of a role schedule request, in Graph's status words (res: request). It begins with the decision on what it asks. */
import type { Life } from '../../kernel/machine.ts';

/** Status words that occur here. `PendingScheduleCreation` is where every request begins; it is never stored. */
export const scheduleRequestStates = ['PendingScheduleCreation', 'PendingProvisioning', 'Granted', 'PendingAdminDecision', 'Provisioned', 'Revoked', 'Canceled', 'Denied'] as const;
/** Status of a role schedule request. */
export type ScheduleRequestState = (typeof scheduleRequestStates)[number];

/** What can happen to a request. `create`, `activate`, `change`, `remove` and `ask` are what it asks for. */
export const scheduleRequestEvents = ['create', 'activate', 'change', 'remove', 'ask', 'start', 'cancel', 'revoke', 'answer', 'deny'] as const;
/** What happens to a request. */
export type ScheduleRequestEvent = (typeof scheduleRequestEvents)[number];

/** What the table asks. */
export interface ScheduleRequestFacts {
  /** The schedule begins in the future. */
  readonly startsLater: boolean;
}

/** What follows: the schedule is written, changed, or taken away. */
export type ScheduleRequestEffect = 'writeSchedule' | 'changeSchedule' | 'removeSchedules';

/** The life of unifiedRoleAssignmentScheduleRequest and unifiedRoleEligibilityScheduleRequest. */
export const scheduleRequestLife: Life<ScheduleRequestState, ScheduleRequestEvent, ScheduleRequestFacts, ScheduleRequestEffect> = {
  name: 'unifiedRoleScheduleRequest',
  states: scheduleRequestStates,
  initial: 'PendingScheduleCreation',
  final: ['Provisioned', 'Revoked', 'Canceled', 'Denied'],
  events: scheduleRequestEvents,
  rows: [
    { from: 'PendingScheduleCreation', event: 'create', when: (facts) => facts.startsLater, says: 'starts later', to: 'PendingProvisioning', effects: ['writeSchedule'] },
    { from: 'PendingScheduleCreation', event: 'create', to: 'Provisioned', effects: ['writeSchedule'] },
    { from: 'PendingScheduleCreation', event: 'activate', when: (facts) => facts.startsLater, says: 'starts later', to: 'Granted', effects: ['writeSchedule'] },
    { from: 'PendingScheduleCreation', event: 'activate', to: 'Provisioned', effects: ['writeSchedule'] },
    { from: 'PendingScheduleCreation', event: 'change', to: 'Provisioned', effects: ['changeSchedule'] },
    { from: 'PendingScheduleCreation', event: 'remove', to: 'Revoked', effects: ['removeSchedules'] },
    { from: 'PendingScheduleCreation', event: 'ask', to: 'PendingAdminDecision' },
    { from: 'PendingProvisioning', event: 'start', to: 'Provisioned' },
    { from: 'PendingProvisioning', event: 'cancel', to: 'Canceled', effects: ['removeSchedules'] },
    { from: 'PendingProvisioning', event: 'revoke', to: 'Revoked' },
    { from: 'Granted', event: 'start', to: 'Provisioned' },
    { from: 'Granted', event: 'cancel', to: 'Canceled', effects: ['removeSchedules'] },
    { from: 'Granted', event: 'revoke', to: 'Revoked' },
    { from: 'PendingAdminDecision', event: 'answer', to: 'Provisioned' },
    { from: 'PendingAdminDecision', event: 'deny', to: 'Denied' },
    { from: 'PendingAdminDecision', event: 'cancel', to: 'Canceled' },
  ],
};
