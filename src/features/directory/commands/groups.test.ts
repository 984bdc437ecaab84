import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../../../../test/support/database.ts';
import { callerWith, command, createdId, personWith, refusalOf, working } from '../../../../test/support/graph-work.ts';
import type { Caller } from '../../../kernel/caller.ts';
import { all } from '../../../platform/db/transaction.ts';
import { newId } from '../../../platform/ids.ts';
import { removeObject, restoreObject } from './deletion.ts';
import { createGroup, updateGroup } from './groups.ts';
import { checkMembership, getByIds, listMemberGroups } from './lookups.ts';
import { addMember, addOwner, removeMember } from './memberships.ts';

const { db } = await testDatabase();
const admin = callerWith(['Group.ReadWrite.All', 'RoleManagement.ReadWrite.Directory', 'Directory.Read.All']);
const bodyOf = (more: object = {}) => ({ displayName: 'Team', mailNickname: 'team', mailEnabled: false, securityEnabled: true, ...more });
const newGroup = async (more: object = {}, caller: Caller = admin): Promise<string> => createdId(await command({ db, caller }, createGroup, { body: bodyOf(more) }));

async function newObject(type = 'user'): Promise<string> {
  const id = newId();
  const isUser = type === 'user';
  await sql`insert into directory_objects (id, type, display_name, user_principal_name, app_id, blueprint_app_id)
    values (${id}, ${type}, ${id}, ${isUser ? `${id}@example.org` : null}, ${isUser ? null : newId()}, ${type === 'agentIdentity' ? newId() : null})`.execute(db);
  return id;
}

const add = async (id: string, memberId: string, caller = admin) => await command({ db, caller }, addMember, { id, body: { id: memberId } });
const drop = async (id: string, memberId: string) => await command({ db, caller: admin }, removeMember, { id, body: { id: memberId } });
const grantsOf = async (principalId: string) => await all(db, sql<{ kind: string; manual: boolean; ends: string }>`select kind, manual, ends_at::text as ends from grants where principal_id = ${principalId} order by kind`);

/** A membership that an assignment gives until `ends`. */
async function deliver(groupId: string, memberId: string, ends: string): Promise<string> {
  const [catalog, pack, policy, assignment] = [newId(), newId(), newId(), newId()];
  await sql`insert into catalogs (id, display_name) values (${catalog}, 'c')`.execute(db);
  await sql`insert into access_packages (id, catalog_id, display_name) values (${pack}, ${catalog}, 'p')`.execute(db);
  await sql`insert into assignment_policies (id, access_package_id, display_name, allowed_target_scope, expiration, requestor_settings, request_approval_settings)
    values (${policy}, ${pack}, 'p', 'notSpecified', '{}', '{}', '{}')`.execute(db);
  await sql`insert into assignments (id, access_package_id, policy_id, target_id, state, status, starts_at, ends_at)
    values (${assignment}, ${pack}, ${policy}, ${memberId}, 'delivered', 'Delivered', now(), ${ends}::timestamptz)`.execute(db);
  await sql`with g as (insert into grants (id, kind, principal_id, resource_id, manual, ends_at) values (${newId()}, 'member', ${memberId}, ${groupId}, false, ${ends}::timestamptz)
      on conflict (kind, principal_id, resource_id, permission_id, subject_id) do update set ends_at = greatest(grants.ends_at, excluded.ends_at) returning id)
    insert into grant_sources (grant_id, assignment_id) select id, ${assignment} from g`.execute(db);
  return assignment;
}

describe('groups', () => {
  it('are created with members and owners; whoever creates one in person owns it', async () => {
    const [member, owner, creator] = [await newObject(), await newObject(), await newObject()];
    await newGroup({ members: [member], owners: [owner], visibility: 'Private' }, personWith(creator, ['Group.ReadWrite.All']));
    expect(await grantsOf(member)).toEqual([{ kind: 'member', manual: true, ends: 'infinity' }]);
    expect([(await grantsOf(owner)).length, (await grantsOf(creator))[0]?.kind]).toEqual([1, 'owner']);
  });

  it('with a dangling member are not created at all', async () => {
    expect(await refusalOf(newGroup({ uniqueName: 'dangling', members: [newId()] }))).toMatchObject({ status: 400, target: 'members' });
    expect(await all(db, sql`select 1 from directory_objects where unique_name = 'dangling'`)).toEqual([]);
    await newGroup({ uniqueName: 'once' });
    expect(await refusalOf(newGroup({ uniqueName: 'once' }))).toMatchObject({ status: 409, target: 'uniqueName' });
  });

  it('for directory roles need the right to give those, also to change who is in them', async () => {
    const narrow = callerWith(['Group.ReadWrite.All']);
    expect(await refusalOf(newGroup({ isAssignableToRole: true }, narrow))).toMatchObject({ status: 403 });
    const [group, user, agent] = [await newGroup({ isAssignableToRole: true }), await newObject(), await newObject('agentIdentity')];
    expect(await refusalOf(add(group, user, narrow))).toMatchObject({ status: 403 });
    await add(group, user);
    expect(await refusalOf(add(group, agent))).toMatchObject({ status: 400, reasons: [{ code: 'agentInRoleAssignableGroup' }] });
    expect(await refusalOf(command({ db, caller: admin }, addOwner, { id: group, body: { id: agent } }))).toMatchObject({ status: 400 });
  });

  it('take 20 members at once, all or none; their owners may add them', async () => {
    const [owner, members] = [await newObject(), await Promise.all(Array.from({ length: 21 }, async () => await newObject()))];
    const group = await newGroup({ owners: [owner] });
    const person = personWith(owner, ['Group.ReadWrite.All']);
    expect(await refusalOf(command({ db, caller: person }, updateGroup, { id: group, body: { members } }))).toMatchObject({ status: 400, target: 'members' });
    await command({ db, caller: person }, updateGroup, { id: group, body: { members: members.slice(0, 20) } });
    expect(await refusalOf(command({ db, caller: person }, updateGroup, { id: group, body: { members: members.slice(19) } }))).toMatchObject({ message: expect.stringContaining('One or more added object references already exist') });
    expect(await grantsOf(members[20] ?? '')).toEqual([]);
    expect(await refusalOf(command({ db, caller: personWith(newId(), ['Group.ReadWrite.All']) }, updateGroup, { id: group, body: { description: 'x' } }))).toMatchObject({ status: 403 });
  });

  it('never end up inside themselves, also not when two are nested at once', async () => {
    const [a, b, c] = [await newGroup(), await newGroup(), await newGroup()];
    await add(a, b);
    await add(b, c);
    expect(await refusalOf(add(c, a))).toMatchObject({ reasons: [{ code: 'groupCycle' }] });
    const [d, e] = [await newGroup(), await newGroup()];
    const ends = await Promise.allSettled([add(d, e), add(e, d)]);
    expect(ends.map((end) => end.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('keep their members when they are restored', async () => {
    const [group, user] = [await newGroup(), await newObject()];
    await add(group, user);
    const remove = removeObject({ endAccess: async () => {} });
    await command({ db, caller: admin }, remove, { id: group });
    expect(await command({ db, caller: admin }, listMemberGroups, { id: user })).toMatchObject({ values: [] });
    expect(await refusalOf(command({ db, caller: callerWith(['User.Read.All']) }, restoreObject, { id: group }))).toMatchObject({ status: 404 });
    await command({ db, caller: admin }, restoreObject, { id: group });
    expect(await command({ db, caller: admin }, listMemberGroups, { id: user })).toMatchObject({ values: [group] });
  });
});

describe('a membership that packages give', () => {
  it('cannot be removed by hand; the refusal names the assignments', async () => {
    const [group, user] = [await newGroup(), await newObject()];
    const assignments = [await deliver(group, user, '2999-01-01'), await deliver(group, user, '2999-02-01')];
    const refused = await refusalOf(drop(group, user));
    expect([refused.status, refused.reasons.map((reason) => reason.target)]).toEqual([409, assignments]);
  });

  it('may be given by hand too; taking the hand away leaves the packages\' part with the latest end', async () => {
    const [group, user] = [await newGroup(), await newObject()];
    await deliver(group, user, '2999-01-01');
    const last = await deliver(group, user, '2999-02-01');
    const ended = await deliver(group, user, '2999-03-01');
    await sql`update assignments set state = 'expired', expired_at = now() where id = ${ended}`.execute(db);
    await add(group, user);
    expect(await grantsOf(user)).toEqual([{ kind: 'member', manual: true, ends: 'infinity' }]);
    expect(await refusalOf(add(group, user))).toMatchObject({ status: 400 });
    await drop(group, user);
    expect(await all(db, sql`select manual, ends_at = (select ends_at from assignments where id = ${last}) as "isLatest" from grants where principal_id = ${user}`)).toEqual([{ manual: false, isLatest: true }]);
  });

  it('goes when nothing but a hand is behind it, and is not found when it has ended', async () => {
    const [group, user, late] = [await newGroup(), await newObject(), await newObject()];
    await add(group, user);
    await drop(group, user);
    expect(await grantsOf(user)).toEqual([]);
    await deliver(group, late, '2020-01-01');
    expect(await refusalOf(drop(group, late))).toMatchObject({ status: 404 });
  });
});

describe('questions about objects', () => {
  it('answer groups through groups, and only what the caller sees', async () => {
    const [outer, inner, user, other] = [await newGroup(), await newGroup({ securityEnabled: true }), await newObject(), await newGroup()];
    await add(outer, inner);
    await add(inner, user);
    expect(await command({ db, caller: admin }, listMemberGroups, { id: user, body: { securityEnabledOnly: true } })).toMatchObject({ values: [outer, inner].toSorted() });
    expect(await command({ db, caller: admin }, checkMembership('groupIds'), { id: user, body: { groupIds: [outer, other] } })).toMatchObject({ values: [outer] });
    expect(await command({ db, caller: personWith(user, ['User.Read']) }, listMemberGroups, { id: user })).toMatchObject({ values: [inner] });
    const asked = { body: { ids: [user, inner, newId()], types: ['user', 'group'] } };
    expect(await command({ db, caller: admin }, getByIds, asked)).toMatchObject({ ids: [user, inner].toSorted() });
    expect(await command({ db, caller: personWith(newId(), ['User.Read']) }, getByIds, asked)).toMatchObject({ ids: [] });
    expect(await refusalOf(command({ db, caller: admin }, getByIds, { body: { ids: ['x'] } }))).toMatchObject({ status: 400, target: 'ids' });
  });
});

describe('a deleted group', () => {
  it('in the middle of groups leads nowhere', async () => {
    const [outer, middle, user] = [await newGroup(), await newGroup(), await newObject()];
    await add(outer, middle);
    await add(middle, user);
    const held = async () => (await all(db, sql<{ id: string }>`select group_id as id from groups_of(${user})`)).map(({ id }) => id).toSorted();
    expect(await held()).toEqual([outer, middle].toSorted());
    await sql`update directory_objects set deleted_at = now() where id = ${middle}`.execute(db);
    expect(await held()).toEqual([]);
  });
});

describe('what a group holds', () => {
  beforeAll(async () => {
    await sql`insert into directory_objects (id, type, display_name, user_principal_name) select gen_random_uuid(), 'user', 'p' || n, 'p' || n || '@many.example' from generate_series(1, 5000) n`.execute(db);
    await sql`analyze directory_objects`.execute(db);
  });

  it.each(['group_ids_of', 'member_ids_of', 'owned_ids_of'])('%s leads to its objects by index', async (name) => {
    const plan = await working({ db, caller: admin }, async ({ tx }) => await all(tx, sql<{ 'QUERY PLAN': string }>`
      explain select t.id from directory_objects f join directory_objects t on t.id = any(${sql.raw(name)}(f.id)) where f.id = ${newId()}`));
    expect(plan.map((row) => row['QUERY PLAN']).filter((line) => line.includes('Seq Scan'))).toEqual([]);
  });
});
