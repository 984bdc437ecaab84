/** What entitlement management does with people from elsewhere: brings them in, keeps them while they have access, shuts them out after. */
import { sentences } from '../../../kernel/decision.ts';
import type { Reason } from '../../../kernel/problem.ts';
import { recordAudit, type AuditedWork } from '../../audit/store.ts';
import type { Tx } from '../../../platform/db/database.ts';
import { newId } from '../../../platform/ids.ts';
import { admitGuest, blockGuest, createGuest, type Invited } from '../../directory/commands/guests.ts';
import type { Organization } from '../model.ts';
import { decideFate, type ExternalUserFate } from '../rules/external-users.ts';
import { forgetLeaving, loadSettings, lockExternalUser, markShutOut, setBlocked, setDue, writeLifecycle } from '../store/external-users.ts';
import { findProposal, loadOwnTenant, proposeOrganization as writeProposal } from '../store/organizations.ts';
import { auditOrganization, stampOf } from './organizations.ts';

/** Work of a caller or of the server itself, in a transaction. */
export type ExternalUserWork = AuditedWork & { readonly tx: Tx };

/** Brings somebody in who is to receive access: a guest whose account ends with the access. Answers the id. */
export async function inviteExternalUser(work: ExternalUserWork, invited: Invited): Promise<string> {
  const id = await createGuest(work, invited);
  await writeLifecycle(work.tx, id, 'governed');
  return id;
}

/** A guest receives access: whatever waited for its end is undone. `isForAnybody`: by a policy for any external user, so that an unknown organization is proposed. */
export async function keepExternalUser(work: ExternalUserWork, subjectId: string, { isForAnybody }: { readonly isForAnybody: boolean }): Promise<void> {
  const forgotten = await forgetLeaving(work.tx, subjectId);
  if (forgotten?.wasBlockedHere === true) await admitGuest(work, subjectId, 'The external user has access again.');
  if (isForAnybody) await proposeOrganizationOf(work, subjectId);
}

/** Proposes the organization of a guest that belongs to none (Entra: when somebody from elsewhere is approved under a policy for any external user). */
async function proposeOrganizationOf(work: ExternalUserWork, subjectId: string): Promise<void> {
  const domain = await findProposal(work.tx, subjectId, (await loadOwnTenant(work.tx)).domain);
  if (domain === undefined) return;
  const identitySources = [{ '@odata.type': '#microsoft.graph.domainIdentitySource', displayName: domain, domainName: domain }];
  const organization: Organization = { id: newId(), displayName: domain, description: null, state: 'proposed', identitySources };
  if (!await writeProposal(work.tx, { organization, marks: [`domain:${domain}`] }, stampOf(work))) return;
  await auditOrganization(work, { activity: 'Propose connected organization', operation: 'Add', organization, after: { state: 'proposed', identitySources }, why: 'Somebody of this domain received access by a policy for any external user.' });
}

/** Does what is due about a guest, but for deleting, which the answer asks for. Undefined: nothing was due. */
export async function settleExternalUser(work: ExternalUserWork, subjectId: string): Promise<ExternalUserFate | undefined> {
  const user = await lockExternalUser(work.tx, subjectId, work.now);
  if (user === undefined) return undefined;
  const fate = decideFate(user, await loadSettings(work.tx, { hold: false }), work.now);
  if (fate.act === 'forget') await setDue(work.tx, subjectId, null);
  if (fate.act === 'wait') await setDue(work.tx, subjectId, fate.dueAt);
  if (fate.act === 'block') await block(work, subjectId, { isOurs: user.isEnabled, dueAt: fate.dueAt });
  return fate;
}

async function block(work: ExternalUserWork, subjectId: string, { isOurs, dueAt }: { readonly isOurs: boolean; readonly dueAt: Date | null }): Promise<void> {
  const then = dueAt === null ? '' : ` The account is deleted at ${dueAt.toISOString()}.`;
  const reasons = isOurs ? await blockGuest(work, subjectId, `The last access of the external user has ended.${then}`) : [];
  if (reasons.length > 0) await postponeExternalUser(work, subjectId, reasons);
  else await setBlocked(work.tx, subjectId, { at: work.now, isOurs, dueAt });
}

const postponedMs = 86_400_000;

/** What cannot be done about a guest now is tried again a day later, and the trail says why. */
export async function postponeExternalUser(work: ExternalUserWork, subjectId: string, reasons: readonly Reason[]): Promise<void> {
  await setDue(work.tx, subjectId, new Date(work.now.getTime() + postponedMs));
  await recordAudit(work.tx, work, { activity: 'Postpone end of external user', category: 'UserManagement', operation: 'Update', why: sentences(reasons), targets: [{ id: subjectId, type: 'User' }] });
}

/** An administrator shuts out somebody whom this server had shut out for want of access: new access does not let it in again. */
export async function keepShutOut(work: { readonly tx: Tx }, userId: string): Promise<void> {
  await markShutOut(work.tx, userId);
}
