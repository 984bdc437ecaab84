/**
 * Composition root: reads the environment, puts the parts together, starts and stops them. The only file that knows all
 * of them; features, the Graph surface and the issuer are put in at one place, {@link mountFeatures}.
 */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import { parseConfig, type Config } from './config.ts';
import { openDatabase, type Database } from './platform/db/database.ts';
import { migrate, migrationsPending } from './platform/db/migrate.ts';
import { bind, type Bound, type TlsPair } from './platform/http/bind.ts';
import { mountHealth, type HealthChecks } from './platform/http/health.ts';
import { closeHttpServer, createHttpServer, serve } from './platform/http/server.ts';
import { createLog, type Log } from './platform/log/log.ts';

/** A running server. */
export interface Gatehouse {
  /** Address listened on, such as `http://127.0.0.1:8080`; also in `bootstrap.json`. */
  readonly url: string;
  /** What stands in issuer and links. */
  readonly publicUrl: string;
  /** State folder. */
  readonly home: string;
  /** Stops accepting, finishes what runs (5 s at most), stops the database. Harmless when repeated. */
  stop(): Promise<void>;
}

/** What the parts that know the business are given. */
interface Parts {
  readonly config: Config;
  readonly log: Log;
  readonly database: Database;
  readonly publicUrl: string;
}

/** What they give back. */
interface Mounted {
  /** What `/health/ready` asks besides database and migrations. */
  readonly checks: HealthChecks;
  /** Starts background work; called once requests are served. */
  start(): Promise<void>;
  /** Stops background work; called after the last request, before the database stops. */
  stop(): Promise<void>;
}

/** The one place where features, the Graph surface, the issuer and the portal are mounted, and the tenant is bootstrapped (`bootstrap.json`). */
async function mountFeatures(_app: FastifyInstance, _parts: Parts): Promise<Mounted> {
  return { checks: {}, start: async () => {}, stop: async () => {} };
}

/**
 * Starts a server in this process. Rejects with a sentence when the address is taken, the certificate cannot be read,
 * or the database cannot be reached or migrated; what was started by then is stopped again.
 */
export async function startGatehouse(config: Config, log: Log): Promise<Gatehouse> {
  const running = new AsyncDisposableStack();
  try {
    const { url, publicUrl } = await startParts(config, log, running);
    return { url, publicUrl, home: config.home, stop: async () => await running.disposeAsync() };
  } catch (error) {
    await running.disposeAsync();
    throw error;
  }
}

/** `running` collects what has to be stopped, last started first. */
async function startParts(config: Config, log: Log, running: AsyncDisposableStack): Promise<{ url: string; publicUrl: string }> {
  // The embedded PostgreSQL of a root start runs under another account, which has to pass through.
  await mkdir(config.home, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const bound = await listen(config);
  running.defer(() => { bound.server.close(); });
  const url = addressOf(config, bound.port);
  const publicUrl = config.publicUrl ?? url;
  const database = await openDatabase({ home: config.home, databaseUrl: config.databaseUrl, poolSize: config.databasePoolSize, log });
  running.defer(async () => { await database.stop(); });
  const applied = await migrate(database.owner);
  if (applied.length > 0) log.info({ migrations: applied }, 'migrated');
  const app = createHttpServer({ log, bound });
  const mounted = await mountFeatures(app, { config, log, database, publicUrl });
  running.defer(async () => { await mounted.stop(); });
  mountHealth(app, { checks: { ...databaseChecks(database), ...mounted.checks }, log });
  running.defer(async () => { await closeHttpServer(app); });
  await serve(app, bound);
  await mounted.start();
  return { url, publicUrl };
}

async function listen(config: Config): Promise<Bound> {
  const { host, port } = config;
  const tls = await readTls(config);
  try {
    return await bind({ host, port, tls });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reasons: Record<string, string> = { EADDRINUSE: 'another program uses it', EACCES: 'this account may not', EADDRNOTAVAIL: 'this machine does not have that address' };
    throw new Error(`Cannot listen on ${host}:${port}: ${reasons[code] ?? 'the certificate, the key or the address is wrong'}. Set GATEHOUSE_HOST or GATEHOUSE_PORT (0 takes any free port).`, { cause: error });
  }
}

async function readTls({ tls }: Config): Promise<TlsPair | undefined> {
  if (tls === undefined) return undefined;
  try {
    return { cert: await readFile(tls.certPath), key: await readFile(tls.keyPath) };
  } catch (error) {
    throw new Error(`GATEHOUSE_TLS_CERT or GATEHOUSE_TLS_KEY cannot be read: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
}

/** A server on every address is reached over loopback from here. */
function addressOf(config: Config, port: number): string {
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[config.host] ?? config.host;
  return `${config.tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function databaseChecks({ db, owner }: Database): HealthChecks {
  return {
    database: async () => await sql`select 1`.execute(db),
    migrations: async () => {
      const pending = await migrationsPending(owner);
      if (pending.length > 0) throw new Error(`pending: ${pending.join(', ')}`);
    },
  };
}

async function main(): Promise<number> {
  if (Number(process.versions.node.split('.')[0]) < 24) {
    process.stderr.write(`Gatehouse needs Node 24 or newer, and this is ${process.version}. Start it with npm start, which finds one.\n`);
    return 1;
  }
  const result = parseConfig(process.env);
  if (!result.ok) {
    process.stderr.write(`${result.problems.join('\n')}\n`);
    return 1;
  }
  const log = createLog({ level: result.config.logLevel });
  return await runUntilStopped(result.config, log);
}

async function runUntilStopped(config: Config, log: Log): Promise<number> {
  const asked = Promise.withResolvers<string>();
  // Ctrl-C reaches npm, the launcher and this process; the same wish heard twice is one wish.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => { asked.resolve(signal); });
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'a bug ended the server');
    process.exit(1);
  });
  try {
    const gatehouse = await startGatehouse(config, log);
    process.stdout.write(`Gatehouse listens on ${gatehouse.url}\nbootstrap: ${path.join(gatehouse.home, 'bootstrap.json')}\n`);
    log.info({ signal: await asked.promise }, 'stopping');
    await gatehouse.stop();
    return 0;
  } catch (error) {
    log.fatal({ err: error }, error instanceof Error ? error.message : 'the server could not start');
    return 1;
  }
}

// Before Node 24 `import.meta.main` does not exist, and the sentence about it must still be said.
if (import.meta.main ?? process.argv[1] === fileURLToPath(import.meta.url)) process.exit(await main());
