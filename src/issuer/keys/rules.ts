/** Which key signs, and when the next one is due. Pure. */

/** What the decisions need of a key; times in milliseconds since 1970. */
export interface KeyTimes {
  readonly kid: string;
  readonly alg: string;
  readonly signsFrom: number;
  readonly retiresAt: number;
}

/** What rotation needs to know; times in milliseconds. */
export interface RotationFacts {
  readonly keys: readonly KeyTimes[];
  readonly alg: string;
  readonly now: number;
  /** Age at which a key is replaced. */
  readonly rotateAfter: number;
}

/** A new key is published this long before it signs, so that verifiers that refresh once a day know it in time. */
export const publishedBeforeSigning = 24 * 3_600_000;

/** A key stays published this long after its last signature: the longest token that it signs (id tokens, one hour) and clocks that differ. */
export const publishedAfterSigning = 3_600_000 + 600_000;

/** The first key signs from a little before it was made: the clocks of processes and database differ, and there is no other key. */
const clocksDiffer = 600_000;

/** The key that signs at `now`: of the configured algorithm, the one that began last. */
export function chooseSigningKey<Key extends KeyTimes>(keys: readonly Key[], alg: string, now: number): Key | undefined {
  return keys
    .filter((key) => key.alg === alg && key.signsFrom <= now && key.retiresAt > now)
    .toSorted((one, other) => other.signsFrom - one.signsFrom || one.kid.localeCompare(other.kid))[0];
}

/** When a key to be made now begins to sign, or undefined when none is due. The first key of an algorithm signs at once. */
export function decideNextKey({ keys, alg, now, rotateAfter }: RotationFacts): number | undefined {
  const current = chooseSigningKey(keys, alg, now);
  if (current === undefined) return now - clocksDiffer;
  if (keys.some((key) => key.alg === alg && key.signsFrom > now)) return undefined;
  const due = current.signsFrom + rotateAfter;
  return now >= due - publishedBeforeSigning ? Math.max(due, now + publishedBeforeSigning) : undefined;
}
