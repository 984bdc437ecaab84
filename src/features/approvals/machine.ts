/** Life of one stage of an approval (contract §1.8). */
import type { Life } from '../../kernel/machine.ts';

/** Graph's words for the status of a stage. */
export const stageStates = ['Initializing', 'InProgress', 'Completed', 'Expired'] as const;
/** Status of a stage. */
export type StageState = (typeof stageStates)[number];

/** What can happen to a stage. */
export const stageEvents = ['open', 'approve', 'deny', 'timeOut', 'close'] as const;
/** What happens to a stage. */
export type StageEvent = (typeof stageEvents)[number];

/** What follows for the request behind the stage. */
export type StageEffect = 'askApprovers' | 'approveRequest' | 'denyRequest' | 'timeOutRequest';

/** The life of approvalStage. A stage of a request that ended elsewhere closes as expired. */
export const stageLife: Life<StageState, StageEvent, undefined, StageEffect> = {
  name: 'approvalStage',
  states: stageStates,
  initial: 'Initializing',
  final: ['Completed', 'Expired'],
  events: stageEvents,
  rows: [
    { from: 'Initializing', event: 'open', to: 'InProgress', effects: ['askApprovers'] },
    { from: 'Initializing', event: 'close', to: 'Expired' },
    { from: 'InProgress', event: 'approve', to: 'Completed', effects: ['approveRequest'] },
    { from: 'InProgress', event: 'deny', to: 'Completed', effects: ['denyRequest'] },
    { from: 'InProgress', event: 'timeOut', to: 'Expired', effects: ['timeOutRequest'] },
    { from: 'InProgress', event: 'close', to: 'Expired' },
  ],
};
