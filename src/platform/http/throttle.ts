/** Who may ask how often: a limit for each client application and one for each principal, which both have to let a request through. */
import { Problem } from '../../kernel/problem.ts';
import { rateLimit, type RateLimit } from './rate-limit.ts';

/** Who asks, as the token says. */
export interface Asker {
  readonly clientAppId: string;
  readonly principalId: string;
}

/** What is limited. `now` tells milliseconds on a steady clock. */
export interface ThrottleParts {
  readonly clients: RateLimit | undefined;
  readonly principals: RateLimit | undefined;
  readonly now: () => number;
}

/** From this share of a limit on, answers say how far it is used. */
const warnFrom = 0.8;

/** Counts the requests of askers. */
export class Throttle {
  readonly #parts: ThrottleParts;

  constructor(parts: ThrottleParts) {
    this.#parts = parts;
  }

  /** Refuses `tooManyRequests` when one of the limits is reached; counts nothing. */
  refuseIfSpent(asker: Asker): void {
    const now = this.#parts.now();
    const waits = this.#limits(asker).map(({ limit, key, of }) => ({ of, seconds: limit.secondsToWait(key, now) })).toSorted((one, other) => other.seconds - one.seconds);
    const [longest] = waits;
    if (longest !== undefined && longest.seconds > 0) throw new Problem('tooManyRequests', longest);
  }

  /** Counts a request under every limit. */
  count(asker: Asker): void {
    const now = this.#parts.now();
    for (const { limit, key } of this.#limits(asker)) limit.count(key, now);
  }

  /** Counts a request, or refuses `tooManyRequests` without counting it. */
  admit(asker: Asker): void {
    this.refuseIfSpent(asker);
    this.count(asker);
  }

  /** What answers carry as a limit comes near: https://learn.microsoft.com/graph/throttling-limits#regular-responses-requests. */
  headersFor(asker: Asker): Readonly<Record<string, string>> {
    const now = this.#parts.now();
    const share = Math.max(0, ...this.#limits(asker).map(({ limit, key }) => limit.shareUsed(key, now)));
    return share < warnFrom ? {} : { 'x-ms-throttle-limit-percentage': share.toFixed(2) };
  }

  #limits({ clientAppId, principalId }: Asker): readonly { readonly limit: RateLimit; readonly key: string; readonly of: string }[] {
    const { clients, principals } = this.#parts;
    return [
      ...(clients === undefined ? [] : [{ limit: clients, key: clientAppId, of: 'this application' }]),
      ...(principals === undefined ? [] : [{ limit: principals, key: principalId, of: 'this identity' }]),
    ];
  }
}

/** The limits that an installation decides; undefined where there is none, so that nothing is done for it. */
export function throttleOf({ clientRequestsPerMinute, principalRequestsPerMinute }: { readonly clientRequestsPerMinute: number; readonly principalRequestsPerMinute: number }): Throttle | undefined {
  const [clients, principals] = [rateLimit(clientRequestsPerMinute), rateLimit(principalRequestsPerMinute)];
  return clients === undefined && principals === undefined ? undefined : new Throttle({ clients, principals, now: () => performance.now() });
}
