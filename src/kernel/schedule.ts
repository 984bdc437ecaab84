/** Durations and ends. Times are UTC instants; durations ISO 8601 (`P14D`, `PT8H`), as Graph words them. Pure. */
import { addDuration, parseDuration } from './duration.ts';

/** When something ends, as Graph words it (expirationPattern). */
export interface Expiration {
  readonly type?: 'notSpecified' | 'noExpiration' | 'afterDateTime' | 'afterDuration' | null;
  /** UTC instant, for `afterDateTime`. */
  readonly endDateTime?: string | null;
  /** ISO 8601 duration, for `afterDuration`. */
  readonly duration?: string | null;
}

/** When access begins and ends (entitlementManagementSchedule). */
export interface Schedule {
  readonly startDateTime?: string | null;
  readonly expiration?: Expiration | null;
}

/** The end of what has none. */
export const never = 'never';

/** An instant, or never. */
export type End = Date | typeof never;

/** `at` and a duration later; undefined when `iso` is no duration or leads beyond what a date can say. */
export function later(at: Date, iso: string): Date | undefined {
  const span = parseDuration(iso);
  const result = span === undefined ? undefined : addDuration(at, span);
  return result === undefined || Number.isNaN(result.getTime()) ? undefined : result;
}

/**
 * The end that an expiration means for something that starts at `from`; undefined when it names none (`notSpecified`) or is
 * malformed. Ends are whole seconds, rounded down: a token counts in seconds, and what it says and what lists say must agree.
 */
export function endOf(expiration: Expiration | null | undefined, from: Date): End | undefined {
  switch (expiration?.type) {
    case 'noExpiration': return never;
    case 'afterDateTime': return wholeSecond(instantOf(expiration.endDateTime));
    case 'afterDuration': return wholeSecond(later(from, expiration.duration ?? ''));
    // `notSpecified`, null, nothing, and whatever else a body may hold.
    default: return undefined;
  }
}

const wholeSecond = (at: Date | undefined): Date | undefined => (at === undefined ? undefined : new Date(Math.floor(at.getTime() / 1000) * 1000));

/** The instant that a text names, or undefined. */
export function instantOf(text: string | null | undefined): Date | undefined {
  if (typeof text !== 'string') return undefined;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** Whether `one` ends after `other`. */
export function isLater(one: End, other: End): boolean {
  if (one === never) return other !== never;
  return other !== never && one > other;
}

/** How PostgreSQL is told. */
export const endText = (end: End): string => (end === never ? 'infinity' : end.toISOString());
