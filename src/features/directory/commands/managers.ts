/** Managers and sponsors of users. */
import { refuse } from '../../../kernel/problem.ts';
import type { GraphWork, Input, Outcome } from '../../../platform/graph/model.ts';
import { recordAudit } from '../../audit/store.ts';
import { requiredText } from '../model/given.ts';
import type { DirectoryObject } from '../model/people.ts';
import { canManageUsers } from '../rules/people-rights.ts';
import { reasonsAgainstManager } from '../rules/people.ts';
import { addLinks, listLinked, listPersons, removeLink } from '../store/links.ts';
import { listManagersAbove, lockManagers, lockObject, replaceManager } from '../store/people.ts';
import { refuseIfAny } from './settle.ts';

/** PUT users/{id}/manager/$ref. */
export async function putManager(work: GraphWork, input: Input): Promise<Outcome> {
  const user = await changeableUser(work, input.id);
  const managerId = requiredText(input.body, 'id').toLowerCase();
  const before = await setManager(work, user.id, managerId);
  await auditRelation(work, user, { activity: 'Set user manager', before: { manager: before ?? null }, after: { manager: managerId } });
  return { answer: 'done' };
}

/** DELETE users/{id}/manager/$ref. */
export async function removeManager(work: GraphWork, input: Input): Promise<Outcome> {
  const user = await changeableUser(work, input.id);
  const before = await replaceManager(work.tx, user.id, undefined);
  if (before === undefined) refuse('notFound', { value: 'manager' });
  await auditRelation(work, user, { activity: 'Remove user manager', before: { manager: before }, after: { manager: null } });
  return { answer: 'done' };
}

/** Gives a user a manager; answers who was it before. Refuses circles. Holds the managers' lock from here on. */
export async function setManager(work: GraphWork, userId: string, managerId: string): Promise<string | undefined> {
  await lockManagers(work.tx);
  const [manager] = await listPersons(work.tx, [managerId]);
  if (manager === undefined) return refuse('danglingReference', { field: 'manager', value: managerId });
  refuseIfAny(reasonsAgainstManager(userId, manager, await listManagersAbove(work.tx, managerId)));
  return await replaceManager(work.tx, userId, managerId);
}

const sponsorTypes: ReadonlySet<string> = new Set(['user', 'group']);

/** POST users/{id}/sponsors/$ref: users and groups that answer for this user. */
export async function addUserSponsor(work: GraphWork, input: Input): Promise<Outcome> {
  const user = await changeableUser(work, input.id);
  const sponsorId = requiredText(input.body, 'id').toLowerCase();
  const [sponsor] = await listPersons(work.tx, [sponsorId]);
  if (sponsor === undefined) return refuse('danglingReference', { field: 'sponsors', value: sponsorId });
  if (!sponsorTypes.has(sponsor.type) || sponsorId === user.id) refuse('invalidValue', { field: 'sponsors', reason: 'a sponsor is another user or a group' });
  const known = await listLinked(work.tx, user.id, 'sponsor');
  if (known.some((person) => person.id === sponsorId)) refuse('ruleBroken', { field: 'sponsors', reason: "One or more added object references already exist for the following modified properties: 'sponsors'. Nothing is left to do." });
  await addLinks(work.tx, 'sponsor', { sourceId: user.id, targetIds: [sponsorId] });
  await auditRelation(work, user, { activity: 'Add sponsor to user', before: {}, after: { sponsor: sponsorId } });
  return { answer: 'done' };
}

/** DELETE users/{id}/sponsors/{id}/$ref. */
export async function removeUserSponsor(work: GraphWork, input: Input): Promise<Outcome> {
  const user = await changeableUser(work, input.id);
  const sponsorId = requiredText(input.body, 'id').toLowerCase();
  if (!(await removeLink(work.tx, 'sponsor', { sourceId: user.id, targetId: sponsorId }))) refuse('notFound', { value: sponsorId });
  await auditRelation(work, user, { activity: 'Remove sponsor from user', before: { sponsor: sponsorId }, after: {} });
  return { answer: 'done' };
}

async function changeableUser(work: GraphWork, id: string): Promise<DirectoryObject> {
  const user = await lockObject(work.tx, id, work.caller.principalId);
  if (user === undefined || user.deletedAt !== null) return refuse('notFound', { value: id });
  if (!canManageUsers(work.caller)) refuse('forbidden', { reason: 'Changing managers and sponsors needs User.ReadWrite.All, and for a person also the role Global Administrator.' });
  return user;
}

async function auditRelation(work: GraphWork, user: DirectoryObject, told: { readonly activity: string; readonly before: Record<string, unknown>; readonly after: Record<string, unknown> }): Promise<void> {
  await recordAudit(work.tx, work, {
    activity: told.activity, category: 'UserManagement', operation: 'Update',
    targets: [{ id: user.id, type: 'User', displayName: user.displayName, before: told.before, after: told.after }],
  });
}
