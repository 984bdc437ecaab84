/** A decision: yes with what follows from it, or no with every reason ("What must never be wrong", rule 9). */
import type { Reason } from './problem.ts';

/** `ok: true` carries the outcome; `ok: false` carries at least one reason. */
export type Decision<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reasons: readonly [Reason, ...Reason[]] };

/** A yes. */
export const allow = <T>(value: T): Decision<T> => ({ ok: true, value });

/** A no. */
export const deny = (first: Reason, ...others: Reason[]): Decision<never> => ({ ok: false, reasons: [first, ...others] });

/** A yes with `value` when `reasons` is empty, else a no that carries them all. */
export function decideBy<T>(reasons: readonly Reason[], value: T): Decision<T> {
  const [first, ...others] = reasons;
  return first === undefined ? allow(value) : deny(first, ...others);
}

/** The reasons as one paragraph. */
export const sentences = (reasons: readonly Reason[]): string => reasons.map((reason) => reason.message).join(' ');
