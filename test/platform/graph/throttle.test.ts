/** Throttling at the Graph door: whom, how long, and what a batch is told. The clock is the test's. */
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { isRecord, recordsAt, textAt } from '../../../src/kernel/json.ts';
import { mountGraph } from '../../../src/platform/graph/door.ts';
import { rateLimit } from '../../../src/platform/http/rate-limit.ts';
import { createHttpServer } from '../../../src/platform/http/server.ts';
import { Throttle } from '../../../src/platform/http/throttle.ts';
import { createLog } from '../../../src/platform/log/log.ts';
import { testDatabase } from '../../support/database.ts';
import { callerWith, clientOf } from './fixture.ts';

const { service } = clientOf((await testDatabase()).db);
const opened: FastifyInstance[] = [];
afterEach(async () => { await Promise.all(opened.splice(0).map(async (app) => app.close())); });

/** A door with limits; who asks is named by the header as `client/principal`. `asked` are those whom the directory was asked for. */
function door(limits: { readonly client?: number; readonly principal?: number }) {
  const time = { now: 0 };
  const asked: string[] = [];
  const app = createHttpServer({ log: createLog({ level: 'silent' }) });
  opened.push(app);
  mountGraph(app, {
    service, log: { error: () => {} }, authorizationUri: 'https://house.example/authorize',
    throttle: new Throttle({ clients: rateLimit(limits.client ?? 0), principals: rateLimit(limits.principal ?? 0), now: () => time.now }),
    authenticate: async (authorization = '', admit) => {
      const [clientAppId = '', principalId = ''] = authorization.split('/');
      admit?.({ clientAppId, principalId });
      asked.push(authorization);
      return { ...callerWith('All'), clientAppId, principalId };
    },
  });
  const get = async (who: string) => await app.inject({ url: '/v1.0/store/shelves?$top=1', headers: { authorization: who } });
  const batch = async (who: string, requests: unknown) => await app.inject({ method: 'POST', url: '/v1.0/$batch', headers: { authorization: who }, payload: { requests } });
  return { app, time, asked, get, batch };
}

const parts = (count: number): readonly object[] => Array.from({ length: count }, (_, index) => ({ id: String(index), method: 'GET', url: '/store/shelves?$top=1' }));

describe('a client beyond its limit', () => {
  it('is told in Graph\'s words when to come back, without a question to the directory, and is let in then', async () => {
    const { get, time, asked } = door({ client: 2 });
    expect([(await get('a/x')).statusCode, (await get('a/y')).statusCode]).toEqual([200, 200]);
    const refused = await get('a/z');
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '30']);
    expect(refused.json()).toMatchObject({ error: { code: 'TooManyRequests', message: 'There are too many requests of this application. Try again in 30 seconds.', details: [], innerError: { 'request-id': refused.headers['request-id'] } } });
    expect(asked).toEqual(['a/x', 'a/y']);
    expect((await get('b/x')).statusCode).toBe(200);
    time.now = 29_000;
    expect((await get('a/x')).headers['retry-after']).toBe('1');
    time.now = 30_000;
    expect((await get('a/x')).statusCode).toBe(200);
  });

  it('is not charged for refusals', async () => {
    const { get, time } = door({ client: 1 });
    await get('a/x');
    for (let again = 0; again < 10; again += 1) expect((await get('a/x')).statusCode).toBe(429);
    time.now = 60_000;
    expect((await get('a/x')).statusCode).toBe(200);
  });

  it('hears beforehand how near it is', async () => {
    const { get } = door({ client: 5 });
    const shares = [];
    for (let request = 0; request < 5; request += 1) shares.push((await get('a/x')).headers['x-ms-throttle-limit-percentage']);
    expect(shares).toEqual([undefined, undefined, undefined, '0.80', '1.00']);
  });
});

describe('an identity beyond its limit', () => {
  it('is held back through every client, and its clients are not', async () => {
    const { get } = door({ client: 10, principal: 1 });
    expect((await get('a/x')).statusCode).toBe(200);
    const refused = await get('b/x');
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '60']);
    expect(refused.body).toContain('of this identity');
    expect((await get('b/y')).statusCode).toBe(200);
  });
});

describe('a batch', () => {
  it('counts its parts, and refuses those beyond the limit while the others pass', async () => {
    const { batch, get } = door({ client: 3 });
    expect((await get('a/x')).statusCode).toBe(200);
    const answer = await batch('a/x', parts(4));
    expect(answer.statusCode).toBe(200);
    const responses = recordsAt(answer.json(), 'responses');
    expect(responses.map((one) => one['status'])).toEqual([200, 200, 429, 429]);
    expect(responses[2]).toMatchObject({ headers: { 'Retry-After': '20' }, body: { error: { code: 'TooManyRequests' } } });
    expect(responses[1]).toMatchObject({ headers: { 'x-ms-throttle-limit-percentage': '1.00' } });
    const [body] = responses.map((one) => one['body']).filter(isRecord);
    expect(textAt(body ?? {}, '@odata.context')).toContain('shelves');
  });

  it('is refused as a whole when nothing is left', async () => {
    const { batch, get, asked } = door({ client: 1 });
    await get('a/x');
    const answer = await batch('a/x', parts(2));
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '60']);
    expect(asked).toHaveLength(1);
  });

  it.each([['without parts', []], ['of the wrong form', [{ id: '1' }]], ['of too many', parts(21)]])('costs something even %s', async (_, requests) => {
    const { batch } = door({ client: 1 });
    await batch('a/x', requests);
    expect((await batch('a/x', requests)).statusCode).toBe(429);
  });

  it('does not run what depends on a part that was refused', async () => {
    const { batch } = door({ client: 1 });
    const [first, second, third] = parts(3);
    const responses = recordsAt((await batch('a/x', [first, second, { ...third, dependsOn: ['1'] }])).json(), 'responses');
    expect(responses.map((one) => one['status'])).toEqual([200, 429, 424]);
  });
});

describe('without limits', () => {
  it('nothing is said and nobody is held back', async () => {
    const { get } = door({});
    for (let request = 0; request < 20; request += 1) {
      const answer = await get('a/x');
      expect([answer.statusCode, answer.headers['x-ms-throttle-limit-percentage']]).toEqual([200, undefined]);
    }
  });
});

describe('OPTIONS', () => {
  it.each(['/v1.0/store/shelves', '/beta/nowhere', '/v1.0/$batch', '/V1.0/store/shelves/x/y'])('is answered at %s without a token and without opening CORS', async (url) => {
    const { app, asked } = door({ client: 1 });
    const answer = await app.inject({ method: 'OPTIONS', url, headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'GET' } });
    expect([answer.statusCode, answer.body, answer.headers['allow']]).toEqual([204, '', 'GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS']);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(asked).toEqual([]);
  });
});

describe('HEAD', () => {
  it.each(['/v1.0/store/shelves?$top=1', '/v1.0/store/shelves/$count', '/v1.0/store/nowhere'])('answers as GET does, without the body: %s', async (url) => {
    const { app } = door({});
    const [head, get] = [await app.inject({ method: 'HEAD', url }), await app.inject({ url })];
    expect([head.statusCode, head.headers['content-type'], head.body]).toEqual([get.statusCode, get.headers['content-type'], '']);
    expect(get.body).not.toBe('');
  });
});
