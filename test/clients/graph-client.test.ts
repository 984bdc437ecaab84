/** What the stories do not do with Microsoft's Graph client for JavaScript: batches, single values, advanced queries, changes, raw answers. */
import { BatchRequestContent, BatchResponseContent, GraphError, PageIterator, ResponseType } from '@microsoft/microsoft-graph-client';
import { describe, expect, it } from 'vitest';
import { createPerson } from '../../cli/client/organisation.ts';
import { entityOf, type Entity } from '../../cli/client/graph.ts';
import { isRecord, numberAt, recordsAt, textAt, type JsonRecord } from '../../src/kernel/json.ts';
import { newId } from '../../src/platform/ids.ts';
import { createGroup } from '../support/access.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
const { graph } = server;
const { client } = graph;
const recordFrom = (answer: unknown): JsonRecord => (isRecord(answer) ? answer : {});
const get = async (path: string): Promise<JsonRecord> => recordFrom(await client.api(path).get() as unknown);

describe('a batch', () => {
  it('runs its steps one behind the other, each with an answer of its own', async () => {
    const group = await createGroup(graph, 'Batched');
    const url = `${graph.base}/v1.0/groups/${group.id}`;
    const content = new BatchRequestContent([
      { id: '1', request: new Request(url, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ description: 'by batch' }) }) },
      { id: '2', request: new Request(`${url}?$select=description`), dependsOn: ['1'] }, { id: '3', request: new Request(`${graph.base}/v1.0/groups/${newId()}`), dependsOn: ['2'] },
      { id: '4', request: new Request(url, { method: 'DELETE' }), dependsOn: ['3'] },
    ]);
    const answered: unknown = await client.api('/$batch').post(await content.getContent());
    const responses = new BatchResponseContent(Object.assign({ responses: [] }, answered));
    const statuses = ['1', '2', '3', '4'].map((id) => responses.getResponseById(id).status);
    expect(statuses).toEqual([204, 200, 404, 424]);
    expect(await responses.getResponseById('2').json()).toMatchObject({ description: 'by batch' });
    expect(responses.getResponseById('2').headers.get('content-type')).toMatch(/^application\/json/);
  });
});

describe('a single value', () => {
  it('comes as JSON, and raw as text', async () => {
    const { id } = await createPerson(graph, 'Val', server.domain);
    expect((await get(`/users/${id}/displayName`))['value']).toBe('Val');
    expect(await client.api(`/users/${id}/displayName/$value`).responseType(ResponseType.TEXT).get() as unknown).toBe('Val');
    const raw: unknown = await client.api(`/users/${id}`).responseType(ResponseType.RAW).get();
    expect(raw instanceof Response && [raw.status, raw.headers.get('odata-version'), raw.headers.get('cache-control')]).toEqual([200, '4.0', 'no-store']);
  });

  it('of a count is a number', async () => {
    const total: unknown = await client.api('/users/$count').header('ConsistencyLevel', 'eventual').get();
    expect(Number(total)).toBe((await graph.list('/users?$select=id')).length);
  });
});

describe('an advanced query', () => {
  it('searches, counts and orders with the words of the client', async () => {
    for (const name of ['Quinn North', 'Quinn South', 'Robin North']) await createPerson(graph, name, server.domain);
    const answer = recordFrom(await client.api('/users').header('ConsistencyLevel', 'eventual').count(true).search('"displayName:Quinn"').orderby('displayName desc').select(['id', 'displayName']).top(1).get() as unknown);
    expect([numberAt(answer, '@odata.count'), recordsAt(answer, 'value').map((one) => textAt(one, 'displayName')), textAt(answer, '@odata.nextLink')]).toEqual([2, ['Quinn South'], expect.stringContaining('$skiptoken=')]);
    const filtered = recordFrom(await client.api('/users').header('ConsistencyLevel', 'eventual').query({ $count: 'true' }).filter("endswith(displayName,'North') and not startswith(displayName,'Robin')").get() as unknown);
    expect([numberAt(filtered, '@odata.count'), recordsAt(filtered, 'value').map((one) => textAt(one, 'displayName'))]).toEqual([1, ['Quinn North']]);
  });
});

describe('pages', () => {
  it('are turned with headers kept, paused and resumed', async () => {
    for (let number = 0; number < 5; number += 1) await createGroup(graph, `Page ${number}`);
    const first = recordFrom(await client.api('/groups').filter("startswith(displayName,'Page ')").orderby('displayName').top(2).get() as unknown);
    const names: string[] = [];
    const iterator = new PageIterator(client, Object.assign({ value: [] }, first), (one: unknown) => names.push(textAt(recordFrom(one), 'displayName') ?? '') !== 3, { headers: { ConsistencyLevel: 'eventual' } });
    await iterator.iterate();
    expect([names, iterator.isComplete()]).toEqual([['Page 0', 'Page 1', 'Page 2'], false]);
    await iterator.resume();
    expect([names.length, new Set(names).size, iterator.isComplete()]).toEqual([5, 5, true]);
  });
});

describe('changes', () => {
  /** Follows a delta to its end with the client's iterator. */
  async function follow(path: string): Promise<{ readonly found: readonly Entity[]; readonly link: string }> {
    const found: Entity[] = [];
    const first = await get(path);
    const iterator = new PageIterator(client, Object.assign({ value: [] }, first), (one: unknown) => found.push(entityOf(recordFrom(one))) > 0);
    await iterator.iterate();
    return { found, link: iterator.getDeltaLink() ?? expect.unreachable('no delta link') };
  }

  it('are told since the link of the last time: made, renamed, gone', async () => {
    const [kept, gone] = [await createGroup(graph, 'Kept'), await createGroup(graph, 'Gone')];
    const before = await follow('/groups/delta?$select=displayName');
    expect(before.found.map(({ id }) => id)).toEqual(expect.arrayContaining([kept.id, gone.id]));
    expect((await follow(before.link)).found).toEqual([]);
    await graph.must('PATCH', `/groups/${kept.id}`, { displayName: 'Kept on' });
    await graph.must('DELETE', `/groups/${gone.id}`);
    const made = await createGroup(graph, 'Made');
    const { found } = await follow(before.link);
    const byId = new Map(found.map((one) => [one.id, one]));
    expect([byId.get(kept.id)?.['displayName'], byId.get(made.id)?.['displayName'], byId.get(gone.id)?.['@removed']]).toEqual(['Kept on', 'Made', { reason: expect.any(String) as string }]);
  });
});

describe('a refusal', () => {
  it('is a GraphError with its code, its id and its time', async () => {
    const refused: unknown = await client.api(`/users/${newId()}`).headers({ 'client-request-id': 'abc-123' }).get().then(() => undefined, (error: unknown) => error);
    if (!(refused instanceof GraphError)) throw new Error('it was not refused with a GraphError');
    expect([refused.statusCode, refused.code, refused.requestId]).toEqual([404, 'Request_ResourceNotFound', expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(refused.date).toBeInstanceOf(Date);
    expect(JSON.stringify(refused.body)).toContain('abc-123');
  });
});
