/** Slows down guessing: per account and address, in memory of this process. */

const freeFailures = 10;
const shortestDelaySeconds = 5;
const longestDelaySeconds = 300;
const forgottenAfterMs = 900_000;
const mostRemembered = 50_000;

interface Failures {
  readonly count: number;
  readonly at: number;
}

/** Counts failures by a key such as account and address. Times in milliseconds on any steady clock. */
export class SignInThrottle {
  readonly #failures = new Map<string, Failures>();

  /** Seconds to wait before the next attempt; 0 when it may be made now. The delay doubles with each failure after the tenth. */
  secondsToWait(key: string, now: number): number {
    const { count, at } = this.#find(key, now);
    if (count < freeFailures) return 0;
    const delay = Math.min(longestDelaySeconds, shortestDelaySeconds * 2 ** (count - freeFailures));
    return Math.max(0, Math.ceil(delay - (now - at) / 1000));
  }

  /** Remembers a failure. */
  fail(key: string, now: number): void {
    const { count } = this.#find(key, now);
    this.#failures.delete(key);
    this.#failures.set(key, { count: count + 1, at: now });
    if (this.#failures.size > mostRemembered) this.#failures.delete(this.#failures.keys().next().value ?? '');
  }

  /** Forgets the failures: somebody has signed in. */
  succeed(key: string): void {
    this.#failures.delete(key);
  }

  #find(key: string, now: number): Failures {
    const found = this.#failures.get(key);
    return found === undefined || now - found.at > forgottenAfterMs ? { count: 0, at: now } : found;
  }
}
