/** `$batch`: order, dependence, limits, and answers as the parts alone would have. */
import { describe, expect, it } from 'vitest';
import { Problem } from '../../../src/kernel/problem.ts';
import { answerBatch } from '../../../src/platform/graph/batch.ts';
import type { GraphRequest, GraphResponse } from '../../../src/platform/graph/exchange.ts';
import { newId } from '../../../src/platform/ids.ts';
import { testDatabase } from '../../support/database.ts';
import { callerWith, clientOf } from './fixture.ts';

const database = await testDatabase();
const client = clientOf(database.db);

/** Runs a batch; `ran` lists the parts in the order in which they ran. */
async function batch(requests: unknown): Promise<{ readonly answer: GraphResponse; readonly ran: readonly GraphRequest[]; readonly parts: readonly Readonly<Record<string, unknown>>[] }> {
  const ran: GraphRequest[] = [];
  const request: GraphRequest = { method: 'POST', version: 'v1.0', path: '/$batch', query: '', headers: { prefer: 'x' }, body: { requests }, caller: callerWith('All'), requestId: 'outer', clientRequestId: 'client' };
  const answer = await answerBatch(request, async (one) => {
    ran.push(one);
    return client.ask(`${one.path}${one.query === '' ? '' : `?${one.query}`}`, { method: one.method, body: one.body, headers: Object.fromEntries(Object.entries(one.headers).map(([name, value]) => [name, value ?? ''])) });
  }, newId);
  return { answer, ran, parts: Object(answer.body?.['responses']) };
}

const refusal = async (requests: unknown): Promise<unknown> => batch(requests).then(() => 'done', (error: unknown) => (error instanceof Problem ? [error.status, error.target] : error));
const part = (id: string, more: object = {}): object => ({ id, method: 'GET', url: '/store/shelves', ...more });

describe('a batch', () => {
  it('answers each part under its id, in the order of the batch', async () => {
    const { answer, parts } = await batch([
      part('a', { method: 'post', url: '/store/shelves', body: { displayName: 'Batched' }, headers: { 'Content-Type': 'application/json' } }),
      part('b', { url: '/store/shelves/$count?$filter=displayName%20eq%20%27batched%27', dependsOn: ['a'] }), part('c', { url: 'https://graph.microsoft.com/v1.0/store/shelves?$top=1' }),
      part('d', { url: 'nowhere' }), part('e', { method: 'POST', url: '/store/shelves', body: { displayName: 'Terse' }, headers: { PREFER: 'return=minimal' } }),
    ]);
    expect(answer.status).toBe(200);
    expect(parts).toMatchObject([
      { id: 'a', status: 201, headers: { 'Content-Type': 'application/json', location: expect.any(String) }, body: { displayName: 'Batched' } }, { id: 'b', status: 200, body: 1 },
      { id: 'c', status: 200, body: { value: [{}] } }, { id: 'd', status: 404, body: { error: { code: 'Request_ResourceNotFound' } } }, { id: 'e', status: 204 },
    ]);
    expect(parts[4]).not.toHaveProperty('body');
  });

  it('runs parts behind what they depend on, and fails those whose ground has failed', async () => {
    const { ran, parts } = await batch([part('3', { dependsOn: ['2'], url: '/three' }), part('2', { dependsOn: ['1'], url: '/two' }), part('1', { url: '/one' }), part('4', { url: '/store/shelves' })]);
    expect(ran.map((one) => one.path)).toEqual(['/one', '/store/shelves']);
    expect(parts).toMatchObject([{ id: '3', status: 424, body: { error: { code: 'FailedDependency', target: '2' } } }, { id: '2', status: 424, body: { error: { target: '1' } } }, { id: '1', status: 404 }, { id: '4', status: 200 }]);
  });

  it('gives each part ids of its own and only its own headers', async () => {
    const { ran } = await batch([part('1'), part('2', { headers: { 'Client-Request-Id': 'mine', number: 1 } })]);
    expect(new Set(ran.map((one) => one.requestId)).size).toBe(2);
    expect(ran.map((one) => [one.clientRequestId, one.headers])).toEqual([['client', {}], ['mine', { 'client-request-id': 'mine' }]]);
    const odd = await batch([part('a', { headers: { 'client-request-id': 'two\nlines' } })]);
    expect(odd.ran[0]?.clientRequestId).toBe('client');
  });

  it.each<[string, unknown, unknown]>([
    ['a circle', [part('1', { dependsOn: ['2'] }), part('2', { dependsOn: ['1'] })], [400, 'dependsOn']], ['itself', [part('1', { dependsOn: ['1'] })], [400, 'dependsOn']], ['a stranger', [part('1', { dependsOn: ['9'] })], [400, 'dependsOn']],
    ['two of one id', [part('1'), part('1')], [400, 'requests']], ['twenty-one', Array.from({ length: 21 }, (_, index) => part(String(index))), [400, 'requests']], ['no list', undefined, [400, 'requests']],
    ['a part that is none', [1], [400, 'requests[0]']], ['a part without url', [{ id: '1', method: 'GET' }], [400, 'requests[0]/url']], ['a part without id', [{ url: '/x', method: 'GET' }], [400, 'requests[0]/id']],
  ])('refuses %s', async (_, requests, expected) => {
    expect(await refusal(requests)).toEqual(expected);
  });

  it('takes twenty, and no batch inside', async () => {
    expect((await batch(Array.from({ length: 20 }, (_, index) => part(String(index))))).parts).toHaveLength(20);
    expect((await batch([part('1', { method: 'POST', url: '/$batch', body: { requests: [] } })])).parts).toMatchObject([{ status: 404 }]);
    expect((await batch([part('1', { url: '/store/shelves/%zz' }), part('2', { method: 'BREW' }), part('3', { url: '' })].slice(0, 2))).parts).toMatchObject([{ status: 400 }, { status: 405 }]);
  });
});
