/** Creating and changing groups. */
import { refuse } from '../../../kernel/problem.ts';
import type { GraphWork, Input, Json, Outcome } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { recordAudit } from '../../audit/store.ts';
import { textOf, textsOf } from '../model/given.ts';
import { isRoleAssignable, splitBody, type DirectoryObject } from '../model/people.ts';
import { becomesGroupOwner, canCreateGroup } from '../rules/people-rights.ts';
import { findInvalidNames, reasonsAgainstGroup } from '../rules/people.ts';
import { insertObject, updateObject } from '../store/people.ts';
import { addBelongings, changeableGroup } from './memberships.ts';
import { refuseIfAny, writing } from './settle.ts';

/** Members of a group's body that are stored as grants. */
const elsewhere = ['members', 'owners'] as const;
const onceIn = { directory_unique_name_once: 'uniqueName' } as const;
const requiredOfNew = ['displayName', 'mailEnabled', 'mailNickname', 'securityEnabled'] as const;

/** POST groups, with members and owners in the body. */
export async function createGroup(work: GraphWork, input: Input): Promise<Outcome> {
  const { body } = input;
  if (!canCreateGroup(work.caller, body['isAssignableToRole'] === true)) {
    refuse('forbidden', { reason: 'Creating groups needs Group.Create or Group.ReadWrite.All; role-assignable ones also RoleManagement.ReadWrite.Directory.' });
  }
  const missing = requiredOfNew.find((name) => body[name] === undefined || body[name] === null);
  if (missing !== undefined) refuse('missingProperty', { field: missing, mend: 'A group is created with displayName, mailNickname, mailEnabled and securityEnabled.' });
  refuseInvalidNames(body);
  refuseIfAny(reasonsAgainstGroup(body));
  const { held, bag } = splitBody(body, elsewhere);
  const id = newId();
  await writing(insertObject(work.tx, { id, type: 'group', held, bag, createdAt: work.now }), onceIn);
  const owners = new Set([...(textsOf(body, 'owners') ?? []), ...(becomesGroupOwner(work.caller) ? [work.caller.principalId] : [])]);
  const group = newGroup(id, body, bag);
  await addBelongings(work, group, { how: 'owner', ids: [...owners], isNew: true });
  await addBelongings(work, group, { how: 'member', ids: textsOf(body, 'members') ?? [], isNew: true });
  await recordAudit(work.tx, work, {
    activity: 'Add group', category: 'GroupManagement', operation: 'Add',
    targets: [{ id, type: 'Group', displayName: group.displayName, after: { ...held, ...bag, owners: [...owners], members: textsOf(body, 'members') ?? [] } }],
  });
  return { answer: 'created', id };
}

/** PATCH groups/{id}. Up to 20 new members. */
export async function updateGroup(work: GraphWork, input: Input): Promise<Outcome> {
  const { body } = input;
  const onlyMembers = Object.keys(body).every((name) => name === 'members');
  const group = await changeableGroup(work, input.id, onlyMembers ? 'members' : 'edit');
  refuseInvalidNames(body);
  refuseOtherRoleUse(group, body);
  const { held, bag } = splitBody(body, elsewhere);
  if (Object.keys(bag).length > 0) refuseIfAny(reasonsAgainstGroup({ ...group.data, ...bag }));
  await writing(updateObject(work.tx, group.id, { held, bag }), onceIn);
  for (const [how, name] of [['owner', 'owners'], ['member', 'members']] as const) {
    await addBelongings(work, group, { how, ids: textsOf(body, name) ?? [] });
  }
  const after = { ...held, ...bag };
  if (Object.keys(after).length > 0) await auditUpdate(work, group, after);
  return { answer: 'done' };
}

/** Whether a group is for directory roles is said when it is made: who is in one is guarded from its first member on. */
function refuseOtherRoleUse(group: DirectoryObject, body: Json): void {
  if (!('isAssignableToRole' in body) || (body['isAssignableToRole'] === true) === isRoleAssignable(group)) return;
  refuse('ruleBroken', { field: 'isAssignableToRole', reason: "'isAssignableToRole' of a group cannot be changed. Leave it out, or create another group." });
}

function refuseInvalidNames(body: Json): void {
  const [invalid] = findInvalidNames(body);
  if (invalid !== undefined) refuse('invalidValue', invalid);
}

const newGroup = (id: string, body: Json, data: Json): DirectoryObject => ({
  id, type: 'group', displayName: textOf(body, 'displayName') ?? null, userPrincipalName: null, accountEnabled: true,
  uniqueName: textOf(body, 'uniqueName') ?? null, deletedAt: null, data, isOwnedByCaller: true,
});

async function auditUpdate(work: GraphWork, group: DirectoryObject, after: Json): Promise<void> {
  const known: Json = { ...group.data, displayName: group.displayName, uniqueName: group.uniqueName };
  const before = Object.fromEntries(Object.keys(after).map((name) => [name, known[name] ?? null]));
  await recordAudit(work.tx, work, {
    activity: 'Update group', category: 'GroupManagement', operation: 'Update', targets: [{ id: group.id, type: 'Group', displayName: group.displayName, before, after }],
  });
}
