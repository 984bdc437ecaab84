/** Adding to and removing from groups by hand, beside what access packages give. */
import { sentences } from '../../../kernel/decision.ts';
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork, Input, Outcome } from '../../../platform/graph/model.ts';
import { recordAudit } from '../../audit/store.ts';
import { requiredText } from '../model/given.ts';
import type { DirectoryObject } from '../model/people.ts';
import { decideRemoval, mostAtOnce, reasonsAgainstBelonging, type Belonging } from '../rules/memberships.ts';
import { canChangeGroup } from '../rules/people-rights.ts';
import { addByHand, deleteBelonging, findHeld, keepAssigned, listCandidates, lockBelonging, lockNesting } from '../store/memberships.ts';
import { lockObject } from '../store/people.ts';
import { refuseIfAny } from './settle.ts';

/** POST groups/{id}/members/$ref. */
export const addMember: Command = async (work, input) => await add(work, input, 'member');
/** POST groups/{id}/owners/$ref. */
export const addOwner: Command = async (work, input) => await add(work, input, 'owner');
/** DELETE groups/{id}/members/{id}/$ref. */
export const removeMember: Command = async (work, input) => await remove(work, input, 'member');
/** DELETE groups/{id}/owners/{id}/$ref. */
export const removeOwner: Command = async (work, input) => await remove(work, input, 'owner');

/** The living group, locked, which the caller may change. */
export async function changeableGroup(work: GraphWork, id: string, aspect: 'edit' | 'members'): Promise<DirectoryObject> {
  const group = await lockObject(work.tx, id, work.caller.principalId);
  if (group === undefined || group.deletedAt !== null || group.type !== 'group') return refuse('notFound', { value: id });
  if (!canChangeGroup(work.caller, group, aspect)) {
    refuse('forbidden', { reason: 'Changing this group takes one of its owners or an administrator, with Group.ReadWrite.All; a role-assignable group needs RoleManagement.ReadWrite.Directory.' });
  }
  return group;
}

/**
 * Adds members or owners by hand. Refuses all of them when one cannot be in the group, or is there by hand already; what a
 * package gives does not count as there. `isNew`: nobody can be there yet.
 */
export async function addBelongings(work: GraphWork, group: DirectoryObject, given: { readonly how: Belonging; readonly ids: readonly string[]; readonly isNew?: boolean }): Promise<void> {
  const ids = [...new Set(given.ids.map((id) => id.toLowerCase()))];
  if (ids.length === 0) return;
  if (ids.length > mostAtOnce) refuse('invalidValue', { field: `${given.how}s`, reason: `at most ${mostAtOnce} can be added at once` });
  if (given.how === 'member') await lockNesting(work.tx);
  const candidates = await listCandidates(work.tx, group.id, ids);
  const missing = ids.find((id) => !candidates.some((candidate) => candidate.id === id));
  if (missing !== undefined) refuse('danglingReference', { field: `${given.how}s`, value: missing });
  refuseIfAny(candidates.flatMap((candidate) => reasonsAgainstBelonging(group, candidate, given.how)));
  const added = await addByHand(work.tx, { groupId: group.id, how: given.how }, ids);
  if (added.length < ids.length) {
    refuse('ruleBroken', { field: `${given.how}s`, reason: `One or more added object references already exist for the following modified properties: '${given.how}s'. Leave out who is there already.` });
  }
  if (given.isNew !== true) await auditBelonging(work, group, { how: given.how, operation: 'Assign', ids });
}

async function add(work: GraphWork, input: Input, how: Belonging): Promise<Outcome> {
  const group = await changeableGroup(work, input.id, how === 'member' ? 'members' : 'edit');
  await addBelongings(work, group, { how, ids: [requiredText(input.body, 'id')] });
  return { answer: 'done' };
}

async function remove(work: GraphWork, input: Input, how: Belonging): Promise<Outcome> {
  const group = await changeableGroup(work, input.id, how === 'member' ? 'members' : 'edit');
  const principalId = requiredText(input.body, 'id').toLowerCase();
  const grantId = await lockBelonging(work.tx, { groupId: group.id, principalId, how });
  if (grantId === undefined) return refuse('notFound', { value: principalId });
  const decision = decideRemoval(await findHeld(work.tx, grantId));
  if (!decision.ok) return refuse('conflict', { field: `${how}s`, reason: sentences(decision.reasons) }, decision.reasons);
  if (decision.value === 'delete') await deleteBelonging(work.tx, grantId);
  else await keepAssigned(work.tx, grantId);
  await auditBelonging(work, group, { how, operation: 'Unassign', ids: [principalId] });
  return { answer: 'done' };
}

async function auditBelonging(work: GraphWork, group: DirectoryObject, told: { readonly how: Belonging; readonly operation: 'Assign' | 'Unassign'; readonly ids: readonly string[] }): Promise<void> {
  const isAdding = told.operation === 'Assign';
  const change = { [`${told.how}s`]: told.ids };
  await recordAudit(work.tx, work, {
    activity: `${isAdding ? 'Add' : 'Remove'} ${told.how} ${isAdding ? 'to' : 'from'} group`, category: 'GroupManagement', operation: told.operation,
    targets: [
      { id: group.id, type: 'Group', displayName: group.displayName, ...(isAdding ? { after: change } : { before: change }) },
      ...told.ids.map((id) => ({ id, type: 'DirectoryObject' })),
    ],
  });
}
