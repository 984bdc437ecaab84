/**
 * The HTTP door of the Graph service: `/v1.0/…`, `/beta/…` and, for what Graph has no name for, `/gatehouse/v1/…`. Answers carry no ETag, so `If-Match` and `If-None-Match` say
 * nothing here and are ignored, whatever they hold. Other origins are told nothing: OPTIONS is answered, and opens no CORS.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../../kernel/problem.ts';
import type { Caller } from '../../kernel/caller.ts';
import type { Asker, Throttle } from '../http/throttle.ts';
import { newId } from '../ids.ts';
import { answerBatch } from './batch.ts';
import type { GraphRequest, GraphResponse, GraphService } from './exchange.ts';
import type { Version } from './model.ts';
import { answerGraph, failure, type BugLog } from './service.ts';
import { spoken } from './version.ts';

/** What the door needs besides the service. */
export interface DoorParts {
  readonly service: GraphService;
  readonly log: BugLog;
  /** The caller behind an Authorization header; throws Problem `unauthenticated`, and what `admit` throws, which is asked before the database is. */
  readonly authenticate: (authorization: string | undefined, admit?: (asker: Asker) => void) => Promise<Caller>;
  /** undefined: nobody is held back. */
  readonly throttle?: Throttle | undefined;
  /** Where a client without a token gets one, for WWW-Authenticate. */
  readonly authorizationUri: string;
}

const methods = ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE'];

/** Adds the service's routes. */
export function mountGraph(app: FastifyInstance, parts: DoorParts): void {
  for (const { prefix, version } of Object.values(spoken)) {
    app.route({
      method: methods,
      url: `${prefix}/*`,
      handler: async (request, reply) => send(reply, await answer(request, { parts, prefix, version })),
    });
    // The same for every path, and for everybody: it tells nothing of what there is.
    app.options(`${prefix}/*`, async (_request, reply) => reply.code(204).header('allow', [...methods, 'OPTIONS'].join(', ')).header('cache-control', 'no-store').send());
  }
}

async function answer(request: FastifyRequest, at: { readonly parts: DoorParts; readonly prefix: string; readonly version: Version }): Promise<GraphResponse> {
  const { parts } = at;
  const isBatch = request.method === 'POST' && /^\/\$batch\/?(?:\?|$)/i.test(request.url.slice(at.prefix.length));
  const caller = await callerOf(request, { parts, isBatch });
  if (caller instanceof Problem) return challenge(caller, request, parts);
  if (isForm(request.body)) return failure(new Problem('unsupportedMediaType', { value: 'application/x-www-form-urlencoded' }), request);
  const [path = '', query = ''] = request.url.slice(at.prefix.length).split(/\?(.*)/s, 2);
  const graphRequest: GraphRequest = {
    method: request.method, version: at.version, path: path.replace(/^\/myorganization(?=\/)/i, ''), query, caller, body: request.body,
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value])),
    requestId: request.requestId, clientRequestId: request.clientRequestId,
  };
  return isBatch ? batch(graphRequest, parts) : withUsage(parts, caller, await answerGraph(parts.service, graphRequest, parts.log));
}

/** What `curl -d` sends of itself. Read as a body it would have no property at all; an empty one is no body, as in a POST to an action. */
const isForm = (body: unknown): boolean => body instanceof URLSearchParams && body.size > 0;

/** A batch that comes when nothing is left is refused as a whole; else its parts are counted and refused one by one. */
async function callerOf(request: FastifyRequest, { parts, isBatch }: { readonly parts: DoorParts; readonly isBatch: boolean }): Promise<Caller | Problem> {
  const { throttle } = parts;
  try {
    if (throttle === undefined) return await parts.authenticate(request.headers.authorization);
    return await parts.authenticate(request.headers.authorization, (asker) => { if (isBatch) throttle.refuseIfSpent(asker); else throttle.admit(asker); });
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

function challenge(problem: Problem, request: FastifyRequest, parts: DoorParts): GraphResponse {
  const refused = failure(problem, request);
  if (problem.status !== 401) return refused;
  const error = request.headers.authorization === undefined ? '' : `, error="invalid_token", error_description="${problem.message.replaceAll('"', "'")}"`;
  return { ...refused, headers: { ...refused.headers, 'www-authenticate': `Bearer realm="", authorization_uri="${parts.authorizationUri}"${error}` } };
}

async function batch(request: GraphRequest, parts: DoorParts): Promise<GraphResponse> {
  let ran = 0;
  const run = async (one: GraphRequest): Promise<GraphResponse> => {
    ran += 1;
    return answerPart(one, parts);
  };
  try {
    return await answerBatch(request, run, newId);
  } catch (error) {
    if (error instanceof Problem) return failure(error, request);
    throw error;
  } finally {
    // No batch is free, not even one without parts.
    if (ran === 0) parts.throttle?.count(request.caller);
  }
}

async function answerPart(one: GraphRequest, parts: DoorParts): Promise<GraphResponse> {
  try {
    parts.throttle?.admit(one.caller);
  } catch (error) {
    if (error instanceof Problem) return failure(error, one);
    throw error;
  }
  return withUsage(parts, one.caller, await answerGraph(parts.service, one, parts.log));
}

const withUsage = ({ throttle }: DoorParts, asker: Asker, answered: GraphResponse): GraphResponse =>
  (throttle === undefined ? answered : { ...answered, headers: { ...answered.headers, ...throttle.headersFor(asker) } });

function send(reply: FastifyReply, answered: GraphResponse): FastifyReply {
  reply.code(answered.status).headers(answered.headers).header('cache-control', 'no-store');
  if (answered.body !== undefined) {
    return reply.header('odata-version', '4.0').type('application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8').send(JSON.stringify(answered.body));
  }
  return answered.text === undefined ? reply.send() : reply.type('text/plain;charset=utf-8').send(answered.text);
}
