/** Every answer that a test gets, whatever it is about, is held against what is declared: refusals in Graph's shape, successes in their own. */
import { MiddlewareFactory, type AuthenticationProvider, type Context, type Middleware } from '@microsoft/microsoft-graph-client';
import { declarations } from '../../src/features/index.ts';
import { buildRegistry } from '../../src/platform/graph/registry.ts';
import { withoutPrefix } from '../../src/platform/graph/version.ts';
import { ShapeJudge, type Answered } from './shapes.ts';

const made: { judge?: ShapeJudge } = {};

/** Fails when an answer is not as declared. Failures of the server (5xx) are for the test to judge. */
export function holdToShape(answered: Answered): void {
  if (answered.status >= 500) return;
  made.judge ??= new ShapeJudge(buildRegistry(declarations));
  const complaint = made.judge.complaint(answered);
  if (complaint !== undefined) throw new Error(`${answered.method} ${answered.path}?${answered.query} answers outside its declared shape (${answered.status}): ${complaint}`);
}

/** Looks at answers on their way to Microsoft's client. */
class Watcher implements Middleware {
  #next: Middleware | undefined;

  setNext(next: Middleware): void {
    this.#next = next;
  }

  async execute(context: Context): Promise<void> {
    await this.#next?.execute(context);
    const { options, response } = context;
    const request: unknown = context.request;
    const url = new URL(typeof request === 'string' ? request : response?.url ?? '');
    const { version, path } = withoutPrefix(url.pathname);
    if (response === undefined || version === undefined) return;
    const text = await response.clone().text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    const json: unknown = isJson && text !== '' ? JSON.parse(text) : undefined;
    holdToShape({ method: options?.method?.toUpperCase() ?? 'GET', version, path, query: url.search.slice(1), status: response.status, json, text: isJson ? undefined : text });
  }
}

/** The client's own chain of middleware, with a look at each answer before anything else sees it. */
export function watchedChain(authProvider: AuthenticationProvider): Middleware[] {
  const chain: Middleware[] = MiddlewareFactory.getDefaultMiddlewareChain(authProvider);
  return [...chain.slice(0, -1), new Watcher(), ...chain.slice(-1)];
}
