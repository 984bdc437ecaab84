/** The Graph service as a function: a request in, an answer out, and every refusal as Graph words it. */
import { Problem, refuse } from '../../kernel/problem.ts';
import { isUnavailable, violatedConstraint } from '../db/transaction.ts';
import { graphErrorBody, retryHeaders } from '../http/graph-error.ts';
import { readPrefer, type Exchange, type GraphRequest, type GraphResponse, type GraphService } from './exchange.ts';
import { resolvePath } from './path/resolve.ts';
import { answerRead } from './read/answer.ts';
import { parsePath } from './syntax/path.ts';
import { parseQuery } from './syntax/query.ts';
import { answerWrite } from './write.ts';

/** Where bugs are told. */
export interface BugLog {
  error(facts: object, message: string): void;
}

/** Answers one request; never throws. */
export async function answerGraph(service: GraphService, request: GraphRequest, log: BugLog): Promise<GraphResponse> {
  try {
    return await dispatch(service, request);
  } catch (error) {
    return failure(problemOf(error, request, log), request);
  }
}

async function dispatch(service: GraphService, request: GraphRequest): Promise<GraphResponse> {
  const options = parseQuery(request.query);
  const resource = resolvePath(parsePath(request.path), { registry: service.registry, version: request.version, aliases: options.aliases });
  const exchange: Exchange = { service, request, options, prefer: readPrefer(request.headers['prefer']) };
  switch (request.method) {
    case 'GET': case 'HEAD': return resource.ending.kind === 'function' ? answerWrite(exchange, resource) : answerRead(exchange, resource);
    case 'POST': case 'PATCH': case 'PUT': case 'DELETE': return answerWrite(exchange, resource);
    default: return refuse('methodNotAllowed', { method: request.method, allowed: 'GET, POST, PATCH, PUT, DELETE' });
  }
}

/** A refusal as an answer. */
export function failure(problem: Problem, request: Pick<GraphRequest, 'requestId' | 'clientRequestId'>): GraphResponse {
  const ids = { requestId: request.requestId, clientRequestId: request.clientRequestId, date: new Date() };
  return { status: problem.status, headers: retryHeaders(problem), body: { ...graphErrorBody(problem, ids) } };
}

/** What a thrown thing means to the client. Constraints and ranges of the database are the last net under a missing check. */
function problemOf(error: unknown, request: GraphRequest, log: BugLog): Problem {
  if (error instanceof Problem) return error;
  if (isUnavailable(error)) return new Problem('busy', { seconds: 1 });
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const facts = { err: error, requestId: request.requestId, method: request.method, path: request.path };
  if (code === '57014') {
    log.error(facts, 'a statement took too long');
    return new Problem('busy', { seconds: 5 });
  }
  const violated = violatedConstraint(error);
  if (violated !== undefined) {
    log.error(facts, 'a constraint caught what no rule did');
    return new Problem('conflict', { reason: `The change contradicts what is stored (${violated.constraint}); read the object again and retry.` });
  }
  if (code.startsWith('54')) return new Problem('invalidQuery', { field: 'query', reason: 'it is too complex for one statement; ask for less at a time' });
  if (code.startsWith('22')) return new Problem('ruleBroken', { reason: 'A value is out of the range that can be stored or compared.' });
  log.error(facts, 'request failed');
  return new Problem('internal');
}
