/** Hashes of passwords, argon2id: made and compared in one place, so that nobody learns from the time which hash there is. */
import { hash, verify } from '@node-rs/argon2';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. The library's default algorithm is argon2id. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** A hash that no password has: comparing with it takes as long as with a real one. */
let decoy: Promise<string> | undefined;

/** Hash of a password, as it is stored. */
export const hashPassword = async (password: string): Promise<string> => await hash(password, cost);

/** Whether it is the password behind a stored hash. Without a hash it takes as long, and the answer is no. */
export async function isPassword(stored: string | null | undefined, given: string): Promise<boolean> {
  const against = stored ?? await (decoy ??= hashPassword('nobody has this password'));
  const isRight = await verify(against, given).catch(() => false);
  return isRight && stored !== undefined && stored !== null;
}
