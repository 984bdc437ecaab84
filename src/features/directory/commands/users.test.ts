import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { callerWith, command, createdId, personWith, refusalOf } from '../../../../test/support/graph-work.ts';
import { all } from '../../../platform/db/transaction.ts';
import { newId } from '../../../platform/ids.ts';
import { isPassword } from '../../../platform/password-hash.ts';
import { directoryRole } from '../../roles/model.ts';
import { createRoleAssignment, removeRoleAssignment } from '../../roles/commands.ts';
import { removeObject, restoreObject } from './deletion.ts';
import { putManager } from './managers.ts';
import { createUser, updateUser } from './users.ts';

const { db } = await testDatabase();
const admin = callerWith(['User.ReadWrite.All', 'Directory.Read.All', 'RoleManagement.ReadWrite.Directory']);
const ended: string[] = [];
const lost: string[] = [];
const change = updateUser({ shutOut: async (_, ids) => { await Promise.resolve(lost.push(...ids)); }, keepShutOut: async () => {} });
const remove = removeObject({ endAccess: async (work, ids) => { ended.push(...ids); await sql`delete from grants where principal_id = any(${[...ids]}::uuid[])`.execute(work.tx); } });

const bodyOf = (name: string) => ({
  displayName: name, mailNickname: name, userPrincipalName: `${name}@example.org`, accountEnabled: true, jobTitle: 'tester',
  passwordProfile: { password: 'Quiet-Harbor-9', forceChangePasswordNextSignIn: false },
});
const newName = (): string => `u${newId().replaceAll('-', '')}`;
const newUser = async (name = newName()): Promise<string> => createdId(await command({ db, caller: admin }, createUser, { body: bodyOf(name) }));
const setManager = async (id: string, managerId: string) => await command({ db, caller: admin }, putManager, { id, body: { id: managerId } });

async function newAgent(...sponsorIds: readonly string[]): Promise<string> {
  const id = newId();
  await sql`insert into directory_objects (id, type, display_name, app_id, blueprint_app_id) values (${id}, 'agentIdentity', 'Bot', ${id}, ${newId()})`.execute(db);
  for (const sponsorId of sponsorIds) await sql`insert into directory_links (source_id, kind, target_id) values (${id}, 'sponsor', ${sponsorId})`.execute(db);
  return id;
}
const sponsorsOf = async (id: string) => (await all(db, sql<{ id: string }>`select target_id as id from directory_links where source_id = ${id} and kind = 'sponsor'`)).map((row) => row.id);

describe('users', () => {
  it('are written with a password that can be checked and is nowhere readable', async () => {
    const id = await newUser();
    const [row] = await all(db, sql<{ hash: string; data: unknown; audit: string }>`select p.hash, o.data, (select jsonb_agg(a)::text from audit_events a where ${id}::uuid = any(a.target_ids)) as audit
      from user_passwords p join directory_objects o on o.id = p.user_id where p.user_id = ${id}`);
    expect(row?.hash).toMatch(/^\$argon2id\$/);
    expect(await isPassword(row?.hash, 'Quiet-Harbor-9')).toBe(true);
    expect(await isPassword(row?.hash, 'Quiet-Harbor-8')).toBe(false);
    expect(await isPassword(undefined, 'nobody has this password')).toBe(false);
    expect(row?.data).toMatchObject({ jobTitle: 'tester', userType: 'Member' });
    expect(row?.audit).toContain('Add user');
    expect(JSON.stringify(row)).not.toContain('Quiet-Harbor');
  });

  it('have a name of their own, whatever the case, while they live', async () => {
    const name = newName();
    const id = await newUser(name);
    const again = { body: { ...bodyOf(name), userPrincipalName: `${name.toUpperCase()}@EXAMPLE.org` } };
    expect(await refusalOf(command({ db, caller: admin }, createUser, again))).toMatchObject({ status: 409, target: 'userPrincipalName' });
    await command({ db, caller: admin }, remove, { id });
    await command({ db, caller: admin }, createUser, again);
    expect(await refusalOf(command({ db, caller: admin }, restoreObject, { id }))).toMatchObject({ status: 409 });
  });

  it('without a password, with a bad one, or with a bad name are refused and not there', async () => {
    const { passwordProfile: _gone, ...without } = bodyOf(newName());
    expect(await refusalOf(command({ db, caller: admin }, createUser, { body: without }))).toMatchObject({ status: 400, target: 'passwordProfile' });
    expect(await refusalOf(command({ db, caller: admin }, createUser, { body: { ...without, passwordProfile: { password: 'short' } } }))).toMatchObject({ target: 'passwordProfile/password' });
    expect(await refusalOf(command({ db, caller: admin }, createUser, { body: { ...bodyOf('x'), userPrincipalName: 'nobody' } }))).toMatchObject({ target: 'userPrincipalName' });
    expect(await all(db, sql`select 1 from directory_objects where user_principal_name = ${without.userPrincipalName}`)).toEqual([]);
  });

  it('are changed by administrators; people change plain facts about themselves only', async () => {
    const id = await newUser();
    await command({ db, caller: admin }, change, { id, body: { jobTitle: null, department: 'Support', displayName: 'New' } });
    const [row] = await all(db, sql<{ display_name: string; data: Record<string, unknown> }>`select display_name, data from directory_objects where id = ${id}`);
    expect([row?.display_name, row?.data['department'], 'jobTitle' in (row?.data ?? {})]).toEqual(['New', 'Support', false]);
    const self = personWith(id, ['User.ReadWrite']);
    await command({ db, caller: self }, change, { id, body: { mobilePhone: '1' } });
    expect(await refusalOf(command({ db, caller: self }, change, { id, body: { userType: 'Guest' } }))).toMatchObject({ status: 403 });
    expect(await refusalOf(command({ db, caller: personWith(id, ['User.ReadWrite.All']) }, change, { id: await newUser(), body: { jobTitle: 'x' } }))).toMatchObject({ status: 403 });
  });

  it('are no longer waited for when they are disabled, which is told once', async () => {
    const id = await newUser();
    const disable = async (body: Record<string, unknown>) => { await command({ db, caller: admin }, change, { id, body }); return lost.filter((one) => one === id).length; };
    expect(await disable({ jobTitle: 'x' })).toBe(0);
    expect(await disable({ accountEnabled: false })).toBe(1);
    expect(await disable({ accountEnabled: false })).toBe(1);
  });
});

describe('managers', () => {
  it('never form a circle, also not when two are set at once', async () => {
    const [a, b, c] = [await newUser(), await newUser(), await newUser()];
    await setManager(a, b);
    await setManager(b, c);
    expect(await refusalOf(setManager(c, a))).toMatchObject({ status: 400, reasons: [{ code: 'managerCycle' }] });
    expect(await refusalOf(setManager(a, a))).toMatchObject({ reasons: [{ code: 'ownManager' }] });
    const [d, e] = [await newUser(), await newUser()];
    const ends = await Promise.allSettled([setManager(d, e), setManager(e, d)]);
    expect(ends.map((end) => end.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('deleting a user', () => {
  it('ends access and roles, and restoring brings neither back', async () => {
    const [id, groupId] = [await newUser(), newId()];
    await sql`insert into directory_objects (id, type, display_name) values (${groupId}, 'group', 'g')`.execute(db);
    await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, 'member', ${id}, ${groupId}, true)`.execute(db);
    await command({ db, caller: admin }, createRoleAssignment, { ancestors: [{ type: 'rbacApplication', id: 'directory' }], body: { principalId: id, roleDefinitionId: directoryRole.globalReader } });
    await command({ db, caller: admin }, remove, { id });
    expect(ended).toContain(id);
    expect(await refusalOf(command({ db, caller: admin }, remove, { id }))).toMatchObject({ status: 409 });
    expect(await command({ db, caller: admin }, restoreObject, { id })).toEqual({ answer: 'entity', id });
    expect(await all(db, sql`select 1 from role_assignments where principal_id = ${id} union all select 1 from grants where principal_id = ${id}`)).toEqual([]);
  });

  it('passes a last sponsorship to the manager, and says so in the audit', async () => {
    const [leaver, manager, other] = [await newUser(), await newUser(), await newUser()];
    const [alone, shared] = [await newAgent(leaver), await newAgent(leaver, other)];
    await setManager(leaver, manager);
    await command({ db, caller: admin }, remove, { id: leaver });
    expect([await sponsorsOf(alone), await sponsorsOf(shared)]).toEqual([[manager], [other]]);
    const [event] = await all(db, sql<{ activity: string }>`select activity from audit_events where ${alone}::uuid = any(target_ids) and additional::text like ${`%${manager}%`}`);
    expect(event?.activity).toBe('Delete user');
  });

  it('is refused without a manager in force, naming each agent', async () => {
    const [leaver, manager] = [await newUser(), await newUser()];
    const agents = [await newAgent(leaver), await newAgent(leaver)];
    await setManager(leaver, manager);
    await command({ db, caller: admin }, change, { id: manager, body: { accountEnabled: false } });
    const refused = await refusalOf(command({ db, caller: admin }, remove, { id: leaver }));
    expect(refused.reasons.map((reason) => reason.target)).toEqual(agents);
    expect(await sponsorsOf(agents[0] ?? '')).toEqual([leaver]);
  });

  it('does not count a sponsor that was deleted before', async () => {
    const [leaver, gone] = [await newUser(), await newUser()];
    await newAgent(leaver, gone);
    await sql`update directory_objects set deleted_at = now() where id = ${gone}`.execute(db);
    expect(await refusalOf(command({ db, caller: admin }, remove, { id: leaver }))).toMatchObject({ reasons: [{ code: 'lastSponsor' }] });
  });
});

describe('the last Global Administrator', () => {
  it('keeps the role, the account, and stays enabled, until there is another', async () => {
    const [first, second] = [await newUser(), await newUser()];
    const give = async (principalId: string) => createdId(await command({ db, caller: admin }, createRoleAssignment, {
      ancestors: [{ type: 'rbacApplication', id: 'directory' }], body: { principalId, roleDefinitionId: directoryRole.globalAdministrator },
    }));
    const assignment = await give(first);
    const reasons = [{ code: 'lastGlobalAdministrator' }];
    expect(await refusalOf(command({ db, caller: admin }, removeRoleAssignment, { id: assignment }))).toMatchObject({ reasons });
    expect(await refusalOf(command({ db, caller: admin }, remove, { id: first }))).toMatchObject({ reasons });
    expect(await refusalOf(command({ db, caller: admin }, change, { id: first, body: { accountEnabled: false } }))).toMatchObject({ reasons });
    const other = await give(second);
    const ends = await Promise.allSettled([assignment, other].map(async (id) => await command({ db, caller: admin }, removeRoleAssignment, { id })));
    expect(ends.map((end) => end.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});
