/** Life of one stage of an approval (contract §1.5, §1.8). */
import type { Life } from '../../kernel/machine.ts';

/** Graph's words for the status of a stage. */
export const stageStates = ['Initializing', 'InProgress', 'Completed', 'Expired'] as const;
/** Status of a stage. */
export type StageState = (typeof stageStates)[number];

/** What can happen to a stage. `reassign`: others are asked, or no longer. */
export const stageEvents = ['open', 'approve', 'deny', 'escalate', 'remind', 'reassign', 'timeOut', 'close'] as const;
/** What happens to a stage. */
export type StageEvent = (typeof stageEvents)[number];

/** What the table asks. */
export interface StageFacts {
  /** With this approval as many different people have approved as the policy wants. */
  readonly isQuorumMet: boolean;
}

/** What follows from a step: for those who decide, and for the request behind the stage. */
export type StageEffect = 'askApprovers' | 'remindApprovers' | 'countApproval' | 'approveRequest' | 'denyRequest' | 'timeOutRequest';

/** The life of approvalStage. A stage of a request that ended elsewhere closes as expired. */
export const stageLife: Life<StageState, StageEvent, StageFacts, StageEffect> = {
  name: 'approvalStage',
  states: stageStates,
  initial: 'Initializing',
  final: ['Completed', 'Expired'],
  events: stageEvents,
  rows: [
    { from: 'Initializing', event: 'open', to: 'InProgress', effects: ['askApprovers'] },
    { from: 'Initializing', event: 'close', to: 'Expired' },
    { from: 'InProgress', event: 'approve', when: (facts) => facts.isQuorumMet, says: 'as many as needed', to: 'Completed', effects: ['approveRequest'] },
    { from: 'InProgress', event: 'approve', to: 'InProgress', effects: ['countApproval'] },
    { from: 'InProgress', event: 'deny', to: 'Completed', effects: ['denyRequest'] },
    { from: 'InProgress', event: 'escalate', to: 'InProgress', effects: ['askApprovers'] },
    { from: 'InProgress', event: 'remind', to: 'InProgress', effects: ['remindApprovers'] },
    { from: 'InProgress', event: 'reassign', to: 'InProgress', effects: ['askApprovers'] },
    { from: 'InProgress', event: 'timeOut', to: 'Expired', effects: ['timeOutRequest'] },
    { from: 'InProgress', event: 'close', to: 'Expired' },
  ],
};
