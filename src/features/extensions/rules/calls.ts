/** What follows from how a call went, when it is tried again, and which stage before its end an assignment has reached. Pure. */
import { step } from '../../../kernel/machine.ts';
import { calloutLife, type CalloutEffect, type CalloutEvent, type CalloutFacts, type CalloutState } from '../machine.ts';
import type { CalloutStage } from '../model.ts';

/** One step of a call; the write is guarded by `from`. */
export interface CalloutPassage {
  readonly from: CalloutState;
  readonly to: CalloutState;
  readonly triesAgain: boolean;
  readonly leavesQueue: boolean;
}

const effects: Readonly<Record<CalloutEffect, (passage: CalloutPassage) => CalloutPassage>> = {
  tryAgain: (passage) => ({ ...passage, triesAgain: true }),
  leaveQueue: (passage) => ({ ...passage, leavesQueue: true }),
};

/** Takes one step of a call; undefined when the event is not possible in this state. */
export function passCallout(state: CalloutState, event: CalloutEvent, facts: CalloutFacts): CalloutPassage | undefined {
  const taken = step(calloutLife, { state, event }, facts);
  if (!taken.moved) return undefined;
  const moved: CalloutPassage = { from: state, to: taken.to, triesAgain: false, leavesQueue: false };
  return taken.effects.reduce((so, effect) => effects[effect](so), moved);
}

const firstPauseMs = 10_000;
const longestPauseMs = 3_600_000;

/** Milliseconds from the `attempt`th try (from 1) to the next: ten seconds, then five times as long each time, at most an hour. */
export const pauseAfter = (attempt: number): number => Math.min(firstPauseMs * 5 ** (attempt - 1), longestPauseMs);

/** How a call was answered. */
export type CallResult =
  | { readonly isAccepted: true; readonly correlationId: string | undefined }
  | { readonly isAccepted: false; readonly why: string; readonly isFinal: boolean };

/** What an answer means: every 2xx is an acceptance; what the extension refuses as wrong is not sent again. */
export function judgeAnswer(status: number, correlationId: string | undefined): CallResult {
  if (status >= 200 && status < 300) return { isAccepted: true, correlationId: /^[\w.:=-]{1,128}$/.test(correlationId ?? '') ? correlationId : undefined };
  const isPassing = status >= 500 || status === 408 || status === 425 || status === 429;
  return { isAccepted: false, isFinal: !isPassing, why: status >= 300 && status < 400 ? `The endpoint answered ${status}: redirects are not followed.` : `The endpoint answered ${status}.` };
}

const hourMs = 3_600_000;
const notices: readonly (readonly [stage: CalloutStage, beforeMs: number])[] = [['assignmentFourteenDaysBeforeExpiration', 336 * hourMs], ['assignmentOneDayBeforeExpiration', 24 * hourMs]];

/** The stage before its end that an assignment has reached last, and when it reaches the next (migrations/0023-extensions.sql counts the same). */
export function noticeReached(endsAt: Date, now: Date): { readonly stage: CalloutStage | undefined; readonly nextAt: Date | undefined } {
  const due = notices.map(([stage, beforeMs]) => ({ stage, at: new Date(endsAt.getTime() - beforeMs) }));
  return { stage: due.findLast(({ at }) => at <= now)?.stage, nextAt: due.find(({ at }) => at > now)?.at };
}
