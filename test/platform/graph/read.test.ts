/** Paths, projections, expansions, order and visibility of GET, on PostgreSQL. */
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { isRecord } from '../../../src/kernel/json.ts';
import { newId } from '../../../src/platform/ids.ts';
import { testDatabase } from '../../support/database.ts';
import { addBox, addManager, addMember, addPerson, addShelf, addSlot, addTeam, callerWith, clientOf, followed } from './fixture.ts';

const database = await testDatabase();
const client = clientOf(database.db);
const { ask, list, names } = client;
const ids: Record<'alpha' | 'beta' | 'dark' | 'one' | 'two' | 'three' | 'ann' | 'bob' | 'crew' | 'gone' | 'slot', string> = { alpha: '', beta: '', dark: '', one: '', two: '', three: '', ann: '', bob: '', crew: '', gone: '', slot: '' };
const some = { caller: callerWith('Some') };
const none = { caller: callerWith('None') };
const beta = { version: 'beta' } as const;

beforeAll(async () => {
  const { db } = database;
  ids.alpha = await addShelf(db, 'Alpha', { description: 'd', unique_name: 'a/b c', catalog_type: 'serviceManaged', created_by: 'me' });
  ids.beta = await addShelf(db, 'Beta');
  ids.dark = await addShelf(db, 'hidden');
  ids.one = await addBox(db, ids.alpha, { display_name: 'One', description: 'x' });
  ids.two = await addBox(db, ids.alpha, { display_name: 'hidden Two' });
  ids.three = await addBox(db, ids.alpha, { display_name: 'Three' });
  await addBox(db, ids.dark, { display_name: 'In the dark' });
  ids.ann = await addPerson(db, 'Ann', { data: JSON.stringify({ color: { '@odata.type': '#microsoft.graph.deepColor', name: 'Red', depth: 2 }, phones: ['1'], bornDateTime: '1985-01-01T00:00:00.000Z' }) });
  ids.bob = await addPerson(db, 'Bob', { id: callerWith().principalId });
  ids.crew = await addTeam(db, 'Crew', { description: 'team' });
  ids.gone = await addTeam(db, 'Gone', { deleted_at: '2026-01-01T00:00:00Z' });
  ids.slot = await addSlot(db, { shelf: ids.alpha, box: ids.one, object: ids.crew });
  await addManager(db, ids.bob, ids.ann);
  await addMember(db, ids.crew, ids.ann);
  await addMember(db, ids.crew, ids.bob);
});

describe('an entity', () => {
  it('has its key, its declared properties and a context, and nothing else', async () => {
    const { status, body } = await ask(`/store/shelves/${ids.alpha}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      '@odata.context': 'https://house.example/v1.0/$metadata#store/shelves/$entity', id: ids.alpha, displayName: 'Alpha', description: 'd', kind: 'unknownFutureValue',
      state: 'published', isOpen: false, code: 'a/b c', owner: 'me', createdDateTime: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it("speaks beta's words to beta, and shows late members to who asks", async () => {
    const { body } = await ask(`/store/betaShelves/${ids.alpha}`, { ...beta, headers: { prefer: 'include-unknown-enum-members' } });
    expect(body).toMatchObject({ kind: 'ServiceManaged', shelfStatus: 'Open' });
    expect(Object.keys(body ?? {})).not.toContain('owner');
    expect((await ask(`/store/betaShelves/${ids.alpha}`, beta)).body).toMatchObject({ kind: 'unknownFutureValue' });
  });

  it('is found in any letter case, by key in parentheses, by alternate key and through encoded slashes', async () => {
    for (const path of [`/STORE/Shelves/${ids.alpha.toUpperCase()}`, `/store/shelves('${ids.alpha}')`, `/store/shelves(${ids.alpha})`, `/store/shelves(id='${ids.alpha}')`, "/store/shelves(code='a%2Fb%20c')", "/store/shelves(CODE=@x)?@x='a/b c'", `/store/shelves/${ids.alpha}/`]) {
      expect([path, (await ask(path)).body?.['id']]).toEqual([path, ids.alpha]);
    }
    expect((await ask('/people/ANN@example.com')).body?.['id']).toBe(ids.ann);
    expect((await ask("/people(userPrincipalName='ann@example.com')/displayName")).body?.['value']).toBe('Ann');
  });

  it('is what a navigation to one leads to', async () => {
    expect((await ask(`/store/boxes/${ids.one}/shelf`)).body).toMatchObject({ id: ids.alpha });
    expect((await ask(`/people/${ids.bob}/manager`)).body).toMatchObject({ id: ids.ann, '@odata.type': '#microsoft.graph.person', color: { name: 'Red', depth: 2, shades: [] } });
    expect((await ask(`/people/${ids.ann}/manager`)).status).toBe(404);
    expect((await ask(`/store/shelves/${ids.alpha}/boxes/${ids.one}/shelf/boxes/${ids.three}`)).body).toMatchObject({ displayName: 'Three' });
    expect((await ask(`/store/shelves/${ids.beta}/boxes/${ids.one}`)).status).toBe(404);
  });

  it('is a singleton where the path says so', async () => {
    expect((await ask('/me')).body).toMatchObject({ id: ids.bob, displayName: 'Bob' });
    expect((await ask('/me/manager/displayName')).body).toMatchObject({ value: 'Ann' });
    expect((await ask('/me', { caller: { ...callerWith('All'), principalId: newId() } })).status).toBe(404);
  });

  it('keeps text keys as they are', async () => {
    expect((await ask(`/store/boxes/${ids.one}/slots/${ids.slot}`)).body).toMatchObject({ id: ids.slot, roleOriginId: 'Member' });
    expect((await ask(`/store/boxes/${ids.three}/slots/${ids.slot}`)).status).toBe(404);
  });
});

describe('what is not there', () => {
  it.each(['/nowhere', '/store', '/store/nothing', '/store/shelves/nothing', '/store/shelves/$metadata', '/people/$count/x', '/store/shelves/displayName'])('%s is an unknown segment', async (path) => {
    const { status, body } = await ask(path);
    expect([status, body]).toMatchObject([404, { error: { code: 'Request_ResourceNotFound', message: expect.stringContaining('segment') } }]);
  });

  it('names the segment that is unknown, and the id that is none', async () => {
    expect((await ask(`/store/shelves/${ids.alpha}/chairs`)).body).toMatchObject({ error: { target: 'chairs' } });
    expect(await ask('/store/shelves/not-a-guid')).toMatchObject({ status: 400, body: { error: { code: 'BadRequest', message: expect.stringContaining('not-a-guid') } } });
    expect(await ask("/store/shelves(state='published')")).toMatchObject({ status: 400 });
    for (const word of ['constructor', '__proto__', 'hasOwnProperty', 'toString']) expect((await ask(`/store/shelves/${ids.alpha}/${word}`)).status).toBe(404);
  });

  it('has no children', async () => {
    expect((await ask(`/store/shelves/${ids.beta}/boxes`)).body).toMatchObject({ value: [] });
    expect(await ask(`/store/shelves/${newId()}/boxes`)).toMatchObject({ status: 404 });
    expect(await ask(`/store/shelves/${newId()}/boxes/$count`)).toMatchObject({ status: 404 });
    expect(await ask(`/store/shelves/${ids.beta}/boxes/$count`)).toMatchObject({ status: 200, text: '0' });
  });
});

describe('visibility', () => {
  it('filters lists, hides single rows and forbids what is nobody\'s', async () => {
    expect((await names('/store/shelves', some)).toSorted()).toEqual(['Alpha', 'Beta']);
    expect((await ask(`/store/shelves/${ids.dark}`, some)).status).toBe(404);
    expect((await ask(`/store/shelves/${ids.dark}/boxes`, some)).status).toBe(404);
    expect(await ask('/store/shelves', none)).toMatchObject({ status: 403, body: { error: { code: 'Authorization_RequestDenied' } } });
    expect((await ask(`/store/shelves/${ids.alpha}`, none)).status).toBe(403);
    expect(await ask('/store/shelves/$count', some)).toMatchObject({ text: '2' });
    expect(await ask('/store/shelves?$count=true', some)).toMatchObject({ body: { '@odata.count': 2 } });
  });

  it('reaches through navigations and expansions', async () => {
    expect(await names(`/store/shelves/${ids.alpha}/boxes`, some)).toEqual(['One', 'Three']);
    const [shelf] = await list(`/store/shelves?$filter=displayName eq 'alpha'&$expand=boxes($orderby=displayName)`, some);
    expect(shelf?.['boxes']).toMatchObject([{ displayName: 'One' }, { displayName: 'Three' }]);
    expect(await list('/store/boxes?$expand=shelf', some)).toContainEqual(expect.objectContaining({ displayName: 'In the dark', shelf: null }));
  });

  it('asks nothing for what is contained, and forbids it elsewhere', async () => {
    expect(await list(`/store/boxes/${ids.one}/slots`, some)).toHaveLength(1);
    expect((await ask('/store/slots')).status).toBe(403);
    expect((await ask(`/store/boxes/${ids.two}/slots`, some)).status).toBe(404);
  });

  it('keeps to the rows of a root', async () => {
    expect(await names('/store/deleted')).toEqual(['Gone']);
    expect((await names('/things')).toSorted()).toEqual(['Ann', 'Bob', 'Crew']);
    expect((await ask(`/store/deleted/${ids.gone}`)).status).toBe(200);
    expect((await ask(`/store/deleted/${ids.crew}`)).status).toBe(404);
    expect((await ask(`/teams/${ids.gone}`)).status).toBe(404);
    expect((await ask(`/store/new/${ids.alpha}`)).status).toBe(404);
    expect((await ask(`/store/new/${ids.alpha}`, beta)).status).toBe(200);
  });
});

describe('casts', () => {
  it('narrow sets, navigations and entities', async () => {
    expect((await names('/things/microsoft.graph.person')).toSorted()).toEqual(['Ann', 'Bob']);
    expect(await ask('/things/Microsoft.Graph.Team/$count')).toMatchObject({ text: '1' });
    expect((await names(`/teams/${ids.crew}/members/microsoft.graph.person`)).toSorted()).toEqual(['Ann', 'Bob']);
    expect(await names(`/teams/${ids.crew}/members/microsoft.graph.team`)).toEqual([]);
    expect((await ask(`/things/${ids.ann}/microsoft.graph.person/manager`)).status).toBe(404);
    expect((await ask(`/things/${ids.ann}/microsoft.graph.person`)).body).toMatchObject({ userPrincipalName: 'ann@example.com' });
    expect((await ask(`/things/${ids.ann}/microsoft.graph.team`)).status).toBe(404);
    expect((await ask('/things/microsoft.graph.shelf')).status).toBe(404);
    expect((await ask('/teams/microsoft.graph.person')).status).toBe(404);
  });

  it('say what a row is, and give each its own properties', async () => {
    const rows = await list('/things?$orderby=displayName');
    expect(rows.map((row) => [row['@odata.type'], 'phones' in row, 'description' in row])).toEqual([['#microsoft.graph.person', true, false], ['#microsoft.graph.person', true, false], ['#microsoft.graph.team', false, true]]);
  });
});

describe('properties, references and functions', () => {
  it('are reached by their path', async () => {
    expect((await ask(`/store/shelves/${ids.alpha}/DisplayName`)).body).toEqual({ '@odata.context': expect.any(String), value: 'Alpha' });
    expect(await ask(`/store/shelves/${ids.alpha}/displayName/$value`)).toEqual({ status: 200, headers: { 'content-type': 'text/plain' }, text: 'Alpha' });
    expect(await ask(`/store/shelves/${ids.beta}/description/$value`)).toEqual({ status: 204, headers: {} });
    expect((await ask(`/store/shelves/${ids.alpha}/nameLength`)).body).toMatchObject({ value: 5 });
    expect((await ask(`/people/${ids.ann}/color/name`)).body).toMatchObject({ value: 'Red' });
    expect((await ask(`/people/${ids.ann}/phones`)).body).toMatchObject({ value: ['1'] });
    expect((await ask(`/people/${ids.bob}/phones`)).body).toMatchObject({ value: [] });
    for (const path of [`/people/${ids.ann}/color/none`, `/people/${ids.ann}/color/toString`, `/people/${ids.ann}/displayName/x`, `/store/shelves/${ids.alpha}/secret`]) expect([path, (await ask(path)).status]).toEqual([path, 404]);
  });

  it('are listed as references', async () => {
    expect((await ask(`/teams/${ids.crew}/members/$ref?$orderby=displayName`)).body).toEqual({ '@odata.context': expect.stringContaining('Collection($ref)'), value: [{ '@odata.id': `https://house.example/v1.0/things/${ids.ann}` }, { '@odata.id': `https://house.example/v1.0/things/${ids.bob}` }] });
    expect((await ask(`/people/${ids.bob}/manager/$ref`)).body).toMatchObject({ '@odata.id': `https://house.example/v1.0/things/${ids.ann}` });
  });

  it('take typed arguments', async () => {
    expect(await names("/store/shelves/named(part='lph')")).toEqual(['Alpha']);
    expect(await names("/store/shelves/Microsoft.Graph.Named(PART=@p)?@p='eta'")).toEqual(['Beta']);
    expect(await names("/store/shelves/named(part='a',isOpen=true)")).toEqual([]);
    expect((await names("/store/shelves/named(part='a',isOpen=false,least=5)")).toSorted()).toEqual(['Alpha']);
    expect(await ask("/store/shelves/named(part='lph')/$count")).toMatchObject({ text: '1' });
    for (const path of ["/store/shelves/named(part='a',other=1)", '/store/shelves/named()', "/store/shelves/named(part=@p)", "/store/shelves/named(part='a',least='x')"]) expect([path, (await ask(path)).status]).toEqual([path, 400]);
    expect((await ask('/store/shelves/newest')).status).toBe(404);
    expect((await ask('/store/shelves/newest', beta)).status).toBe(200);
    expect((await ask(`/store/shelves/named(part='a')/${ids.alpha}`)).status).toBe(404);
    expect((await ask(`/store/shelves/${ids.alpha}/rename`)).status).toBe(405);
  });
});

describe('$select and $expand', () => {
  it('choose properties, by the words of either vocabulary', async () => {
    expect(await list(`/store/shelves?$select=DISPLAYNAME,nameLength&$filter=displayName eq 'Beta'`)).toEqual([{ id: ids.beta, displayName: 'Beta', nameLength: 4 }]);
    expect(await list(`/store/betaShelves?$select=shelfStatus&$filter=displayName eq 'Beta'`, beta)).toEqual([{ id: ids.beta, shelfStatus: 'Open' }]);
    expect(Object.keys((await list('/store/shelves?$select=*'))[0] ?? {})).not.toContain('nameLength');
    expect((await list('/things?$select=phones,displayName&$orderby=displayName'))[0]).toMatchObject({ displayName: 'Ann', phones: ['1'] });
    expect((await ask(`/store/shelves/${ids.alpha}?$select=displayName`)).body).toEqual({ '@odata.context': expect.any(String), id: ids.alpha, displayName: 'Alpha' });
    for (const word of ['nothing', 'secret', 'constructor', '__proto__']) expect((await ask(`/store/shelves?$select=${word}`)).status).toBe(400);
  });

  it('nest', async () => {
    const [shelf] = await list(`/store/shelves?$filter=displayName eq 'alpha'&$select=id&$expand=boxes($select=displayName;$filter=displayName ne 'three';$orderby=displayName desc;$top=2;$expand=shelf($select=displayName;$expand=boxes($top=1;$orderby=displayName;$select=id)),slots($select=id))`);
    expect(shelf).toEqual({
      id: ids.alpha,
      boxes: [
        { id: ids.one, displayName: 'One', shelf: { id: ids.alpha, displayName: 'Alpha', boxes: [expect.objectContaining({})], 'boxes@odata.nextLink': expect.any(String) }, slots: [{ id: ids.slot }] },
        { id: ids.two, displayName: 'hidden Two', shelf: { id: ids.alpha, displayName: 'Alpha', boxes: [expect.objectContaining({})], 'boxes@odata.nextLink': expect.any(String) }, slots: [] },
      ],
    });
  });

  it('lead on to the rest, with the same options', async () => {
    const { body } = await ask(`/store/shelves(code='a%2Fb c')?$expand=boxes($select=displayName;$filter=contains(displayName,'e');$orderby=displayName desc;$top=1)`);
    expect(body?.['boxes']).toMatchObject([{ displayName: 'Three' }]);
    const next = await ask(followed(body?.['boxes@odata.nextLink']));
    expect(next).toMatchObject({ status: 200, body: { value: [{ displayName: 'One' }] } });
    const last = await ask(followed(next.body?.['@odata.nextLink']));
    expect(last.body?.['value']).toEqual([{ id: ids.two, displayName: 'hidden Two' }]);
    expect(last.body).not.toHaveProperty('@odata.nextLink');
  });

  it('lead on from functions, navigations to one, singletons and beta', async () => {
    const lead = (row: unknown): unknown => (isRecord(row) ? row['boxes@odata.nextLink'] : undefined);
    const links = [
      lead((await list("/store/shelves/named(part='lpha')?$expand=boxes($top=1)"))[0]), lead((await ask(`/store/boxes/${ids.one}/shelf?$expand=boxes($top=1)`)).body),
      lead((await list(`/store/boxes?$filter=displayName eq 'One'&$expand=shelf($expand=boxes($top=1))`))[0]?.['shelf']), lead((await list('/store/shelves/?$filter=code ne null&$expand=boxes($top=1)'))[0]),
    ];
    for (const link of links) expect([link, (await list(followed(link))).length]).toEqual([link, 1]);
    const inBeta = await list('/store/betaShelves?$filter=code ne null&$expand=shelfBoxes($top=1)', beta);
    expect(await list(followed(inBeta[0]?.['shelfBoxes@odata.nextLink']), beta)).toHaveLength(1);
  });

  it('expand references, casts and everything', async () => {
    expect((await ask(`/people/${ids.bob}?$expand=manager/$ref`)).body?.['manager']).toEqual({ '@odata.id': `https://house.example/v1.0/people/${ids.bob}/manager` });
    expect((await list('/things?$expand=microsoft.graph.team/members($select=displayName)&$orderby=displayName')).map((row) => Array.isArray(row['members']))).toEqual([false, false, true]);
    expect((await ask(`/teams/${ids.crew}?$expand=members/microsoft.graph.team`)).body?.['members']).toEqual([]);
    expect(Object.keys((await ask(`/people/${ids.bob}?$expand=*`)).body ?? {})).toEqual(expect.arrayContaining(['manager', 'reports', 'teams']));
  });

  it.each(['nothing', 'displayName', 'boxes/shelf', 'constructor', 'boxes/microsoft.graph.person', 'microsoft.graph.person/manager', '*($expand=*($expand=*($expand=*($expand=*($expand=*)))))', 'boxes($expand=shelf($expand=boxes($expand=shelf($expand=boxes($expand=shelf)))))', 'boxes($select=none)', 'boxes($filter=none eq 1)', 'boxes($orderby=none)'])('refuse %s', async (expand) => {
    expect([expand, (await ask(`/store/shelves?$top=999&$expand=${expand}`)).status]).toEqual([expand, 400]);
    expect(client.bugs).toEqual([]);
  });
});

it('answers HEAD like GET and refuses what it does not know', async () => {
  expect(await ask('/store/shelves', { method: 'HEAD' })).toMatchObject({ status: 200 });
  expect(await ask('/store/shelves', { method: 'OPTIONS' })).toMatchObject({ status: 405 });
  expect(await ask('/store/shelves', { method: 'DELETE' })).toMatchObject({ status: 405 });
  expect(await ask(`/store/shelves/${ids.alpha}?$filter=isOpen`)).toMatchObject({ status: 400 });
  await sql`select 1`.execute(database.db);
  expect(client.bugs).toEqual([]);
});
