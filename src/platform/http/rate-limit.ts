/**
 * How often somebody may ask: for each key a minute's worth of requests, at once or spread, that comes back steadily.
 * In memory of this process; several processes each count for themselves. Times in milliseconds on any steady clock.
 */

const minuteMs = 60_000;
/** Rounding of an interval that is no whole number must not cost a client its last request. */
const roundingMs = 1e-6;
/** Keys that are remembered; beyond that the one that has been quiet longest is forgotten. */
const mostRemembered = 50_000;

/** A limit for each key. Remembers one number a key: when its allowance will be whole again. */
export class RateLimit {
  readonly #intervalMs: number;
  readonly #wholeAt = new Map<string, number>();

  /** `perMinute`: requests of one key a minute, and the most that it may make at once. */
  constructor(perMinute: number) {
    this.#intervalMs = minuteMs / perMinute;
  }

  /** Whole seconds after which the next request will be let through, if nothing else asks; 0 when it may be made now. */
  secondsToWait(key: string, now: number): number {
    const excessMs = this.#usedMs(key, now) + this.#intervalMs - minuteMs;
    return excessMs <= roundingMs ? 0 : Math.ceil(excessMs / 1000);
  }

  /** Counts a request. */
  count(key: string, now: number): void {
    const wholeAt = now + Math.min(minuteMs, this.#usedMs(key, now) + this.#intervalMs);
    this.#wholeAt.delete(key);
    this.#wholeAt.set(key, wholeAt);
    if (this.#wholeAt.size > mostRemembered) this.#wholeAt.delete(this.#wholeAt.keys().next().value ?? '');
  }

  /** How much of the allowance is used up, 0 to 1. */
  shareUsed(key: string, now: number): number {
    return this.#usedMs(key, now) / minuteMs;
  }

  #usedMs(key: string, now: number): number {
    return Math.max(0, (this.#wholeAt.get(key) ?? 0) - now);
  }
}

/** A limit, or none when `perMinute` is 0. */
export const rateLimit = (perMinute: number): RateLimit | undefined => (perMinute === 0 ? undefined : new RateLimit(perMinute));
