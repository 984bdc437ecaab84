import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../../kernel/problem.ts';
import { createLog } from '../log/log.ts';
import { bind } from './bind.ts';
import type { GraphError } from './graph-error.ts';
import { mountHealth } from './health.ts';
import { closeHttpServer, createHttpServer, serve } from './server.ts';

const lines: string[] = [];
const log = createLog({ level: 'info', isTerminal: false, stream: { write: (line) => { lines.push(line); } } });
const opened: FastifyInstance[] = [];

function server(bodyLimit = 20_000): FastifyInstance {
  const app = createHttpServer({ log, bodyLimit });
  opened.push(app);
  app.post('/echo', async (request) => ({ body: request.body instanceof URLSearchParams ? Object.fromEntries(request.body) : request.body ?? null }));
  app.get('/bug', async () => { throw new Error('the secret inside'); });
  app.get('/refused', async () => { throw new Problem('requestRefused', { reason: 'No.' }, [{ code: 'a', message: 'A.' }, { code: 'b', message: 'B.', target: 'scope' }]); });
  return app;
}

async function post(body: string, type = 'application/json'): Promise<{ status: number; json: Record<string, unknown> & GraphError }> {
  const answer = await server().inject({ method: 'POST', url: '/ECHO', headers: { 'content-type': type }, payload: body });
  return { status: answer.statusCode, json: answer.json() };
}

afterEach(async () => {
  lines.length = 0;
  await Promise.all(opened.splice(0).map(async (app) => app.close()));
});

describe('bodies', () => {
  it('parses JSON with parameters and vendor types, and forms', async () => {
    expect((await post('{"a":[1]}', 'application/json;odata.metadata=minimal')).json).toEqual({ body: { a: [1] } });
    expect((await post('{"a":1}', 'application/scim+json')).json).toEqual({ body: { a: 1 } });
    expect((await post('a=1&b=x%20y', 'application/x-www-form-urlencoded')).json).toEqual({ body: { a: '1', b: 'x y' } });
    expect((await post('')).json).toEqual({ body: null });
  });

  it('refuses malformed JSON without quoting it', async () => {
    const { status, json } = await post('{"password": hunter2}');
    expect([status, json.error.code]).toEqual([400, 'BadRequest']);
    expect(json.error.message).not.toContain('hunter2');
    expect((await post('{"a":')).json.error.message).toContain('Unexpected end of JSON input');
    expect((await post('{"__proto__":{"x":1}}')).status).toBe(400);
  });

  it('refuses what is too deep, too large or of another type', async () => {
    expect((await post(`${'['.repeat(40)}${']'.repeat(40)}`)).status).toBe(200);
    expect((await post(`${'['.repeat(41)}${']'.repeat(41)}`)).json.error.message).toContain('deeper than 40');
    expect((await post(`"${'a'.repeat(30_000)}"`)).json.error.code).toBe('RequestEntityTooLarge');
    expect((await post('<a/>', 'text/xml')).status).toBe(415);
  });
});

describe('ids', () => {
  it('stamps every answer, and echoes a sane client-request-id', async () => {
    const answer = await server().inject({ url: '/nowhere', headers: { 'client-request-id': 'abc-1' } });
    expect(answer.headers).toMatchObject({ 'client-request-id': 'abc-1' });
    expect(answer.headers['request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.json<GraphError>().error).toMatchObject({ code: 'Request_ResourceNotFound', innerError: { 'client-request-id': 'abc-1', 'request-id': answer.headers['request-id'] } });
  });

  it('replaces a client-request-id that is not sane', async () => {
    const { headers } = await server().inject({ url: '/nowhere', headers: { 'client-request-id': 'x'.repeat(65) } });
    expect(headers['client-request-id']).toBe(headers['request-id']);
  });

  it('answers an address that cannot be decoded', async () => {
    const answer = await server().inject({ url: '/%zz' });
    expect([answer.statusCode, answer.headers['request-id']]).toEqual([404, expect.any(String)]);
  });
});

describe('failures', () => {
  it('says nothing of a bug but an id, and logs it under that id', async () => {
    const answer = await server().inject({ url: '/bug?code=hush' });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret inside');
    expect(lines.join('')).toContain('secret inside');
    expect(lines.join('')).toContain(String(answer.headers['request-id']));
    expect(lines.join('')).not.toContain('hush');
  });

  it('gives every reason of a refusal', async () => {
    const { error } = (await server().inject({ url: '/refused' })).json<GraphError>();
    expect(error).toMatchObject({ code: 'RequestRefused', message: 'No.', details: [{ code: 'a', message: 'A.' }, { code: 'b', message: 'B.', target: 'scope' }] });
    expect(error.innerError.date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  });
});

describe('a socket before its server', () => {
  it('answers that it is starting, then hands over, and ends cleanly with a request in flight', async () => {
    const bound = await bind({ host: '127.0.0.1', port: 0 });
    const url = `http://127.0.0.1:${bound.port}`;
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    const app = createHttpServer({ log, bound });
    mountHealth(app, { checks: { database: async () => { throw new Error('down'); }, 'signing key': async () => undefined }, log });
    const started = Promise.withResolvers<void>();
    app.get('/slow', async () => {
      started.resolve();
      await new Promise((resolve) => { setTimeout(resolve, 100); });
      return { done: true };
    });
    await serve(app, bound);
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', reasons: ['database is not usable'] }]);
    const slow = fetch(`${url}/slow`);
    await started.promise;
    await closeHttpServer(app);
    expect(await (await slow).json()).toEqual({ done: true });
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  });
});

describe('what is no request', () => {
  it('gets the error shape and an id, too long or garbled', async () => {
    const bound = await bind({ host: '127.0.0.1', port: 0 });
    const app = createHttpServer({ log, bound });
    opened.push(app);
    await serve(app, bound);
    const long = await fetch(`http://127.0.0.1:${bound.port}/${'x'.repeat(20_000)}`);
    expect(long.status).toBe(431);
    const body: unknown = await long.json();
    expect(body).toMatchObject({ error: { code: 'BadRequest', innerError: { 'request-id': long.headers.get('request-id') } } });
    const garbled = await new Promise<string>((resolve, reject) => {
      const socket = connect(bound.port, '127.0.0.1', () => { socket.write('no http at all\r\n\r\n'); });
      let told = '';
      socket.on('data', (data) => { told += data.toString(); });
      socket.on('end', () => { resolve(told); });
      socket.on('error', reject);
    });
    expect(garbled).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"BadRequest"/);
    await closeHttpServer(app);
  });
});
