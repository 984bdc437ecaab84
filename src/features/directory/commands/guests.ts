/** Accounts of people from other organizations, as the server makes, blocks and deletes them on behalf of a policy or a setting. */
import type { Reason } from '../../../kernel/problem.ts';
import type { Tx } from '../../../platform/db/database.ts';
import { newId } from '../../../platform/ids.ts';
import { recordAudit, type AuditedWork } from '../../audit/store.ts';
import { reasonsAgainstLosingAdministrator } from '../../roles/rules.ts';
import { deleteRoleAssignmentsOf, lockGlobalAdministrators } from '../../roles/store.ts';
import { endingSessions } from '../model/people.ts';
import { decideSuccession } from '../rules/people.ts';
import { dropResponsibilities, findLeaver, insertObject, lockSponsoredAgents, passSponsorship, updateObject } from '../store/people.ts';
import { setDeletedAt } from '../store/workloads.ts';
import { writing } from './settle.ts';

/** Work of a caller or of the server itself, in a transaction. */
export type GuestWork = AuditedWork & { readonly tx: Tx };

/** Somebody to be invited: the parts of the mail address, and the domain of this directory. */
export interface Invited {
  readonly local: string;
  readonly domain: string;
  readonly tenantDomain: string;
}

/** Makes the account of an invited guest; nobody can sign in to it before the invitation is taken up. `alreadyExists` when the name is taken. */
export async function createGuest(work: GuestWork, { local, domain, tenantDomain }: Invited): Promise<string> {
  const [id, mail, nickname] = [newId(), `${local}@${domain}`, `${local}_${domain}#EXT#`];
  const held = { displayName: mail, userPrincipalName: `${nickname}@${tenantDomain}`, accountEnabled: true };
  const bag = { userType: 'Guest', mail, mailNickname: nickname.slice(0, 64), creationType: 'Invitation', externalUserState: 'PendingAcceptance', externalUserStateChangeDateTime: work.now.toISOString() };
  await writing(insertObject(work.tx, { id, type: 'user', held, bag, createdAt: work.now }), { directory_upn_once: 'userPrincipalName' });
  await recordAudit(work.tx, work, { activity: 'Invite external user', category: 'UserManagement', operation: 'Add', targets: [{ id, type: 'User', displayName: mail, after: { ...held, ...bag } }] });
  return id;
}

/** Lets a guest in again. */
export async function admitGuest(work: GuestWork, id: string, why: string): Promise<void> {
  await setEnabled(work, id, { isEnabled: true, why });
}

/** Shuts a guest out and ends its sessions. Answers why not, and has written nothing then: it is the last Global Administrator. */
export async function blockGuest(work: GuestWork, id: string, why: string): Promise<readonly Reason[]> {
  const reasons = reasonsAgainstLosingAdministrator(await lockGlobalAdministrators(work.tx), id);
  if (reasons.length === 0) await setEnabled(work, id, { isEnabled: false, why });
  return reasons;
}

async function setEnabled(work: GuestWork, id: string, { isEnabled, why }: { readonly isEnabled: boolean; readonly why: string }): Promise<void> {
  await updateObject(work.tx, id, { held: { accountEnabled: isEnabled }, bag: isEnabled ? {} : endingSessions(work.now) });
  await recordAudit(work.tx, work, {
    activity: isEnabled ? 'Unblock external user' : 'Block external user', category: 'UserManagement', operation: 'Update', why,
    targets: [{ id, type: 'User', before: { accountEnabled: !isEnabled }, after: { accountEnabled: isEnabled } }],
  });
}

/** How a guest goes: what ends its access, in the same transaction, and why. */
export interface GuestDeparture {
  readonly endAccess: () => Promise<void>;
  readonly why: string;
}

/** Deletes a guest softly. Answers why not, and has written nothing then: it is the last Global Administrator, or an agent would be left without a sponsor. */
export async function deleteGuest(work: GuestWork, id: string, departure: GuestDeparture): Promise<readonly Reason[]> {
  const administering = reasonsAgainstLosingAdministrator(await lockGlobalAdministrators(work.tx), id);
  const agents = await lockSponsoredAgents(work.tx, id);
  const leaver = await findLeaver(work.tx, id);
  const succession = decideSuccession(leaver, agents);
  if (administering.length > 0 || !succession.ok) return [...administering, ...(succession.ok ? [] : succession.reasons)];
  if (leaver.managerId !== undefined) await passSponsorship(work.tx, succession.value, leaver.managerId);
  await departure.endAccess();
  await deleteRoleAssignmentsOf(work.tx, [id]);
  await dropResponsibilities(work.tx, id);
  await setDeletedAt(work.tx, [id], work.now);
  await recordAudit(work.tx, work, {
    activity: 'Delete external user', category: 'UserManagement', operation: 'Delete', why: departure.why,
    targets: [
      { id, type: 'User', before: { deletedDateTime: null }, after: { deletedDateTime: work.now.toISOString() } },
      ...succession.value.map((agentId) => ({ id: agentId, type: 'ServicePrincipal', before: { sponsor: id }, after: { sponsor: leaver.managerId } })),
    ],
  });
  return [];
}
