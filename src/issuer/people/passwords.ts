/** People change their own passwords when they sign in. What a password may be, and how it is kept, is the directory's business. */
import { recordAudit } from '../../features/audit/store.ts';
import { reasonAgainstPassword } from '../../features/directory/rules/people.ts';
import { writePassword } from '../../features/directory/store/people.ts';
import type { Db } from '../../platform/db/database.ts';
import { inTransaction } from '../../platform/db/transaction.ts';
import { hashPassword, isPassword } from '../../platform/password-hash.ts';
import { findPerson, type Person } from './person-store.ts';

/** Why a password cannot be the new one, as a sentence, or undefined. */
export async function whyNotNewPassword(person: Person, password: string): Promise<string | undefined> {
  const reason = reasonAgainstPassword(password, person.userPrincipalName);
  if (reason !== undefined) return `This password cannot be used: ${reason}.`;
  return await isPassword(person.hash, password) ? 'The new password must differ from the old one.' : undefined;
}

/** Changes a person's own password and records that it was done. Answers the person as they are now. */
export async function setPassword(db: Db, { person, password, requestId }: { readonly person: Person; readonly password: string; readonly requestId: string }): Promise<Person> {
  const hashed = await hashPassword(password);
  return await inTransaction(db, async (tx) => {
    const { now = person.now } = await findPerson(tx, person.id) ?? {};
    const changedAt = new Date(Math.floor(now * 1000));
    await writePassword(tx, { userId: person.id, hash: hashed, mustChange: false, changedAt });
    const caller = {
      principalId: person.id, kind: 'user' as const, displayName: person.displayName, userPrincipalName: person.userPrincipalName, clientAppId: '', isDelegated: true,
      permissions: new Set<string>(), directoryRoles: new Set<string>(), entitlementRoles: [],
    };
    await recordAudit(tx, { caller, now: changedAt, requestId, clientRequestId: requestId }, {
      activity: 'Change user password', category: 'UserManagement', operation: 'Update', targets: [{ id: person.id, type: 'User', displayName: person.displayName }],
    });
    return await findPerson(tx, person.id) ?? person;
  });
}
