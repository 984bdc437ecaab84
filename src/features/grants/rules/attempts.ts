/** When a delivery that did not succeed is tried again. */
import type { Reason } from '../../../kernel/problem.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long after each attempt the next one comes, in milliseconds; the last one over and over. */
const pauses = [minute, 5 * minute, 15 * minute, hour, 4 * hour, 12 * hour, day] as const;

/** A delivery of nothing is tried by itself for so long after its first attempt, in milliseconds; by hand at any time. */
const patienceMs = 14 * day;

/** What no other attempt mends: the time is over, or there is nobody to give it to. */
const final: ReadonlySet<string> = new Set(['assignmentEnded', 'endedBeforeDelivery', 'targetDeleted']);

/** A failed attempt. `attempts`: how many there were, this one included; `isHeld`: a part of the package has been delivered, and is held. */
export interface Attempt {
  readonly failures: readonly Reason[];
  readonly attempts: number;
  readonly firstAt: Date;
  readonly isHeld: boolean;
}

/** When to try again; undefined: not by itself. What is missing of access that somebody holds is tried as long as it lasts. */
export function chooseNextAttempt({ failures, attempts, firstAt, isHeld }: Attempt, now: Date): Date | undefined {
  if (failures.some(({ code }) => final.has(code))) return undefined;
  const next = new Date(now.getTime() + (pauses[Math.min(Math.max(attempts, 1), pauses.length) - 1] ?? day));
  return isHeld || next.getTime() - firstAt.getTime() <= patienceMs ? next : undefined;
}
