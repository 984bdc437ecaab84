/** Passwords of local accounts: argon2id, the same time for a wrong password and for an unknown name. */
import { hash, verify } from '@node-rs/argon2';
import { recordAudit } from '../../features/audit/store.ts';
import type { Db } from '../../platform/db/database.ts';
import { inTransaction } from '../../platform/db/transaction.ts';
import { findPerson, updatePassword, type Person } from './person-store.ts';

const longestPassword = 256;
const shortestPassword = 8;
let decoy: Promise<string> | undefined;

/** Whether the password is right. Without a hash it takes as long, and the answer is no. */
export async function checkPassword(stored: string | undefined, given: string): Promise<boolean> {
  const against = stored ?? await (decoy ??= hash('nobody has this password'));
  const isRight = given.length <= longestPassword && await verify(against, given).catch(() => false);
  return isRight && stored !== undefined;
}

/** Hash of a new password, as it is stored. */
export const hashPassword = async (password: string): Promise<string> => await hash(password);

/** Why a password cannot be the new one, or undefined. */
export async function whyNotNewPassword(person: Person, password: string): Promise<string | undefined> {
  if (password.length < shortestPassword) return `Choose at least ${shortestPassword} characters.`;
  if (password.length > longestPassword) return `Choose at most ${longestPassword} characters.`;
  if (password.toLowerCase() === person.userPrincipalName.toLowerCase()) return 'The password may not be the user name.';
  return await checkPassword(person.hash ?? undefined, password) ? 'The new password must differ from the old one.' : undefined;
}

/** Changes a person's own password and records that it was done. Answers the person as they are now. */
export async function setPassword(db: Db, { person, password, requestId }: { readonly person: Person; readonly password: string; readonly requestId: string }): Promise<Person> {
  const hashed = await hashPassword(password);
  return await inTransaction(db, async (tx) => {
    await updatePassword(tx, { userId: person.id, hash: hashed });
    const caller = {
      principalId: person.id, kind: 'user' as const, displayName: person.displayName, userPrincipalName: person.userPrincipalName, clientAppId: '', isDelegated: true,
      permissions: new Set<string>(), directoryRoles: new Set<string>(), entitlementRoles: [],
    };
    await recordAudit(tx, { caller, now: new Date(person.now * 1000), requestId, clientRequestId: requestId }, {
      activity: 'Change user password', category: 'UserManagement', operation: 'Update', targets: [{ id: person.id, type: 'User', displayName: person.displayName }],
    });
    return await findPerson(tx, person.id) ?? person;
  });
}
