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
import { dueChannel, startLifecycleSweep } from './features/assignments/jobs.ts';
import { startCalls, type CallWorld } from './features/extensions/jobs.ts';
import { keepSigningKey } from './features/extensions/store/callouts.ts';
import { declarations } from './features/index.ts';
import { forgetMails, startMails } from './features/mails/jobs.ts';
import { signposts } from './features/mails/rules/signposts.ts';
import { ownPermissions } from './features/roles/model.ts';
import { authenticator } from './issuer/authenticate.ts';
import { bootstrapTenant } from './issuer/bootstrap/bootstrap.ts';
import { calloutToken } from './issuer/callout-tokens.ts';
import { mountIssuer, startIssuer, type Issuer } from './issuer/issuer.ts';
import { tokenLimitsOf } from './issuer/token-limits.ts';
import { isLoopback } from './kernel/loopback.ts';
import { databaseClock, type DatabaseClock } from './platform/clock.ts';
import { openDatabase, type Database } from './platform/db/database.ts';
import { listen } from './platform/db/listen.ts';
import { migrate, migrationsPending } from './platform/db/migrate.ts';
import { mountDescription } from './platform/graph/describe/mount.ts';
import { mountGraph } from './platform/graph/door.ts';
import type { GraphService } from './platform/graph/exchange.ts';
import { buildRegistry } from './platform/graph/registry.ts';
import { forgetChanges } from './platform/graph/read/delta-token.ts';
import { forgetAnswers } from './platform/graph/idempotency.ts';
import { mountCloudMetadata } from './platform/http/cloud-metadata.ts';
import { bind, type Bound, type TlsPair } from './platform/http/bind.ts';
import { mountFrontPage } from './platform/http/front-page.ts';
import { mountHealth, type HealthChecks } from './platform/http/health.ts';
import { mountSignposts } from './platform/http/signposts.ts';
import { throttleOf } from './platform/http/throttle.ts';
import { mountWebhookKeys, newWebhookKey, webhookSigner } from './platform/http/webhook.ts';
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

/** The one place where features, the Graph surface and the issuer are mounted. */
async function mountFeatures(app: FastifyInstance, { config, log, database, publicUrl }: Parts): Promise<Mounted> {
  const { db } = database;
  const clock = await databaseClock(db);
  const { tenantId } = await bootstrapTenant(db, { home: config.home, url: publicUrl, now: clock.now(), log });
  const issuer = await startIssuer({
    db, log, publicUrl, tenantId, tokenLifetimeSeconds: config.tokenLifetimeSeconds, signingAlgorithm: config.signingAlgorithm, keyRotationDays: config.keyRotationDays, limits: tokenLimitsOf(config.limits),
  });
  mountIssuer(app, issuer);
  const service: GraphService = { registry: buildRegistry(declarations), db, clock, publicUrl, outboundHosts: config.outboundHosts };
  const authorizationUri = `${publicUrl}/${tenantId}/oauth2/v2.0/authorize`;
  mountDescription(app, { registry: service.registry, publicUrl, authorizeUrl: authorizationUri, tokenUrl: `${publicUrl}/${tenantId}/oauth2/v2.0/token`, defaultScope: `${publicUrl}/.default`, permissions: offeredPermissions });
  mountFrontPage(app, { publicUrl, tenantId });
  mountSignposts(app, { publicUrl, signposts });
  mountCloudMetadata(app, { publicUrl });
  mountGraph(app, { service, log, throttle: throttleOf(config.limits), authenticate: authenticator(db, issuer), authorizationUri });
  const signer = webhookSigner(await keepSigningKey(db, newWebhookKey()));
  mountWebhookKeys(app, signer.published);
  const calls = { publicUrl, signer, allowed: config.outboundHosts, tokenFor: async (audience: string, now: Date) => await calloutToken(issuer.parts, audience, now) };
  const background = backgroundWork({ config, log, database, publicUrl }, { clock, issuer, calls });
  const checks: HealthChecks = { signingKey: async () => { if (!issuer.isReady(clock.now())) throw new Error('no key to sign tokens with'); } };
  return { checks, ...background };
}

/** Permissions of our own API, as the description tells them. */
const offeredPermissions = ownPermissions.map(([name, application, delegated]) => ({ name, application: application !== undefined, delegated: delegated !== undefined }));

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** What background work is done with. */
interface BackgroundFacts {
  readonly clock: DatabaseClock;
  readonly issuer: Issuer;
  readonly calls: Omit<CallWorld, 'db' | 'clock' | 'log'>;
}

/** What runs without being asked: the sweep, the calls of extensions and mail, woken by the database; keys and leftovers once an hour; the clock once a minute. */
function backgroundWork({ config, log, database, publicUrl }: Parts, { clock, issuer, calls }: BackgroundFacts): Pick<Mounted, 'start' | 'stop'> {
  const running = new AsyncDisposableStack();
  const regularly = (ms: number, work: () => Promise<void>): void => {
    const timer = setInterval(() => { work().catch((error: unknown) => { log.warn({ err: error }, 'regular work failed; it is tried again'); }); }, ms);
    running.defer(() => { clearInterval(timer); });
  };
  const start = async (): Promise<void> => {
    const sweep = startLifecycleSweep({ db: database.db, clock, log });
    running.defer(async () => { await sweep.stop(); });
    const calling = startCalls({ db: database.db, clock, log, ...calls });
    running.defer(async () => { await calling.stop(); });
    const mailing = config.mail === undefined ? undefined : startMails({ db: database.db, clock, log, publicUrl, settings: config.mail });
    running.defer(async () => { await mailing?.stop(); });
    const listening = await listen({ databaseUrl: database.databaseUrl, channel: dueChannel, onNotify: () => { sweep.wake(); calling.wake(); mailing?.wake(); }, log });
    running.defer(async () => { await listening.stop(); });
    regularly(minuteMs, async () => { await clock.refresh(); });
    regularly(hourMs, async () => { await issuer.rotateKeys(clock.now()); await issuer.sweep(); await forgetChanges(database.db); await forgetAnswers(database.db, clock.now()); await forgetMails({ db: database.db, clock }); });
  };
  return { start, stop: async () => { await running.disposeAsync(); } };
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
  const bound = await bindTo(config);
  running.defer(() => { bound.server.close(); });
  const url = addressOf(config, bound.port);
  const publicUrl = config.publicUrl ?? url;
  if (config.tls === undefined && !isLoopback(config.host)) log.warn({ host: config.host }, 'http without TLS beyond loopback: secrets and tokens can be read on the way; set GATEHOUSE_TLS_CERT and GATEHOUSE_TLS_KEY, or put a proxy with TLS in front');
  if (config.mail !== undefined && config.publicUrl === undefined) log.warn({ url }, 'links in mails lead to the address listened on; set GATEHOUSE_PUBLIC_URL to the address that people reach');
  const database = await openDatabase({ home: config.home, databaseUrl: config.databaseUrl, poolSize: config.databasePoolSize, settings: config.mail === undefined ? {} : { 'gatehouse.mail': 'on' }, log });
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

async function bindTo(config: Config): Promise<Bound> {
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
