/** GET /health/live: the process answers. GET /health/ready: it can do its work, or why not. */
import type { FastifyInstance } from 'fastify';
import type { Log } from '../log/log.ts';

/** Resolves when the thing is usable; rejects when it is not. The message of the error goes to the log, not to the client. */
export type HealthCheck = () => Promise<unknown>;

/** Checks by the name that people read in `reasons`, such as `database`. */
export type HealthChecks = Readonly<Record<string, HealthCheck>>;

const longestCheck = 3_000;

/** Adds the two routes. `/health/ready` answers 200, or 503 with one reason for each check that failed or took over 3 s. */
export function mountHealth(app: FastifyInstance, { checks, log }: { readonly checks: HealthChecks; readonly log: Log }): void {
  app.get('/health/live', async () => ({ status: 'live' }));
  app.get('/health/ready', async (_request, reply) => {
    const failures = await Promise.all(Object.entries(checks).map(([name, check]) => run(name, check)));
    const reasons = failures.filter((failure) => failure !== undefined);
    for (const { name, error } of reasons) log.warn({ err: error, check: name }, 'not ready');
    return reply.code(reasons.length === 0 ? 200 : 503).send(
      reasons.length === 0 ? { status: 'ready' } : { status: 'not ready', reasons: reasons.map(({ name }) => `${name} is not usable`) },
    );
  });
}

async function run(name: string, check: HealthCheck): Promise<{ name: string; error: unknown } | undefined> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => { reject(new Error(`no answer within ${longestCheck} ms`)); }, longestCheck);
  try {
    await Promise.race([check(), promise]);
    return undefined;
  } catch (error) {
    return { name, error };
  } finally {
    clearTimeout(timer);
  }
}
