/** Creating and changing users. */
import { refuse } from '../../../kernel/problem.ts';
import type { Command, GraphWork, Input, Json, Outcome } from '../../../platform/graph/model.ts';
import { newId } from '../../../platform/ids.ts';
import { recordAudit } from '../../audit/store.ts';
import { demandOverAdministrators, keepGlobalAdministrator } from '../../roles/commands.ts';
import { endingSessions, isUserType, splitBody, type DirectoryObject } from '../model/people.ts';
import { canChangeUser, canManageUsers } from '../rules/people-rights.ts';
import { findInvalidNames } from '../rules/people.ts';
import { insertObject, lockObject, updateObject } from '../store/people.ts';
import { setManager } from './managers.ts';
import { setPassword } from './passwords.ts';
import { writing } from './settle.ts';

/** What later features do when identities are shut out, in the same transaction. */
export interface ShuttingOut {
  /** Disabled: what they wait for is cancelled, what waits for them goes to others. */
  shutOut(work: GraphWork, principalIds: readonly string[]): Promise<void>;
  /** Disabled, but shut out already for want of access: further access lets nobody in. */
  keepShutOut(work: GraphWork, userId: string): Promise<void>;
}

/** Members of a user's body that are stored in other tables. */
const elsewhere = ['passwordProfile', 'manager', 'sponsors', 'identityParentId'] as const;
const onceIn = { directory_upn_once: 'userPrincipalName' } as const;
/** By these somebody gets into an account, or keeps its owner out. */
const takesOver: ReadonlySet<string> = new Set(['passwordProfile', 'accountEnabled', 'userPrincipalName']);

/** POST users. The manager may be named in the body. */
export async function createUser(work: GraphWork, input: Input): Promise<Outcome> {
  if (!canManageUsers(work.caller)) refuse('forbidden', { reason: 'Creating users needs User.ReadWrite.All, and for a person also the role Global Administrator.' });
  refuseInvalidNames(input.body);
  if (input.body['identityParentId'] !== undefined && input.body['identityParentId'] !== null) refuse('invalidValue', { field: 'identityParentId', reason: "only an agentUser has one; send '@odata.type': '#microsoft.graph.agentUser' or leave it out" });
  const { held, bag } = splitBody(input.body, elsewhere);
  const id = newId();
  await writing(insertObject(work.tx, { id, type: 'user', held, bag: { userType: 'Member', ...bag }, createdAt: work.now }), onceIn);
  await setPassword(work, { id, userPrincipalName: nameIn(input.body, 'userPrincipalName') }, { body: input.body, required: true });
  const managerId = input.body['manager'];
  if (typeof managerId === 'string') await setManager(work, id, managerId);
  await recordAudit(work.tx, work, {
    activity: 'Add user', category: 'UserManagement', operation: 'Add',
    targets: [{ id, type: 'User', displayName: nameIn(input.body, 'displayName'), after: { ...held, ...bag } }],
  });
  return { answer: 'created', id };
}

/** PATCH users/{id}. People may change plain facts about themselves. Who is disabled waits for nothing, and nobody waits for them. */
export const updateUser = (hooks: ShuttingOut): Command => async (work, input) => {
  const user = await livingUser(work, input.id);
  const names = Object.keys(input.body).filter((name) => !name.startsWith('@'));
  if (!canChangeUser(work.caller, user.id, names)) refuse('forbidden', { reason: 'Changing this user needs User.ReadWrite.All, and for a person also the role Global Administrator.' });
  refuseInvalidNames(input.body);
  if (user.type === 'agentUser' && input.body['passwordProfile'] !== undefined) refuse('invalidValue', { field: 'passwordProfile', reason: 'an agent user has no password; leave it out' });
  if (names.some((name) => takesOver.has(name))) await demandOverAdministrators(work, user.id);
  const isDisabled = user.type === 'user' && input.body['accountEnabled'] === false && user.accountEnabled;
  // Whom this server had shut out for want of access, somebody shuts out now: further access does not let it in again.
  if (input.body['accountEnabled'] === false && !user.accountEnabled) await hooks.keepShutOut(work, user.id);
  if (isDisabled) await keepGlobalAdministrator(work, user.id);
  const { held, bag: given } = splitBody(input.body, elsewhere);
  // Enabled again, the person signs in again.
  const bag = isDisabled ? { ...given, ...endingSessions(work.now) } : given;
  await writing(updateObject(work.tx, user.id, { held, bag }), onceIn);
  await setPassword(work, user, { body: input.body, required: false });
  if (typeof input.body['manager'] === 'string') await setManager(work, user.id, input.body['manager']);
  await auditChange(work, user, { held, bag, passwordChanged: input.body['passwordProfile'] !== undefined });
  if (user.accountEnabled && input.body['accountEnabled'] === false) await hooks.shutOut(work, [user.id]);
  return { answer: 'done' };
};

/** The living user, locked. */
export async function livingUser(work: GraphWork, id: string): Promise<DirectoryObject> {
  const user = await lockObject(work.tx, id, work.caller.principalId);
  if (user === undefined || user.deletedAt !== null || !isUserType(user.type)) return refuse('notFound', { value: id });
  return user;
}

function refuseInvalidNames(body: Json): void {
  const [invalid] = findInvalidNames(body);
  if (invalid !== undefined) refuse('invalidValue', invalid);
}

function nameIn(body: Json, property: string): string | null {
  const name = body[property];
  return typeof name === 'string' ? name : null;
}

async function auditChange(work: GraphWork, user: DirectoryObject, change: { readonly held: Json; readonly bag: Json; readonly passwordChanged: boolean }): Promise<void> {
  const known: Json = { ...user.data, displayName: user.displayName, userPrincipalName: user.userPrincipalName, accountEnabled: user.accountEnabled };
  const after = { ...change.held, ...change.bag };
  const before = Object.fromEntries(Object.keys(after).map((name) => [name, known[name] ?? null]));
  await recordAudit(work.tx, work, {
    activity: change.passwordChanged ? 'Reset user password' : 'Update user', category: 'UserManagement', operation: 'Update',
    targets: [{ id: user.id, type: 'User', displayName: user.displayName, before, after }],
  });
}
