/** Passwords of people, as an administrator sets them. */
import { refuse } from '../../../kernel/problem.ts';
import type { GraphWork, Json } from '../../../platform/graph/model.ts';
import { hashPassword } from '../../../platform/password-hash.ts';
import { flagOf, recordOf, textOf } from '../model/given.ts';
import { reasonAgainstPassword } from '../rules/people.ts';
import { writeMustChange, writePassword } from '../store/people.ts';

/** A user whose password is set. */
export interface PasswordOwner {
  readonly id: string;
  readonly userPrincipalName: string | null;
}

/** Stores what a body's passwordProfile says; nothing when there is none. `required`: a new user must have a password. */
export async function setPassword(work: GraphWork, user: PasswordOwner, given: { readonly body: Json; readonly required: boolean }): Promise<void> {
  const profile = recordOf(given.body, 'passwordProfile');
  const password = profile === undefined ? undefined : textOf(profile, 'password');
  if (password === undefined) {
    if (given.required) refuse('missingProperty', { field: 'passwordProfile', mend: 'Send {"password": "…", "forceChangePasswordNextSignIn": false}.' });
    const mustChange = profile === undefined ? undefined : flagOf(profile, 'forceChangePasswordNextSignIn');
    if (mustChange !== undefined) await writeMustChange(work.tx, user.id, mustChange);
    return;
  }
  const reason = reasonAgainstPassword(password, user.userPrincipalName);
  if (reason !== undefined) refuse('invalidValue', { field: 'passwordProfile/password', reason });
  const mustChange = flagOf(profile ?? {}, 'forceChangePasswordNextSignIn') ?? given.required;
  await writePassword(work.tx, { userId: user.id, hash: await hashPassword(password), mustChange, changedAt: work.now });
}
