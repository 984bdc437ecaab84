/** Life of one call of an extension (contract §1.4, callout status). `pending` is ours: Graph has no word for a call that is still to be made. */
import type { Life } from '../../kernel/machine.ts';

/** States of a call: Graph's customExtensionCalloutInstanceStatus, and `pending` before it. */
export const calloutStates = ['pending', 'calloutSent', 'waitingForCallback', 'calloutFailed', 'callbackReceived', 'callbackTimedOut'] as const;
/** State of a call. */
export type CalloutState = (typeof calloutStates)[number];

/** What can happen to a call. */
export const calloutEvents = ['answered', 'failed', 'callback', 'timeOut', 'abandon'] as const;
/** What happens to a call. */
export type CalloutEvent = (typeof calloutEvents)[number];

/** What the table asks. */
export interface CalloutFacts {
  /** A request waits to be resumed. */
  readonly waits: boolean;
  /** It may be tried again. */
  readonly hasRetries: boolean;
}

/** What follows. */
export type CalloutEffect = 'tryAgain' | 'leaveQueue';

/**
 * The life of a call. An extension may resume before its answer is seen, and after a call that seemed to fail: what counts is that
 * it speaks. `abandon`: the request behind it ended otherwise.
 */
export const calloutLife: Life<CalloutState, CalloutEvent, CalloutFacts, CalloutEffect> = {
  name: 'customExtensionCalloutInstance',
  states: calloutStates,
  initial: 'pending',
  final: ['calloutSent', 'callbackReceived', 'callbackTimedOut'],
  events: calloutEvents,
  rows: [
    { from: 'pending', event: 'answered', when: (facts) => facts.waits, says: 'waits', to: 'waitingForCallback', effects: ['leaveQueue'] },
    { from: 'pending', event: 'answered', to: 'calloutSent', effects: ['leaveQueue'] },
    { from: 'pending', event: 'failed', when: (facts) => facts.hasRetries, says: 'tries left', to: 'pending', effects: ['tryAgain'] },
    { from: 'pending', event: 'failed', to: 'calloutFailed', effects: ['leaveQueue'] },
    { from: 'pending', event: 'callback', to: 'callbackReceived', effects: ['leaveQueue'] },
    { from: 'pending', event: 'timeOut', to: 'callbackTimedOut', effects: ['leaveQueue'] },
    { from: 'pending', event: 'abandon', to: 'calloutFailed', effects: ['leaveQueue'] },
    { from: 'waitingForCallback', event: 'callback', to: 'callbackReceived' },
    { from: 'waitingForCallback', event: 'timeOut', to: 'callbackTimedOut' },
    { from: 'waitingForCallback', event: 'abandon', to: 'callbackTimedOut' },
    { from: 'calloutFailed', event: 'callback', to: 'callbackReceived' },
    { from: 'calloutFailed', event: 'timeOut', to: 'callbackTimedOut' },
    { from: 'calloutFailed', event: 'abandon', to: 'calloutFailed' },
  ],
};
