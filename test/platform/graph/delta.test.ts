/** delta(): everything once, then what changed since; tokens that end. */
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { newId } from '../../../src/platform/ids.ts';
import { forgetChanges } from '../../../src/platform/graph/read/delta-token.ts';
import { deltaWorld, idsOf } from './delta-world.ts';
import { addPerson, addTeam } from './fixture.ts';

const { database, db, client, round, remove, rename } = await deltaWorld();

describe('a first round', () => {
  it('tells everything once, page by page, and ends in a link that has nothing to tell', async () => {
    const made = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(async (name) => addPerson(db, name)));
    await addTeam(db, 'Not a person');
    const gone = await addPerson(db, 'gone');
    await remove(gone);
    const first = await round('/people/delta?$top=2&$select=displayName');
    expect([idsOf(first), first.pages]).toEqual([made.toSorted(), 3]);
    expect(first.items[0]).toEqual({ '@odata.type': '#microsoft.graph.person', id: expect.any(String), displayName: expect.any(String) });
    expect(first.link).toMatch(/^\/people\/delta\?\$top=2&\$select=displayName&\$deltatoken=[\w-]+$/);
    const second = await round(first.link);
    expect(second.items).toEqual([]);
    expect((await round(second.link)).items).toEqual([]);
  });

  it.each(['/people/delta()', '/people/microsoft.graph.delta()', '/people/graph.Delta', '/things/delta'])('is offered at %s in both versions', async (path) => {
    const id = await addPerson(db, 'x');
    for (const version of ['v1.0', 'beta'] as const) expect(idsOf(await round(path, { version }))).toEqual([id]);
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
    expect(idsOf(await round(latest.link))).toEqual([id]);
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
    for (const { link } of [teams, things]) expect(idsOf(await round(link))).toEqual([team]);
  });

  it('keeps $select and $filter by id through its links', async () => {
    const [one, two, three] = [await addPerson(db, 'one'), await addPerson(db, 'two'), await addPerson(db, 'three')];
    const filters = [`id eq '${one}' or id eq '${two}'`, `id in ('${one}','${two}')`];
    for (const filter of filters) {
      const first = await round(`/people/delta?$select=displayName&$top=1&$filter=${encodeURIComponent(filter)}`);
      expect(idsOf(first)).toEqual([one, two].toSorted());
      for (const id of [one, two, three]) await rename(id, newId());
      const second = await round(first.link);
      expect(idsOf(second)).toEqual([one, two].toSorted());
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
    expect(idsOf(await round(link))).toEqual([id]);
    await sql`update changes set at = now() - interval '8 days 1 hour'`.execute(database.owner);
    await forgetChanges(db);
    expect((await sql`select 1 from changes`.execute(db)).rows).toEqual([]);
  });
});
