/** Questions about directory objects that Graph asks by POST: which of these exist, and which groups hold this one. */
import { refuse } from '../../../kernel/problem.ts';
import type { GraphWork, Input, Outcome } from '../../../platform/graph/model.ts';
import { recordAudit } from '../../audit/store.ts';
import { canManageUsers } from '../rules/people-rights.ts';
import { findInvalidNames } from '../rules/people.ts';
import { flagOf, textOf, textsOf } from '../model/given.ts';
import { endingSessions, isUserType } from '../model/people.ts';
import { listHeldGroups, listSeen, seenAlias } from '../store/objects.ts';
import { lockObject, updateObject } from '../store/people.ts';
import { visibleGroups, visibleObjects } from '../store/visibility.ts';

const isGuid = (text: string): boolean => /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
const mostIds = 1000;
const mostGroups = 20;

/** Words of `types` in getByIds, with the stored types that each covers. */
const families: Readonly<Record<string, readonly string[]>> = {
  directoryobject: ['user', 'agentUser', 'group', 'application', 'agentIdentityBlueprint', 'servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal'],
  user: ['user', 'agentUser'], agentuser: ['agentUser'], group: ['group'],
  application: ['application', 'agentIdentityBlueprint'], agentidentityblueprint: ['agentIdentityBlueprint'],
  serviceprincipal: ['servicePrincipal', 'agentIdentity', 'agentIdentityBlueprintPrincipal'],
  agentidentity: ['agentIdentity'], agentidentityblueprintprincipal: ['agentIdentityBlueprintPrincipal'],
};

/** getByIds: the objects among `ids` that the caller sees, of these `types` (all when there are none). */
export async function getByIds(work: GraphWork, input: Input): Promise<Outcome> {
  const ids = idsIn(input, 'ids', mostIds);
  const words = textsOf(input.body, 'types') ?? [];
  const types = (words.length === 0 ? ['directoryObject'] : words).flatMap((word) => (Object.hasOwn(families, word.toLowerCase()) ? families[word.toLowerCase()] ?? [] : []));
  const found = await listSeen(work.tx, { ids, types }, visibleObjects(work.caller, seenAlias));
  return { answer: 'entities', entityType: 'directoryObject', ids: found };
}

/** getMemberGroups and getMemberObjects: ids of the groups that hold the object. */
export async function listMemberGroups(work: GraphWork, input: Input): Promise<Outcome> {
  return { answer: 'values', type: 'text', values: await heldGroups(work, input.id, flagOf(input.body, 'securityEnabledOnly') ?? false) };
}

/** checkMemberGroups and checkMemberObjects: those of the given ids that are groups which hold the object. `field`: where the ids are. */
export const checkMembership = (field: 'groupIds' | 'ids') => async (work: GraphWork, input: Input): Promise<Outcome> => {
  const asked = new Set(idsIn(input, field, mostGroups));
  return { answer: 'values', type: 'text', values: (await heldGroups(work, input.id, false)).filter((id) => asked.has(id)) };
};

async function heldGroups(work: GraphWork, id: string, securityEnabledOnly: boolean): Promise<readonly string[]> {
  return await listHeldGroups(work.tx, { id, securityEnabledOnly }, visibleGroups(work.caller, seenAlias));
}

function idsIn(input: Input, field: string, most: number): readonly string[] {
  const ids = textsOf(input.body, field) ?? [];
  if (ids.length > most) refuse('invalidValue', { field, reason: `at most ${most} ids at a time` });
  const wrong = ids.find((id) => !isGuid(id));
  if (wrong !== undefined) refuse('invalidId', { value: wrong, field });
  return ids.map((id) => id.toLowerCase());
}

/** validateProperties: whether a group could have this name. 204 when it could. */
export async function validateProperties(_work: GraphWork, input: Input): Promise<Outcome> {
  const entityType = textOf(input.body, 'entityType');
  if (entityType !== undefined && entityType.toLowerCase() !== 'group') refuse('invalidValue', { field: 'entityType', reason: "only 'Group' is validated" });
  const [invalid] = findInvalidNames(input.body);
  if (invalid !== undefined) refuse('invalidValue', invalid);
  return { answer: 'done' };
}

/** revokeSignInSessions: whoever signed in before now has to do it again. People may do it for themselves. */
export async function revokeSignInSessions(work: GraphWork, input: Input): Promise<Outcome> {
  const user = await lockObject(work.tx, input.id, work.caller.principalId);
  if (user === undefined || user.deletedAt !== null || !isUserType(user.type)) return refuse('notFound', { value: input.id });
  if (!canManageUsers(work.caller) && work.caller.principalId !== user.id) refuse('forbidden', { reason: 'Ending the sessions of somebody else needs User.ReadWrite.All, and for a person also the role Global Administrator.' });
  const after = endingSessions(work.now);
  await updateObject(work.tx, user.id, { held: {}, bag: after });
  await recordAudit(work.tx, work, {
    activity: 'Revoke sign in sessions', category: 'UserManagement', operation: 'Update',
    targets: [{ id: user.id, type: 'User', displayName: user.displayName, before: { signInSessionsValidFromDateTime: user.data['signInSessionsValidFromDateTime'] ?? null }, after }],
  });
  return { answer: 'value', value: { value: true } };
}
