/** The HTTP door of the Graph service: `/v1.0/…` and `/beta/…`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../../kernel/problem.ts';
import type { Caller } from '../../kernel/caller.ts';
import { newId } from '../ids.ts';
import { answerBatch } from './batch.ts';
import type { GraphRequest, GraphResponse, GraphService } from './exchange.ts';
import type { Version } from './model.ts';
import { answerGraph, failure, type BugLog } from './service.ts';

/** What the door needs besides the service. */
export interface DoorParts {
  readonly service: GraphService;
  readonly log: BugLog;
  /** The caller behind an Authorization header; throws Problem `unauthenticated`. */
  readonly authenticate: (authorization: string | undefined) => Promise<Caller>;
  /** Where a client without a token gets one, for WWW-Authenticate. */
  readonly authorizationUri: string;
}

const doors: readonly (readonly [prefix: string, version: Version])[] = [['/v1.0', 'v1.0'], ['/beta', 'beta']];

/** Adds the service's routes. */
export function mountGraph(app: FastifyInstance, parts: DoorParts): void {
  for (const [prefix, version] of doors) {
    app.route({
      method: ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE'],
      url: `${prefix}/*`,
      handler: async (request, reply) => send(request, reply, await answer(request, { parts, prefix, version })),
    });
  }
}

async function answer(request: FastifyRequest, at: { readonly parts: DoorParts; readonly prefix: string; readonly version: Version }): Promise<GraphResponse> {
  const { parts } = at;
  const caller = await callerOf(request, parts);
  if (caller instanceof Problem) return challenge(caller, request, parts);
  const [path = '', query = ''] = request.url.slice(at.prefix.length).split(/\?(.*)/s, 2);
  const graphRequest: GraphRequest = {
    method: request.method, version: at.version, path: path.replace(/^\/myorganization(?=\/)/i, ''), query, caller, body: request.body,
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value])),
    requestId: request.requestId, clientRequestId: request.clientRequestId,
  };
  if (/^\/\$batch\/?$/i.test(path) && request.method === 'POST') return batch(graphRequest, parts);
  return answerGraph(parts.service, graphRequest, parts.log);
}

async function callerOf(request: FastifyRequest, parts: DoorParts): Promise<Caller | Problem> {
  try {
    return await parts.authenticate(request.headers.authorization);
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
  try {
    return await answerBatch(request, async (one) => answerGraph(parts.service, one, parts.log), newId);
  } catch (error) {
    if (error instanceof Problem) return failure(error, request);
    throw error;
  }
}

function send(request: FastifyRequest, reply: FastifyReply, answered: GraphResponse): FastifyReply {
  reply.code(answered.status).headers(answered.headers).header('cache-control', 'no-store');
  if (answered.body !== undefined) {
    return reply.header('odata-version', '4.0').type('application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8').send(JSON.stringify(answered.body));
  }
  return request.method === 'HEAD' || answered.text === undefined ? reply.send() : reply.type('text/plain;charset=utf-8').send(answered.text);
}
