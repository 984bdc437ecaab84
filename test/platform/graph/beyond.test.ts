/** What Graph has no name for: roots of its own under `/gatehouse/v1`, and operations that are bound to nothing, by the conventions of the rest. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRecord, recordsAt, type JsonRecord } from '../../../src/kernel/json.ts';
import { newId } from '../../../src/platform/ids.ts';
import { metadataDocument } from '../../../src/platform/graph/describe/metadata.ts';
import { operationsOf } from '../../../src/platform/graph/describe/surface.ts';
import { mountGraph } from '../../../src/platform/graph/door.ts';
import { buildRegistry } from '../../../src/platform/graph/registry.ts';
import { withoutPrefix } from '../../../src/platform/graph/version.ts';
import { createHttpServer } from '../../../src/platform/http/server.ts';
import { createLog } from '../../../src/platform/log/log.ts';
import { testDatabase } from '../../support/database.ts';
import { declaration } from './declaration.ts';
import { addBox, addPerson, addShelf, callerWith, clientOf } from './fixture.ts';

const database = await testDatabase();
const client = clientOf(database.db);
const { ask, names } = client;
const own = { version: 'gatehouse' } as const;
const ids = { open: '', box: '' };

beforeAll(async () => {
  ids.open = await addShelf(database.db, 'Open', { is_externally_visible: true, created_by: 'me' });
  await addShelf(database.db, 'Shut');
  ids.box = await addBox(database.db, ids.open, { display_name: 'One' });
  await addPerson(database.db, 'Caller', { id: callerWith().principalId });
});

describe('a root of our own', () => {
  it('is there, with all query options, and nowhere else', async () => {
    expect(await names('/opened?$filter=startswith(displayName,\'O\')&$orderby=displayName&$expand=boxes', own)).toEqual(['Open']);
    expect((await ask('/opened/$count', own)).text).toBe('1');
    for (const version of ['v1.0', 'beta'] as const) expect((await ask('/opened', { version })).status).toBe(404);
  });

  it.each(['/store/shelves', '/store/betaShelves', '/store/new', '/people', '/me', '/first', '/nowhere'])('stands apart from Graph\'s: %s', async (path) => {
    expect((await ask(path, own))).toMatchObject({ status: 404, body: { error: { code: 'Request_ResourceNotFound' } } });
  });

  it('may have the path of one of Graph\'s', async () => {
    expect(await names('/store/boxes', own)).toEqual(['One']);
    expect(await names('/store/boxes')).toEqual(['One']);
  });

  it('is worded as v1.0 is, with addresses of its own', async () => {
    const { body } = await ask(`/opened/${ids.open}`, own);
    const inGraph = await ask(`/store/shelves/${ids.open}`);
    expect({ ...body, '@odata.context': '' }).toEqual({ ...inGraph.body, '@odata.context': '' });
    expect(body?.['@odata.context']).toBe('https://house.example/gatehouse/v1/$metadata#opened/$entity');
    expect((await ask('/opened?$top=1&$skip=0&$count=true', own)).body).toMatchObject({ '@odata.count': 1 });
  });

  it('pages by links that lead back to it', async () => {
    await addBox(database.db, ids.open, { display_name: 'Two' });
    expect((await ask('/store/boxes?$top=1', own)).body?.['@odata.nextLink']).toMatch(/^https:\/\/house\.example\/gatehouse\/v1\/store\/boxes\?\$top=1&\$skiptoken=/);
  });
});

describe('references', () => {
  it('name what they mean by their own prefix, else as the path would', () => {
    expect(withoutPrefix('https://h/GateHouse/V1/opened/1')).toEqual({ version: 'gatehouse', path: '/opened/1' });
    expect(withoutPrefix('/beta/users/1')).toEqual({ version: 'beta', path: '/users/1' });
    expect(withoutPrefix('users/1')).toEqual({ version: undefined, path: '/users/1' });
    expect(withoutPrefix('/v1.0x/users')).toEqual({ version: undefined, path: '/v1.0x/users' });
  });

  it('to what has no root here lead to Graph', async () => {
    expect((await ask(`/opened/${ids.open}/boxes/$ref`, own)).body).toMatchObject({ value: [{ '@odata.id': expect.stringMatching(/^https:\/\/house\.example\/gatehouse\/v1\/store\/boxes\//) }, {}] });
    expect((await ask(`/store/boxes/${ids.box}/shelf/$ref`, own)).body).toMatchObject({ '@odata.id': `https://house.example/gatehouse/v1/opened/${ids.open}`.replace('gatehouse/v1/opened', 'v1.0/store/shelves') });
  });
});

const given = (body: unknown): unknown => (isRecord(body) ? JSON.parse(String(body['given'])) : undefined);

describe('a function that is bound to nothing', () => {
  it('is chosen by what it is given', async () => {
    expect(given((await ask(`/where(boxId='${ids.box}')`, own)).body)).toEqual({ boxId: ids.box });
    expect(given((await ask(`/Where(BOXID=@b,near='x')?@b='${ids.box}'`, own)).body)).toEqual({ boxId: ids.box, near: 'x' });
    expect(given((await ask(`/where(shelfId='${ids.open}',row=3)`, own)).body)).toEqual({ shelfId: ids.open, row: 3 });
    expect((await ask(`/where(shelfId='${ids.open}',row=3)`, own)).body?.['@odata.context']).toBe('https://house.example/gatehouse/v1/$metadata#value');
  });

  it.each(['/where', '/where()', "/where(shelfId='x')", "/where(near='x')", "/where(boxId='x',row=3)", "/where('x')"])('says what it takes: %s', async (path) => {
    expect(await ask(path, own)).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining('where(boxId, near?), or where(shelfId, row)') } } });
  });

  it('checks what it is given', async () => {
    expect(await ask("/where(boxId='x')", own)).toMatchObject({ status: 400, body: { error: { target: 'boxId' } } });
    expect(await ask("/where(shelfId='x',row='many')", own)).toMatchObject({ status: 400 });
  });

  it('answers an entity where it says so, in Graph too', async () => {
    expect(await ask('/first')).toMatchObject({ status: 200, body: { id: callerWith().principalId, displayName: 'Caller' } });
    expect(await ask('/first()', { version: 'beta' })).toMatchObject({ status: 200 });
  });

  it('is only asked, and ends the path', async () => {
    expect(await ask(`/where(boxId='${ids.box}')`, { ...own, method: 'POST', body: {} })).toMatchObject({ status: 405 });
    expect(await ask(`/where(boxId='${ids.box}')/x`, own)).toMatchObject({ status: 404 });
    expect(await ask(`/where(boxId='${ids.box}')`)).toMatchObject({ status: 404 });
  });
});

describe('an action that is bound to nothing', () => {
  it('takes its parameters as a body', async () => {
    expect(given((await ask('/tidy', { ...own, method: 'POST', body: { Hard: true } })).body)).toEqual({ hard: true });
    expect(await ask('/burn', { ...own, method: 'POST' })).toMatchObject({ status: 204 });
  });

  it('refuses what does not fit', async () => {
    expect(await ask('/tidy', { ...own, method: 'POST', body: {} })).toMatchObject({ status: 400, body: { error: { target: 'hard' } } });
    expect(await ask('/tidy', own)).toMatchObject({ status: 405 });
    expect(await ask('/tidy()', { ...own, method: 'POST', body: { hard: true } })).toMatchObject({ status: 404 });
    expect(await ask('/tidy', { method: 'POST', body: { hard: true } })).toMatchObject({ status: 404 });
  });
});

describe('the door', () => {
  const app: FastifyInstance = createHttpServer({ log: createLog({ level: 'silent' }) });
  mountGraph(app, { service: client.service, log: { error: () => {} }, authorizationUri: 'https://house.example/authorize', authenticate: async () => callerWith('All') });
  afterAll(async () => { await app.close(); });

  it('answers HEAD, OPTIONS and $batch as Graph\'s do', async () => {
    expect((await app.inject({ method: 'HEAD', url: '/gatehouse/v1/opened' })).statusCode).toBe(200);
    expect((await app.inject({ method: 'OPTIONS', url: '/gatehouse/v1/x' })).headers['allow']).toBe('GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS');
    const urls = ['/opened', `/gatehouse/v1/where(boxId='${ids.box}')`, '/v1.0/store/shelves', '/store/shelves', `https://h/gatehouse/v1/opened/${newId()}`];
    const batch = await app.inject({ method: 'POST', url: '/gatehouse/v1/$batch', payload: { requests: urls.map((url, index) => ({ id: String(index), method: 'GET', url })) } });
    expect(recordsAt(batch.json<JsonRecord>(), 'responses').map(({ status }) => status)).toEqual([200, 200, 404, 404, 404]);
    expect((await app.inject({ method: 'POST', url: '/v1.0/$batch', payload: { requests: [{ id: '1', method: 'GET', url: '/gatehouse/v1/opened' }] } })).json()).toMatchObject({ responses: [{ status: 404 }] });
  });
});

describe('its description', () => {
  it('tells a function with what it needs, and with all that it takes', () => {
    const operations = operationsOf(client.service.registry, 'gatehouse');
    expect(operations.filter(({ tag }) => ['where', 'tidy', 'burn'].includes(tag)).map(({ method, path, id }) => `${method} ${path} ${id}`)).toEqual([
      "get /where(boxId='{boxId}') where.boxId", "get /where(boxId='{boxId}',near='{near}') where.boxId.near", "get /where(shelfId='{shelfId}',row={row}) where.shelfId.row", 'post /tidy tidy', 'post /burn burn',
    ]);
    expect([...new Set(operations.map(({ tag }) => tag))]).toEqual(['opened', 'store/boxes', 'where', 'tidy', 'burn']);
    expect(operationsOf(client.service.registry, 'v1.0').filter(({ tag }) => ['opened', 'where', 'tidy', 'first'].includes(tag)).map(({ path }) => path)).toEqual(['/first()']);
  });

  it('imports each word once, and says which parameters are optional', () => {
    const csdl = metadataDocument(client.service.registry, 'gatehouse');
    expect(csdl.match(/<FunctionImport Name="where" Function="microsoft.graph.where"\/>/g)).toHaveLength(1);
    expect(csdl).toContain('<ActionImport Name="tidy" Action="microsoft.graph.tidy"/>');
    expect(csdl).toContain('<Function Name="where"><Parameter Name="boxId" Type="Edm.Guid"/><Parameter Name="near" Type="Edm.String"><Annotation Term="Org.OData.Core.V1.OptionalParameter"/></Parameter><ReturnType Type="microsoft.graph.told"/></Function>');
    expect(metadataDocument(client.service.registry, 'v1.0')).not.toContain('Name="tidy"');
  });
});

it('two of one path contradict each other at start', () => {
  const { roots, types } = declaration;
  expect(() => buildRegistry([{ types, roots: [...roots, { path: 'opened', type: 'box', only: 'gatehouse' }] }])).toThrow('path opened is declared twice');
  expect(() => buildRegistry([{ types, roots, actions: [{ path: 'me', run: async () => ({ answer: 'done' }) }] }])).toThrow('path me is declared twice');
  expect(() => buildRegistry([{ types, roots, actions: [{ path: 'a/b', run: async () => ({ answer: 'done' }) }] }])).toThrow('one word');
});
