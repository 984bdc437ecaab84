/** delta(): everything once, then what changed, whoever committed when; only what the caller may see; tokens that end. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import { isRecord, recordsAt, type JsonRecord } from '../../../src/kernel/json.ts';
import { newId } from '../../../src/platform/ids.ts';
import { forgetChanges } from '../../../src/platform/graph/read/delta-token.ts';
import { testDatabase } from '../../support/database.ts';
import { addManager, addMember, addPerson, addTeam, callerWith, clientOf, followed, type Ask } from './fixture.ts';

const database = await testDatabase();
const { db } = database;
const client = clientOf(db);

interface Told {
  readonly items: readonly JsonRecord[];
  /** Path of the next round. */
  readonly link: string;
  readonly pages: number;
}

/** All pages of a round. */
async function round(path: string, how: Ask & { readonly between?: () => Promise<unknown> } = {}): Promise<Told> {
  const items: JsonRecord[] = [];
  for (let [next, pages] = [path, 1]; ; pages++) {
    const { status, body = {} } = await client.ask(next, how);
    expect([next, status, body]).toMatchObject([next, 200, { value: expect.any(Array) }]);
    items.push(...recordsAt(body, 'value'));
    const [more, end] = [body['@odata.nextLink'], body['@odata.deltaLink']];
    expect([more === undefined, end === undefined].toSorted()).toEqual([false, true]);
    if (end !== undefined) return { items, link: followed(end), pages };
    next = followed(more);
    await how.between?.();
  }
}

const ids = ({ items }: Told): readonly unknown[] => items.map((item) => item['id']).toSorted();
const remove = async (id: string): Promise<unknown> => sql`update directory_objects set deleted_at = now() where id = ${id}`.execute(db);
const rename = async (id: string, name: string): Promise<unknown> => sql`update directory_objects set display_name = ${name} where id = ${id}`.execute(db);
const leave = async (team: string, who: string): Promise<unknown> => sql`delete from grants where resource_id = ${team} and principal_id = ${who}`.execute(db);

beforeEach(async () => {
  await sql`delete from directory_objects`.execute(database.owner);
});

describe('a first round', () => {
  it('tells everything once, page by page, and ends in a link that has nothing to tell', async () => {
    const made = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(async (name) => addPerson(db, name)));
    await addTeam(db, 'Not a person');
    const gone = await addPerson(db, 'gone');
    await remove(gone);
    const first = await round('/people/delta?$top=2&$select=displayName');
    expect([ids(first), first.pages]).toEqual([made.toSorted(), 3]);
    expect(first.items[0]).toEqual({ '@odata.type': '#microsoft.graph.person', id: expect.any(String), displayName: expect.any(String) });
    expect(first.link).toMatch(/^\/people\/delta\?\$top=2&\$select=displayName&\$deltatoken=[\w-]+$/);
    const second = await round(first.link);
    expect(second.items).toEqual([]);
    expect((await round(second.link)).items).toEqual([]);
  });

  it.each(['/people/delta()', '/people/microsoft.graph.delta()', '/people/graph.Delta', '/things/delta'])('is offered at %s in both versions', async (path) => {
    const id = await addPerson(db, 'x');
    for (const version of ['v1.0', 'beta'] as const) expect(ids(await round(path, { version }))).toEqual([id]);
    expect((await client.ask(path, { method: 'POST', body: {} })).status).toBe(405);
  });

  it.each(['/store/shelves/delta()', '/store/deleted/delta', '/me/delta', '/people/delta(x=1)', '/teams/delta/x'])('is not offered at %s', async (path) => {
    expect([400, 404]).toContain((await client.ask(path)).status);
  });

  it('can be left out: $deltatoken=latest tells nothing but where to go on', async () => {
    await addPerson(db, 'old');
    const latest = await round('/people/delta?$deltatoken=latest');
    expect(latest.items).toEqual([]);
    const id = await addPerson(db, 'new');
    expect(ids(await round(latest.link))).toEqual([id]);
  });
});

describe('a later round', () => {
  it('tells what was made, changed, deleted, restored and purged, and nothing else', async () => {
    const [still, changed, deleted, purged, back] = [await addPerson(db, 'still'), await addPerson(db, 'changed'), await addPerson(db, 'deleted'), await addPerson(db, 'purged'), await addPerson(db, 'back')];
    await remove(back);
    const { link } = await round('/people/delta()');
    const made = await addPerson(db, 'made');
    await rename(changed, 'other');
    await rename(still, 'still');
    await remove(deleted);
    await sql`delete from directory_objects where id = ${purged}`.execute(db);
    await sql`update directory_objects set deleted_at = null where id = ${back}`.execute(db);
    const { items, link: next } = await round(link);
    const by = new Map(items.map((item) => [item['id'], item]));
    expect(items).toHaveLength(5);
    expect(by.get(changed)).toMatchObject({ displayName: 'other' });
    expect(by.get(made)).toMatchObject({ displayName: 'made' });
    expect(by.get(back)).toMatchObject({ displayName: 'back' });
    expect(by.get(deleted)).toEqual({ id: deleted, '@removed': { reason: 'changed' } });
    expect(by.get(purged)).toEqual({ id: purged, '@removed': { reason: 'deleted' } });
    expect((await round(next)).items).toEqual([]);
  });

  it('tells one type of what is gone: a purged team is no person', async () => {
    const team = await addTeam(db, 'T');
    const [people, teams, things] = [await round('/people/delta'), await round('/teams/delta'), await round("/things/delta?$filter=isof('microsoft.graph.team')")];
    await sql`delete from directory_objects where id = ${team}`.execute(db);
    expect((await round(people.link)).items).toEqual([]);
    for (const { link } of [teams, things]) expect(ids(await round(link))).toEqual([team]);
  });

  it('keeps $select and $filter by id through its links', async () => {
    const [one, two, three] = [await addPerson(db, 'one'), await addPerson(db, 'two'), await addPerson(db, 'three')];
    const filters = [`id eq '${one}' or id eq '${two}'`, `id in ('${one}','${two}')`];
    for (const filter of filters) {
      const first = await round(`/people/delta?$select=displayName&$top=1&$filter=${encodeURIComponent(filter)}`);
      expect(ids(first)).toEqual([one, two].toSorted());
      for (const id of [one, two, three]) await rename(id, newId());
      const second = await round(first.link);
      expect(ids(second)).toEqual([one, two].toSorted());
      expect(Object.keys(second.items[0] ?? {}).toSorted()).toEqual(['@odata.type', 'displayName', 'id']);
    }
  });

  it('follows an object that goes and comes', async () => {
    const id = await addPerson(db, 'x');
    let { link } = await round('/people/delta');
    for (const isThere of [false, true, false]) {
      await sql`update directory_objects set deleted_at = ${isThere ? null : '2026-01-01'} where id = ${id}`.execute(db);
      const told = await round(link);
      expect(told.items).toEqual([isThere ? expect.objectContaining({ displayName: 'x' }) : { id, '@removed': { reason: 'changed' } }]);
      ({ link } = told);
    }
  });
});

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
    expect([told.length, new Set(told).size, ids({ items, link, pages: 0 }).includes(small)]).toEqual([2500, 2500, true]);
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
    expect(ids(first)).toEqual([open, turning].toSorted());
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
});

const tokenOf = (path: string): string => path.split('token=').at(-1) ?? '';
const forged = (path: string, change: (parts: unknown[]) => unknown[]): string => {
  const token = tokenOf(path);
  const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
  return path.replace(token, Buffer.from(JSON.stringify(change(Array.isArray(parts) ? parts : []))).toString('base64url'));
};

describe('tokens', () => {
  it('that are too old, or of another query or database, are gone, and say where to begin again', async () => {
    await addPerson(db, 'x');
    const { link } = await round('/people/delta');
    const old = forged(link, (parts) => parts.with(3, new Date(Date.now() - 8 * 86_400_000).toISOString()));
    const strange = [old, forged(link, (parts) => parts.with(1, 'elsewhere')), forged(link, (parts) => parts.with(2, '900000000:900000001:')), link.replace('/people', '/teams'), `${link}&$filter=id eq '${newId()}'`];
    for (const path of strange) {
      const { status, body } = await client.ask(path);
      expect([path, status, body]).toMatchObject([path, 410, { error: { code: 'syncStateNotFound', message: expect.stringContaining('https://house.example/v1.0/') } }]);
    }
  });

  it('that are garbled, and options that do not apply, are refused', async () => {
    const { link } = await round('/people/delta');
    for (const path of [`${link.slice(0, -9)}`, '/people/delta?$deltatoken=x', '/people/delta?$skiptoken=', forged(link, (parts) => [...parts, 'x']), forged(link, (parts) => parts.with(2, "1:1:'")), forged(link, (parts) => parts.with(2, '5:3:')), `${link}&$skiptoken=${tokenOf(link)}`]) {
      expect([path, (await client.ask(path)).status]).toEqual([path, 400]);
    }
    for (const query of ['$orderby=displayName', '$search=x', '$count=true', '$skip=1', "$filter=displayName eq 'x'", '$filter=not (id eq null)', '$expand=reports', '$expand=manager/x', '$select=nothing']) expect([query, (await client.ask(`/people/delta?${query}`)).status]).toEqual([query, 400]);
    expect(client.bugs).toEqual([]);
  });

  it('serve a week; what no token can ask for is forgotten', async () => {
    await addPerson(db, 'x');
    const { link } = await round('/people/delta');
    const id = await addPerson(db, 'y');
    await sql`update changes set at = now() - interval '7 days 1 hour'`.execute(database.owner);
    await forgetChanges(db);
    expect(ids(await round(link))).toEqual([id]);
    await sql`update changes set at = now() - interval '8 days 1 hour'`.execute(database.owner);
    await forgetChanges(db);
    expect((await sql`select 1 from changes`.execute(db)).rows).toEqual([]);
  });
});

/** What a client that follows links believes there is. */
class Mirror {
  readonly names = new Map<string, unknown>();
  readonly members = new Map<string, Set<string>>();
  take(items: readonly JsonRecord[]): void {
    for (const item of items) {
      const id = String(item['id']);
      if (item['@removed'] !== undefined) { this.names.delete(id); continue; }
      this.names.set(id, item['displayName']);
      const held = this.members.get(id) ?? new Set<string>();
      for (const one of recordsAt(item, 'members@delta')) if (one['@removed'] === undefined) held.add(String(one['id'])); else held.delete(String(one['id']));
      this.members.set(id, held);
    }
  }
}

describe('nothing is missed', () => {
  it('of a transaction that began early and committed late', async () => {
    const early = await addTeam(db, 'early');
    let { link } = await round('/teams/delta');
    await db.connection().execute(async (slow) => {
      await sql`begin`.execute(slow);
      await rename(early, 'before').catch(() => {});
      await sql`update directory_objects set description = 'late' where id = ${early}`.execute(slow);
      const other = await addTeam(db, 'other');
      const between = await round(link);
      expect(ids(between)).toContain(other);
      ({ link } = between);
      await sql`commit`.execute(slow);
    });
    const after = await round(link);
    expect(after.items).toEqual([expect.objectContaining({ id: early, description: 'late' })]);
  });

  it('under writers that commit when they like: a mirror ends as the list is', async () => {
    const teams = await Promise.all(Array.from({ length: 6 }, async (_, n) => addTeam(db, `t${n}`)));
    const people = await Promise.all(Array.from({ length: 5 }, async (_, n) => addPerson(db, `p${n}`)));
    const change = fc.record({ what: fc.constantFrom('rename', 'remove', 'restore', 'join', 'leave', 'make'), team: fc.nat(5), person: fc.nat(4), pause: fc.nat(12), rollback: fc.integer({ min: 0, max: 9 }) });
    await fc.assert(fc.asyncProperty(fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { minLength: 8, maxLength: 24 }), async (works) => {
      const mirror = new Mirror();
      const first = await round('/teams/delta?$top=2');
      mirror.take(first.items);
      let { link } = first;
      let isWriting = true;
      const writers = Array.from({ length: 4 }, async (_, lane) => {
        for (const work of works.filter((__, index) => index % 4 === lane)) await carryOut(work, { teams, people });
      });
      const done = Promise.all(writers).finally(() => { isWriting = false; });
      while (isWriting) {
        const told = await round(link);
        mirror.take(told.items);
        ({ link } = told);
      }
      await done;
      mirror.take((await round(link)).items);
      const truth = await client.list('/teams?$top=999&$expand=members($top=99)');
      expect(Object.fromEntries(mirror.names)).toEqual(Object.fromEntries(truth.map((team) => [team['id'], team['displayName']])));
      for (const team of truth) expect([...mirror.members.get(String(team['id'])) ?? []].toSorted()).toEqual(recordsAt(team, 'members').map(({ id }) => String(id)).toSorted());
    }), { numRuns: 25, endOnFailure: true, interruptAfterTimeLimit: 40_000 });
  }, 60_000);
});

interface Change { readonly what: string; readonly team: number; readonly person: number; readonly pause: number; readonly rollback: number }

/** One transaction of a few changes, with a pause before each and before its end. */
async function carryOut(work: readonly Change[], { teams, people }: { readonly teams: readonly string[]; readonly people: readonly string[] }): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (const { what, team: t, person: p, pause, rollback } of work.toSorted((a, b) => a.team - b.team)) {
      const [team, person] = [teams[t] ?? '', people[p] ?? ''];
      await sql`select pg_sleep(${pause / 1000})`.execute(tx);
      if (what === 'rename') await sql`update directory_objects set display_name = ${newId()} where id = ${team}`.execute(tx);
      if (what === 'remove') await sql`update directory_objects set deleted_at = now() where id = ${team}`.execute(tx);
      if (what === 'restore') await sql`update directory_objects set deleted_at = null where id = ${team}`.execute(tx);
      if (what === 'make') await sql`insert into directory_objects (id, type, display_name) values (${newId()}, 'group', 'made')`.execute(tx);
      if (what === 'join') await sql`insert into grants (id, kind, principal_id, resource_id, manual) values (${newId()}, 'member', ${person}, ${team}, true) on conflict do nothing`.execute(tx);
      if (what === 'leave') await sql`delete from grants where principal_id = ${person} and resource_id = ${team}`.execute(tx);
      if (rollback === 0) throw new Error('rolled back');
    }
    await sql`select pg_sleep(${(work[0]?.pause ?? 0) / 500})`.execute(tx);
  }).catch(() => {});
}
