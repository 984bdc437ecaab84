/** delta() of relations: what came to the other end and what left it; and only what the caller may see. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { isRecord, recordsAt, type JsonRecord } from '../../../src/kernel/json.ts';
import { newId } from '../../../src/platform/ids.ts';
import { deltaWorld, idsOf } from './delta-world.ts';
import { addManager, addMember, addPerson, addTeam, callerWith } from './fixture.ts';

const { db, client, round, remove, rename, leave } = await deltaWorld();

const members = (item: JsonRecord | undefined): unknown => item?.['members@delta'];

describe('relations', () => {
  it('come with the first round, and afterwards as they were added and taken away', async () => {
    const [ann, bob, team] = [await addPerson(db, 'Ann'), await addPerson(db, 'Bob'), await addTeam(db, 'Team')];
    await addMember(db, team, ann);
    const first = await round('/teams/delta');
    expect(first.items).toEqual([expect.objectContaining({ displayName: 'Team', 'members@delta': [{ '@odata.type': '#microsoft.graph.person', id: ann }] })]);
    await addMember(db, team, bob);
    await leave(team, ann);
    const second = await round(first.link);
    expect(second.items).toHaveLength(1);
    expect(members(second.items[0])).toEqual(expect.arrayContaining([{ '@odata.type': '#microsoft.graph.person', id: bob }, { '@odata.type': '#microsoft.graph.person', id: ann, '@removed': { reason: 'deleted' } }]));
    await remove(bob);
    const third = await round(second.link);
    expect(members(third.items[0])).toEqual([{ '@odata.type': '#microsoft.graph.person', id: bob, '@removed': { reason: 'deleted' } }]);
    await sql`update directory_objects set deleted_at = null where id = ${bob}`.execute(db);
    const fourth = await round(third.link);
    expect(members(fourth.items[0])).toEqual([{ '@odata.type': '#microsoft.graph.person', id: bob }]);
    await sql`delete from directory_objects where id = ${bob}`.execute(db);
    expect(members((await round(fourth.link)).items[0])).toEqual([{ id: bob, '@removed': { reason: 'deleted' } }]);
  });

  it('are left out when $select does not name them, and do not make their object be told', async () => {
    const [ann, team] = [await addPerson(db, 'Ann'), await addTeam(db, 'Team')];
    const [plain, named, expanded] = [await round('/teams/delta?$select=displayName'), await round('/teams/delta?$select=members'), await round('/teams/delta?$select=displayName&$expand=members')];
    await addMember(db, team, ann);
    expect((await round(plain.link)).items).toEqual([]);
    expect((await round(named.link)).items).toEqual([{ '@odata.type': '#microsoft.graph.team', id: team, 'members@delta': [{ '@odata.type': '#microsoft.graph.person', id: ann }] }]);
    expect(members((await round(expanded.link)).items[0])).toHaveLength(1);
  });

  it('tell a manager, another and none', async () => {
    const [ann, bob, cid] = [await addPerson(db, 'Ann'), await addPerson(db, 'Bob'), await addPerson(db, 'Cid')];
    await addManager(db, ann, bob);
    const first = await round('/people/delta');
    expect(first.items.find(({ id }) => id === ann)?.['manager@delta']).toEqual([{ '@odata.type': '#microsoft.graph.person', id: bob }]);
    await sql`update directory_links set target_id = ${cid} where source_id = ${ann}`.execute(db);
    const second = await round(first.link);
    expect(second.items.find(({ id }) => id === ann)?.['manager@delta']).toEqual(expect.arrayContaining([expect.objectContaining({ id: cid }), expect.objectContaining({ id: bob, '@removed': { reason: 'deleted' } })]));
    await sql`delete from directory_links where source_id = ${ann}`.execute(db);
    expect((await round(second.link)).items[0]?.['manager@delta']).toEqual([expect.objectContaining({ id: cid, '@removed': { reason: 'deleted' } })]);
  });

  it('are told when the clock ends them, before anybody sweeps', async () => {
    const [ann, team] = [await addPerson(db, 'Ann'), await addTeam(db, 'Team')];
    await sql`insert into grants (id, kind, principal_id, resource_id, manual, ends_at) values (${newId()}, 'member', ${ann}, ${team}, false, clock_timestamp() + interval '400 milliseconds')`.execute(db);
    const first = await round('/teams/delta');
    expect(members(first.items[0])).toHaveLength(1);
    await sql`select pg_sleep(0.5)`.execute(db);
    const second = await round(first.link);
    expect(members(second.items[0])).toEqual([expect.objectContaining({ id: ann, '@removed': { reason: 'deleted' } })]);
    expect((await round(second.link)).items).toEqual([]);
  });

  it('of a large team are told in parts, each once', async () => {
    const team = await addTeam(db, 'Large');
    const small = await addTeam(db, 'Small');
    await sql`with people as (insert into directory_objects (id, type, display_name, user_principal_name) select gen_random_uuid(), 'user', 'p' || n, 'p' || n || '@x' from generate_series(1, 2500) n returning id)
      insert into grants (id, kind, principal_id, resource_id, manual) select gen_random_uuid(), 'member', id, ${team}, true from people`.execute(db);
    const { items, link } = await round('/teams/delta');
    const told = items.filter(({ id }) => id === team).flatMap((item) => recordsAt(item, 'members@delta').map(({ id }) => id));
    expect([told.length, new Set(told).size, idsOf({ items, link, pages: 0 }).includes(small)]).toEqual([2500, 2500, true]);
    await sql`delete from grants where resource_id = ${team}`.execute(db);
    const left = (await round(link)).items.flatMap((item) => recordsAt(item, 'members@delta').filter((one) => isRecord(one['@removed'])).map(({ id }) => id));
    expect(new Set(left)).toEqual(new Set(told));
  });
});

describe('rights', () => {
  it('are those of lists: nothing is told of what the caller may not, or may no longer, see', async () => {
    const some = { caller: callerWith('Some') };
    const [open, dark, turning, member] = [await addPerson(db, 'open'), await addPerson(db, 'hidden 1'), await addPerson(db, 'turning'), await addPerson(db, 'hidden 2')];
    const team = await addTeam(db, 'Team');
    await addMember(db, team, member);
    const [first, teams] = [await round('/people/delta', some), await round('/teams/delta', some)];
    expect(idsOf(first)).toEqual([open, turning].toSorted());
    expect(members(teams.items[0])).toBeUndefined();
    await rename(dark, 'hidden 3');
    await rename(turning, 'hidden 4');
    await leave(team, member);
    await remove(dark);
    await sql`delete from directory_objects where id = ${member}`.execute(db);
    expect((await round(first.link, some)).items).toEqual([]);
    expect((await round(teams.link, some)).items.flatMap((item) => recordsAt(item, 'members@delta'))).toEqual([]);
    expect((await client.ask('/people/delta', { caller: callerWith('None') })).status).toBe(403);
    expect((await client.ask(first.link, { caller: callerWith('None') })).status).toBe(403);
  });

  it('tell whoever comes to see an object all of its relations', async () => {
    const some = { caller: callerWith('Some') };
    const [team, ann, bob] = [await addTeam(db, 'hidden team'), await addPerson(db, 'Ann'), await addPerson(db, 'Bob')];
    await addMember(db, team, ann);
    const first = await round('/teams/delta', some);
    expect(first.items).toEqual([]);
    await rename(team, 'Team');
    await addMember(db, team, bob);
    const second = await round(first.link, some);
    expect(recordsAt(second.items[0] ?? {}, 'members@delta').map(({ id }) => id).toSorted()).toEqual([ann, bob].toSorted());
  });
});
