/** Deleting users and groups, softly, and bringing any directory object back (Graph: directory/deletedItems). */
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork, Input, Outcome } from '../../../platform/graph/model.ts';
import { recordAudit } from '../../audit/store.ts';
import { demandOverAdministrators, keepGlobalAdministrator } from '../../roles/commands.ts';
import { deleteRoleAssignmentsOf } from '../../roles/store.ts';
import { auditWord, endingSessions, isUserType, type DirectoryObject } from '../model/people.ts';
import { canChangeGroup, canManageUsers, seesAgentUsers, seesGroups, seesUsers } from '../rules/people-rights.ts';
import { decideSuccession } from '../rules/people.ts';
import { listUnsponsored } from '../store/objects.ts';
import { dropResponsibilities, findLeaver, lockObject, lockSponsoredAgents, passSponsorship, updateObject } from '../store/people.ts';
import { setDeletedAt } from '../store/workloads.ts';
import { refuseFor, refuseIfAny, settled, writing } from './settle.ts';
import { removeWorkload, restoreWorkload, type AccessEnding } from './workload-deletion.ts';

/** DELETE of any directory object: access, roles and sponsorships end in the same transaction; the object can be restored. */
export const removeObject = (hooks: AccessEnding): Command => async (work, input) => {
  const object = await lockObject(work.tx, input.id, work.caller.principalId);
  if (object === undefined) return refuse('notFound', { value: input.id });
  if (object.deletedAt !== null) return refuse('conflict', { reason: 'Deleted objects are kept: assignments and the audit trail refer to them. Restore it, or leave it as it is.' });
  if (!isUserType(object.type) && object.type !== 'group') return await removeWorkload(hooks)(work, input);
  refuseUnlessManaged(work, object);
  if (isUserType(object.type)) await demandOverAdministrators(work, object.id);
  if (object.type === 'user') await keepGlobalAdministrator(work, object.id);
  const passed = await handOnSponsorships(work, object.id);
  await hooks.endAccess(work, [object.id]);
  await deleteRoleAssignmentsOf(work.tx, [object.id]);
  await dropResponsibilities(work.tx, object.id);
  await setDeletedAt(work.tx, [object.id], work.now);
  // Restored, the person signs in again.
  if (object.type === 'user') await updateObject(work.tx, object.id, { held: {}, bag: endingSessions(work.now) });
  await recordAudit(work.tx, work, {
    activity: `Delete ${auditWord(object.type).toLowerCase()}`, category: categoryOf(object), operation: 'Delete',
    targets: [
      { id: object.id, type: auditWord(object.type), displayName: object.displayName, before: { deletedDateTime: null }, after: { deletedDateTime: work.now.toISOString() } },
      ...passed.agentIds.map((id) => ({ id, type: 'ServicePrincipal', before: { sponsor: object.id }, after: { sponsor: passed.managerId } })),
    ],
    ...(passed.agentIds.length === 0 ? {} : { additional: { sponsorshipPassedTo: passed.managerId ?? '' } }),
  });
  return { answer: 'done' };
};

/** Sponsorships of agents that would be left alone pass to the manager, or the deletion is refused. */
async function handOnSponsorships(work: GraphWork, id: string): Promise<{ readonly agentIds: readonly string[]; readonly managerId: string | undefined }> {
  const agents = await lockSponsoredAgents(work.tx, id);
  const leaver = await findLeaver(work.tx, id);
  const agentIds = settled(decideSuccession(leaver, agents));
  if (leaver.managerId !== undefined) await passSponsorship(work.tx, agentIds, leaver.managerId);
  return { agentIds, managerId: leaver.managerId };
}

/** POST restore, on a deleted object of any type. It comes back without its access. */
export async function restoreObject(work: GraphWork, input: Input): Promise<Outcome> {
  const object = await lockObject(work.tx, input.id, work.caller.principalId);
  if (object === undefined) return refuse('notFound', { value: input.id });
  if (isUserType(object.type) || object.type === 'group') await restorePerson(work, object);
  else await restoreWorkload(work, input);
  const unsponsored = await listUnsponsored(work.tx, input.id);
  refuseIfAny(unsponsored.map((agent) => ({
    code: 'lastSponsor', target: agent.id,
    message: `'${agent.displayName ?? agent.id}' (${agent.id}) would live without a sponsor. Restore one of its sponsors first: ${agent.gone.join(', ')}.`,
  })));
  return { answer: 'entity', id: input.id };
}

async function restorePerson(work: GraphWork, object: DirectoryObject): Promise<void> {
  if (!mayKnow(work, object)) refuse('notFound', { value: object.id });
  refuseUnlessManaged(work, object);
  if (object.deletedAt === null) refuseFor([{ code: 'notDeleted', target: object.id, message: 'This object is not deleted. There is nothing to restore.' }]);
  await writing(setDeletedAt(work.tx, [object.id], null), {
    directory_upn_once: 'userPrincipalName', directory_unique_name_once: 'uniqueName', directory_agent_user_once: 'identityParentId',
  });
  await recordAudit(work.tx, work, {
    activity: `Restore ${auditWord(object.type).toLowerCase()}`, category: categoryOf(object), operation: 'Update',
    targets: [{ id: object.id, type: auditWord(object.type), displayName: object.displayName, before: { deletedDateTime: object.deletedAt?.toISOString() ?? null }, after: { deletedDateTime: null } }],
  });
}

const categoryOf = (object: DirectoryObject) => (object.type === 'group' ? 'GroupManagement' : 'UserManagement');

function mayKnow({ caller }: GraphWork, object: DirectoryObject): boolean {
  if (object.type === 'group') return seesGroups(caller) === 'all' || object.isOwnedByCaller;
  return seesUsers(caller) === 'all' || (object.type === 'agentUser' && seesAgentUsers(caller));
}

function refuseUnlessManaged(work: GraphWork, object: DirectoryObject): void {
  const managesIt = object.type === 'group' ? canChangeGroup(work.caller, object, 'edit')
    : canManageUsers(work.caller) || (object.type === 'agentUser' && seesAgentUsers(work.caller) && !work.caller.isDelegated);
  if (!managesIt) refuse('forbidden', { reason: 'Deleting and restoring takes ReadWrite.All on users or groups, and for a person also the role Global Administrator, or ownership of the group.' });
}
