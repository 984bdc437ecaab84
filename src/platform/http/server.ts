/** The HTTP server without routes: bodies, ids of requests, failures, and a clean end. Doors add their routes to it. */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { fastify, type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Problem } from '../../kernel/problem.ts';
import type { Log } from '../log/log.ts';
import { makeServer, type Bound, type TlsPair } from './bind.ts';
import { parseFormBody, parseJsonBody } from './body.ts';
import { multipartLimit, parseMultipart } from './multipart.ts';
import { graphErrorBody, retryHeaders } from './graph-error.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Fresh for every request; in every answer and log line. */
    requestId: string;
    /** What the client sent as `client-request-id`, or the request id. */
    clientRequestId: string;
  }
}

/** How to make the server. `bodyLimit` in bytes, default 1 MiB; `bound` is a socket that listens already. */
export interface HttpOptions {
  readonly log: Log;
  readonly tls?: TlsPair | undefined;
  readonly bodyLimit?: number;
  readonly bound?: Bound | undefined;
}

const defaultBodyLimit = 1024 * 1024;
const longestFinish = 5_000;

/**
 * Makes the server. JSON bodies arrive parsed (`undefined` when empty), forms as URLSearchParams or MultipartBody, other types are refused.
 * Routes are found without regard to case. Failures are answered in Graph's shape; a door with another shape sets its
 * own error handler in its own scope and uses {@link toProblem}. With `bound`, call {@link serve} after the routes are added.
 */
export function createHttpServer({ log, tls, bodyLimit = defaultBodyLimit, bound }: HttpOptions): FastifyInstance {
  const app = fastify({
    bodyLimit,
    genReqId: () => randomUUID(),
    logger: false,
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: 2000 },
    serverFactory: (handler) => bound?.server ?? makeServer(tls, handler),
    forceCloseConnections: 'idle',
    clientErrorHandler: answerGarbled,
    frameworkErrors: (_error, request, reply) => {
      stamp(request, reply);
      sendProblem(new Problem('unknownSegment', { field: request.url.slice(0, 200) }), request, reply);
    },
  });
  app.decorateRequest('requestId', '');
  app.decorateRequest('clientRequestId', '');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(/^application\/([\w.-]+\+)?json/i, { parseAs: 'string' }, (_request, text, done) => { parseWith(parseJsonBody, String(text), done); });
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, text, done) => { parseWith(parseFormBody, String(text), done); });
  app.addContentTypeParser(/^multipart\/form-data/i, { parseAs: 'buffer', bodyLimit: multipartLimit }, (request, bytes, done) => {
    parseWith((whole) => parseMultipart(whole, String(request.headers['content-type'])), Buffer.from(bytes), done);
  });
  app.addHook('onRequest', async (request, reply) => { stamp(request, reply); });
  app.addHook('onResponse', async (request, reply) => { log.debug(describe(request, reply), 'answered'); });
  app.setErrorHandler((error, request, reply) => { sendProblem(toProblem(error, request, log), request, reply); });
  app.setNotFoundHandler((request, reply) => {
    sendProblem(new Problem('unknownSegment', { field: pathOf(request).split('/').at(-1) ?? '' }), request, reply);
  });
  return app;
}

/** What is no HTTP, or a line or header too long for it, gets Graph's error shape too, by hand: there is no request yet. */
function answerGarbled(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) { socket.destroy(); return; }
  const isTooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const requestId = randomUUID();
  const problem = new Problem(isTooLong ? 'headersTooLarge' : 'malformedRequest');
  const body = JSON.stringify(graphErrorBody(problem, { requestId, clientRequestId: requestId, date: new Date() }));
  const head = [`HTTP/1.1 ${problem.status} ${isTooLong ? 'Request Header Fields Too Large' : 'Bad Request'}`, 'content-type: application/json; charset=utf-8', `content-length: ${Buffer.byteLength(body)}`, `request-id: ${requestId}`, 'connection: close'];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Puts the server behind a socket that listens already. Call it once, after the last route. */
export async function serve(app: FastifyInstance, bound: Bound): Promise<void> {
  await app.ready();
  bound.serve((request, response) => { app.routing(request, response); });
}

/** Stops accepting, lets running requests finish, and cuts what still runs after five seconds. */
export async function closeHttpServer(app: FastifyInstance): Promise<void> {
  const cut = setTimeout(() => { app.server.closeAllConnections(); }, longestFinish);
  // A kept-alive connection whose request ends during the close would otherwise hold the server until its time is up.
  const sweep = setInterval(() => { app.server.closeIdleConnections(); }, 25);
  try {
    const closed = app.server.listening ? new Promise<void>((resolve) => { app.server.close(() => { resolve(); }); }) : undefined;
    await closed;
    await app.close();
  } finally {
    clearTimeout(cut);
    clearInterval(sweep);
  }
}

/** What any thrown thing means to the client; what is not a problem is a bug: logged with the request's id, told to nobody. */
export function toProblem(error: unknown, request: FastifyRequest, log: Log): Problem {
  if (error instanceof Problem) return error;
  const known = fromFastify(error as Partial<FastifyError>, request);
  if (known !== undefined) return known;
  log.error({ err: error, requestId: request.requestId, method: request.method, path: pathOf(request) }, 'request failed');
  return new Problem('internal');
}

/** The path without the query, which may hold secrets. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}

function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  const ids = { requestId: request.requestId, clientRequestId: request.clientRequestId, date: new Date() };
  void reply.code(problem.status).headers(retryHeaders(problem)).type('application/json; charset=utf-8').send(graphErrorBody(problem, ids));
}

/** The ids also go straight to the raw answer, for doors that take it over. */
function stamp(request: FastifyRequest, reply: FastifyReply): void {
  const asked = request.headers['client-request-id'];
  request.requestId = request.id;
  request.clientRequestId = typeof asked === 'string' && /^[\x21-\x7e]{1,64}$/.test(asked) ? asked : request.id;
  reply.raw.setHeader('request-id', request.requestId);
  reply.raw.setHeader('client-request-id', request.clientRequestId);
}

function parseWith<From, T>(parser: (text: From) => T, text: From, done: (error: Error | null, body?: T) => void): void {
  try {
    done(null, parser(text));
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
  }
}

const isMultipart = (request: FastifyRequest): boolean => /^multipart\//i.test(request.headers['content-type'] ?? '');

function fromFastify({ code, statusCode }: Partial<FastifyError>, request: FastifyRequest): Problem | undefined {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new Problem('bodyTooLarge', { limit: isMultipart(request) ? multipartLimit : request.routeOptions.bodyLimit ?? defaultBodyLimit });
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new Problem('unsupportedMediaType', { value: String(request.headers['content-type'] ?? '').slice(0, 100) });
  if (code?.startsWith('FST_') === true && statusCode !== undefined && statusCode < 500) return new Problem('malformedJson', { reason: 'the body cannot be read' });
  return undefined;
}

function describe(request: FastifyRequest, reply: FastifyReply): Record<string, unknown> {
  return { requestId: request.requestId, method: request.method, path: pathOf(request), status: reply.statusCode, milliseconds: Math.round(reply.elapsedTime) };
}
