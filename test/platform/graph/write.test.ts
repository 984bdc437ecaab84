/** Writes: which command runs, with what input, and what is answered. */
import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../src/platform/ids.ts';
import { testDatabase } from '../../support/database.ts';
import { addBox, addManager, addMember, addPerson, addShelf, addSlot, addTeam, callerWith, clientOf, type Ask } from './fixture.ts';

const database = await testDatabase();
const client = clientOf(database.db);
const { ask, names } = client;
const post = async (path: string, body?: unknown, how: Ask = {}): ReturnType<typeof ask> => ask(path, { method: 'POST', body, ...how });
const patch = async (path: string, body?: unknown, how: Ask = {}): ReturnType<typeof ask> => ask(path, { method: 'PATCH', body, ...how });
let shelf = '', hidden = '', ann = '', bob = '', crew = '';

beforeAll(async () => {
  const { db } = database;
  shelf = await addShelf(db, 'Shelf', { description: 'old', unique_name: 'known' });
  hidden = await addShelf(db, 'hidden', {});
  ann = await addPerson(db, 'Ann');
  bob = await addPerson(db, 'Bob');
  crew = await addTeam(db, 'Crew');
});

describe('create', () => {
  it('answers what was made, and where it is', async () => {
    const { status, headers, body } = await post('/store/shelves/', { displayName: 'Made', KIND: 'ServiceDefault', id: newId(), createdDateTime: 'ignored', '@odata.context': 'x', 'displayName@odata.type': 'String' });
    expect([status, body]).toMatchObject([201, { displayName: 'Made', kind: 'serviceDefault', state: 'published', isOpen: false }]);
    expect(headers['location']).toBe(`https://house.example/v1.0/store/shelves/${String(body?.['id'])}`);
    expect(body?.['@odata.context']).toBe('https://house.example/v1.0/$metadata#store/shelves/$entity');
  });

  it("takes and answers beta's words, and expansions", async () => {
    const made = await post('/store/betaShelves?$expand=shelfBoxes&$select=shelfStatus', { displayName: 'In beta', shelfStatus: 'Open' }, { version: 'beta' });
    expect(made).toMatchObject({ status: 201, body: { shelfStatus: 'Open', shelfBoxes: [] } });
  });

  it('answers nothing but the address when asked to', async () => {
    const made = await post('/store/shelves', { displayName: 'Terse' }, { headers: { prefer: 'return=minimal' } });
    expect(made).toMatchObject({ status: 204, headers: { location: expect.stringContaining('/store/shelves/'), 'odata-entityid': expect.any(String) } });
    expect(made.body).toBeUndefined();
  });

  it('shows it even to a maker who may not see such things', async () => {
    expect(await post('/store/shelves', { displayName: 'hidden from me' }, { caller: callerWith('Some') })).toMatchObject({ status: 201, body: { displayName: 'hidden from me' } });
  });

  it.each<[string, unknown, string]>([
    ['no body', undefined, 'body'], ['a list', [], 'body'], ['text', 'x', 'body'], ['null', null, 'body'], ['no name', {}, 'displayName'], ['a null name', { displayName: null }, 'displayName'], ['a number', { displayName: 1 }, 'displayName'],
    ['a long name', { displayName: 'x'.repeat(257) }, 'displayName'], ['NUL', { displayName: 'a\u0000' }, 'displayName'], ['half a character', { displayName: '\ud800' }, 'displayName'], ['an unknown word', { displayName: 'x', kind: 'other' }, 'kind'],
    ['an unknown property', { displayName: 'x', color: 1 }, 'color'], ['a prototype name', { displayName: 'x', constructor: 1 }, 'constructor'], ['a read-only enum word', { displayName: 'x', kind: 'toString' }, 'kind'], ['a text flag', { displayName: 'x', isOpen: 'true' }, 'isOpen'],
    ['another type', { displayName: 'x', '@odata.type': '#microsoft.graph.box' }, '@odata.type'], ['a bad child', { displayName: 'x', boxes: [{ displayName: 'y' }, { displayName: 1 }] }, 'boxes[1]/displayName'],
  ])('refuses %s', async (_, body, field) => {
    expect(await post('/store/shelves', body)).toMatchObject({ status: 400, body: { error: { target: field } } });
  });

  it('goes through a navigation, whose other end it sets', async () => {
    const made = await post(`/store/shelves/${shelf}/boxes?$expand=shelf`, { displayName: 'Boxed' });
    expect(made).toMatchObject({ status: 201, body: { displayName: 'Boxed', shelf: { id: shelf } } });
    expect(await names(`/store/shelves/${shelf}/boxes`)).toEqual(['Boxed']);
    expect((await post('/store/boxes', { displayName: 'Bound', 'shelf@odata.bind': `https://elsewhere/v1.0/shelves('${shelf}')` })).status).toBe(201);
    expect((await post('/store/boxes', { displayName: 'Bound', shelf: { id: 'x' } })).body).toMatchObject({ error: { target: 'shelf/id' } });
    expect((await post(`/store/shelves/${newId()}/boxes`, { displayName: 'Lost' })).status).toBe(404);
    expect((await post(`/store/shelves/${hidden}/boxes`, { displayName: 'Lost' }, { caller: callerWith('Some') })).status).toBe(404);
    expect((await post(`/store/shelves/${shelf}/boxes`, { displayName: 'Lost' }, { caller: callerWith('None') })).status).toBe(403);
  });

  it('makes the type that the body names', async () => {
    expect(await post('/things', { '@odata.type': '#microsoft.graph.team', displayName: 'By body', 'members@odata.bind': [`https://h/v1.0/people/${ann}`] })).toMatchObject({ status: 201, body: { '@odata.type': '#microsoft.graph.team' } });
    expect(await post('/things/microsoft.graph.team', { displayName: 'By cast' })).toMatchObject({ status: 201 });
    expect(await post('/things', { displayName: 'By nothing' })).toMatchObject({ status: 405 });
    expect(await post('/people', { displayName: 'x', userPrincipalName: 'x@y' })).toMatchObject({ status: 405 });
    expect(await post('/people')).toMatchObject({ status: 405 });
    expect(await post(`/store/boxes/${newId()}/shelf`, {})).toMatchObject({ status: 405 });
    expect(await post("/store/shelves/named(part='x')", { displayName: 'x' })).toMatchObject({ status: 405 });
  });

  it('keeps nothing when the database refuses', async () => {
    const twice = await post('/store/shelves', { displayName: 'Second', code: 'known' });
    expect(twice).toMatchObject({ status: 409, body: { error: { code: 'Conflict' } } });
    expect(await names("/store/shelves?$filter=displayName eq 'Second'")).toEqual([]);
    client.bugs.length = 0;
  });
});

describe('change', () => {
  it('takes what is fixed when it says the same, and not otherwise', async () => {
    const shelf = await addShelf(database.db, 'Fixed', {});
    const box = await addBox(database.db, shelf, { display_name: 'Fixed too', unique_name: `mine ${shelf}` });
    expect(await patch(`/store/boxes/${box}`, { uniqueName: `mine ${shelf}`, description: 'x' })).toMatchObject({ status: 204 });
    expect(await patch(`/store/boxes/${box}`, { uniqueName: 'other', description: 'y' })).toMatchObject({ status: 400, body: { error: { target: 'uniqueName' } } });
    expect(await patch(`/store/boxes/${box}`, { uniqueName: null })).toMatchObject({ status: 400 });
    expect((await ask(`/store/boxes/${box}`)).body).toMatchObject({ description: 'x', uniqueName: `mine ${shelf}` });
  });

  it('PATCHes, PUTs and DELETEs', async () => {
    expect(await patch(`/store/shelves/${shelf}`, { isOpen: true })).toMatchObject({ status: 200, body: { isOpen: true, description: 'old' } });
    expect(await patch("/store/shelves(code='known')", { isOpen: false }, { headers: { prefer: 'return=minimal' } })).toEqual({ status: 204, headers: {} });
    expect(await ask(`/store/shelves/${shelf}`, { method: 'PUT', body: { displayName: 'Replaced' } })).toMatchObject({ status: 200, body: { displayName: 'Replaced', description: null, isOpen: false } });
    expect(await ask(`/store/shelves/${shelf}`, { method: 'PUT', body: {} })).toMatchObject({ status: 400, body: { error: { target: 'displayName' } } });
    const gone = await addShelf(database.db, 'Going');
    expect(await ask(`/store/shelves/${gone}`, { method: 'DELETE' })).toEqual({ status: 204, headers: {} });
    expect((await ask(`/store/shelves/${gone}`, { method: 'DELETE' })).status).toBe(404);
  });

  it('does not know what the caller does not see', async () => {
    expect((await patch(`/store/shelves/${hidden}`, { isOpen: true }, { caller: callerWith('Some') })).status).toBe(404);
    expect((await patch(`/store/shelves/${newId()}`, { isOpen: true })).status).toBe(404);
    expect((await patch(`/store/shelves/${shelf}`, { isOpen: true }, { caller: callerWith('None') })).status).toBe(403);
  });

  it('runs the command of what the object really is', async () => {
    expect(await patch(`/things/${ann}`, { userPrincipalName: 'ann@example.com' })).toMatchObject({ status: 200, body: { '@odata.type': '#microsoft.graph.person' } });
    expect(await patch(`/things/${crew}`, {})).toMatchObject({ body: { '@odata.type': '#microsoft.graph.team', description: 'changed as a team' } });
    const said = await sql<{ description: string }>`select description from directory_objects where id = ${ann}::uuid`.execute(database.db);
    expect(said.rows).toEqual([{ description: 'changed as a person' }]);
    expect(await patch(`/things/${crew}`, { userPrincipalName: 'x' })).toMatchObject({ status: 400 });
    expect(await patch(`/things/${crew}/microsoft.graph.person`, {})).toMatchObject({ status: 404 });
  });

  it('reaches through navigations to one', async () => {
    const box = await addBox(database.db, shelf, { display_name: 'Inner' });
    expect(await patch(`/store/boxes/${box}/shelf`, { description: 'from below' })).toMatchObject({ status: 200, body: { id: shelf, description: 'from below' } });
    expect(await patch(`/store/shelves/${shelf}/boxes/${box}`, { description: 'x' })).toEqual({ status: 204, headers: {} });
    expect((await patch(`/store/shelves/${hidden}/boxes/${box}`, { description: 'x' })).status).toBe(404);
  });

  it('is refused where nothing can be changed', async () => {
    const box = await addBox(database.db, shelf, { display_name: 'Fixed' });
    const slot = await addSlot(database.db, { shelf, box, object: crew });
    for (const method of ['PATCH', 'PUT', 'DELETE']) {
      expect([method, (await ask('/store/shelves', { method, body: {} })).status]).toEqual([method, 405]);
      expect([method, (await ask(`/store/boxes/${box}/slots/${slot}`, { method, body: {} })).status]).toEqual([method, 405]);
      expect([method, (await ask(`/store/shelves/${shelf}/displayName`, { method, body: {} })).status]).toEqual([method, 405]);
      expect([method, (await ask('/store/shelves/$count', { method, body: {} })).status]).toEqual([method, 405]);
    }
    expect((await ask(`/store/boxes/${box}`, { method: 'DELETE' })).status).toBe(405);
    expect((await post(`/store/shelves/${shelf}`, {})).status).toBe(405);
    expect(await ask('/me', { method: 'PATCH', body: {}, caller: { ...callerWith('All'), principalId: ann } })).toMatchObject({ status: 200 });
  });

  it('makes what an alternate key does not find, when asked to', async () => {
    const how = { headers: { prefer: 'create-if-missing' } };
    expect((await patch("/store/shelves(code='fresh')", { displayName: 'Fresh' })).status).toBe(404);
    expect(await patch("/store/shelves(code='fresh')", { displayName: 'Fresh' }, how)).toMatchObject({ status: 201, body: { code: 'fresh', displayName: 'Fresh' } });
    expect(await patch("/store/shelves(code='fresh')", { description: 'again' }, how)).toMatchObject({ status: 200, body: { displayName: 'Fresh', description: 'again' } });
    expect((await patch("/store/shelves(code='more')", {}, how)).body).toMatchObject({ error: { target: 'displayName' } });
    expect((await patch(`/store/shelves/${newId()}`, { displayName: 'x' }, how)).status).toBe(404);
  });
});

describe('actions', () => {
  it('run bound to what they are called on', async () => {
    expect(await post(`/store/shelves/${shelf}/Microsoft.Graph.Rename`, { DISPLAYNAME: 'Renamed' })).toMatchObject({ status: 200, body: { displayName: 'Renamed', '@odata.type': '#microsoft.graph.shelf' } });
    expect(await post(`/store/shelves/${shelf}/tell`, {})).toMatchObject({ status: 200, body: { id: shelf, body: {} } });
    expect(await post('/store/shelves/purge')).toEqual({ status: 202, headers: {} });
    expect(await post(`/store/shelves/${shelf}/rename`, {})).toMatchObject({ status: 400, body: { error: { target: 'displayName' } } });
    expect(await post(`/store/shelves/${shelf}/rename`, { displayName: 'x', other: 1 })).toMatchObject({ status: 400 });
    expect(await post(`/store/shelves/${shelf}/rename`, [])).toMatchObject({ status: 400 });
    expect((await post(`/store/shelves/${newId()}/rename`, { displayName: 'x' })).status).toBe(404);
    expect((await post(`/store/shelves/${hidden}/rename`, { displayName: 'x' }, { caller: callerWith('Some') })).status).toBe(404);
    expect((await patch(`/store/shelves/${shelf}/rename`, { displayName: 'x' })).status).toBe(405);
    expect((await post(`/store/shelves/${shelf}/rename/more`, {})).status).toBe(404);
  });

  it('know their ancestors', async () => {
    const box = await addBox(database.db, shelf, { display_name: 'Ancestor' });
    expect((await post(`/store/boxes/${box}/shelf/tell`)).body?.['ancestors']).toEqual([{ type: 'box', id: box, navigation: 'shelf' }]);
  });

  it('leave nothing behind when they refuse', async () => {
    expect(await post(`/store/shelves/${shelf}/failLate`)).toMatchObject({ status: 409, body: { error: { message: 'Too late.' } } });
    expect((await ask(`/store/shelves/${shelf}/displayName`)).body?.['value']).toBe('Renamed');
  });
});

describe('$ref', () => {
  const reference = (id: string): unknown => ({ '@odata.id': `https://graph.example/v1.0/directoryObjects/${id}` });

  it('adds and removes members', async () => {
    expect(await post(`/teams/${crew}/members/$ref`, reference(ann))).toEqual({ status: 204, headers: {} });
    await addMember(database.db, crew, bob);
    expect((await names(`/teams/${crew}/members`)).toSorted()).toEqual(['Ann', 'Bob']);
    expect((await ask(`/things/${crew}/microsoft.graph.team/members/${ann}/$ref`, { method: 'DELETE' })).status).toBe(204);
    expect((await ask(`/teams/${crew}/members/$ref?@id=${encodeURIComponent(`https://h/v1.0/users/${bob}`)}`, { method: 'DELETE' })).status).toBe(204);
    expect(await names(`/teams/${crew}/members`)).toEqual([]);
  });

  it('sets what leads to one', async () => {
    expect(await ask(`/people/${bob}/manager/$ref`, { method: 'PUT', body: reference(ann) })).toEqual({ status: 204, headers: {} });
    expect((await ask(`/people/${bob}/manager/displayName`)).body?.['value']).toBe('Ann');
    expect(await post(`/people/${bob}/manager/$ref`, reference(ann))).toMatchObject({ status: 405 });
    expect(await ask(`/people/${bob}/manager/$ref`, { method: 'DELETE' })).toMatchObject({ status: 405 });
  });

  it('is refused where there is none', async () => {
    expect((await post(`/teams/${crew}/members/$ref`, {})).status).toBe(400);
    expect((await post(`/teams/${crew}/members/$ref`, reference('x'))).status).toBe(400);
    expect((await post(`/teams/${crew}/members/$ref`)).status).toBe(400);
    expect((await ask(`/teams/${crew}/members/$ref`, { method: 'DELETE' })).status).toBe(400);
    expect((await post(`/teams/${newId()}/members/$ref`, reference(ann))).status).toBe(404);
    expect((await post(`/people/${ann}/reports/$ref`, reference(bob))).status).toBe(405);
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expect([method, (await ask('/store/shelves/$ref', { method, body: reference(ann) })).status]).toEqual([method, 405]);
      expect([method, (await ask(`/store/shelves/${shelf}/$ref`, { method, body: reference(ann) })).status]).toEqual([method, 405]);
    }
    await addManager(database.db, ann, crew);
    expect(client.bugs).toEqual([]);
  });
});
