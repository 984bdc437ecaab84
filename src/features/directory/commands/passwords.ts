/** Passwords of people: kept as argon2id hashes, never readable again. */
import { hash, verify } from '@node-rs/argon2';
import { refuse } from '../../../kernel/problem.ts';
import type { Executor } from '../../../platform/db/database.ts';
import type { GraphWork, Json } from '../../../platform/graph/model.ts';
import { flagOf, recordOf, textOf } from '../model/given.ts';
import { reasonAgainstPassword } from '../rules/people.ts';
import { findPassword, writeMustChange, writePassword } from '../store/people.ts';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. The library's default algorithm is argon2id. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Stores what a body's passwordProfile says; nothing when there is none. `required`: a new user must have a password. */
export async function setPassword(work: GraphWork, userId: string, given: { readonly body: Json; readonly required: boolean }): Promise<void> {
  const profile = recordOf(given.body, 'passwordProfile');
  const password = profile === undefined ? undefined : textOf(profile, 'password');
  if (password === undefined) {
    if (given.required) refuse('missingProperty', { field: 'passwordProfile', mend: 'Send {"password": "…", "forceChangePasswordNextSignIn": false}.' });
    const mustChange = profile === undefined ? undefined : flagOf(profile, 'forceChangePasswordNextSignIn');
    if (mustChange !== undefined) await writeMustChange(work.tx, userId, mustChange);
    return;
  }
  const reason = reasonAgainstPassword(password);
  if (reason !== undefined) refuse('invalidValue', { field: 'passwordProfile/password', reason });
  const mustChange = flagOf(profile ?? {}, 'forceChangePasswordNextSignIn') ?? given.required;
  await writePassword(work.tx, { userId, hash: await hash(password, cost), mustChange, changedAt: work.now });
}

/** A hash that no password has: comparing with it takes as long as with a real one. */
let decoy: Promise<string> | undefined;

/**
 * Whether it is the password of a living, enabled person, and whether they must change it. Takes the same time when there is no such
 * person, so that nobody learns who exists. `userId` undefined: the name that was typed belongs to nobody.
 */
export async function checkPassword(executor: Executor, given: { readonly userId: string | undefined; readonly password: string }): Promise<{ readonly isRight: boolean; readonly mustChange: boolean }> {
  const found = given.userId === undefined ? undefined : await findPassword(executor, given.userId);
  const isRight = await verify(found?.hash ?? await (decoy ??= hash('nobody has this password', cost)), given.password);
  return { isRight: isRight && found !== undefined, mustChange: found?.mustChange ?? false };
}
