/** Where the bench runs: one embedded PostgreSQL with a database per purpose, and real servers as child processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { textOf } from '../cli/client/graph.ts';
import { isRecord } from '../src/kernel/json.ts';
import { openDatabase, type Database } from '../src/platform/db/database.ts';
import { silentLog } from '../src/platform/db/log.ts';

/** What bootstrap.json says. */
export interface Facts {
  readonly url: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly adminUser: string;
}

/** A server under load. */
export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A throw-away cluster. */
export interface World {
  /** Address of a database of this name. */
  urlOf(name: string): string;
  /** Makes a database, from another one (which nobody may be using) or empty. */
  create(name: string, template?: string): Promise<void>;
  /** Starts a server on a database; `record` is the file that its statements go to. */
  serve(name: string, record?: string): Promise<RunningServer>;
  /** bootstrap.json of the first server. */
  facts(): Facts;
  readonly folder: string;
  /** Process of the database server. */
  readonly postmaster: number;
  stop(): Promise<void>;
}

/** Starts the cluster. Everything lives in a temporary folder that `stop` removes. */
export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-bench-'));
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
  const home = path.join(folder, 'state');
  mkdirSync(home, { mode: 0o711 });
  const database = await openDatabase({ home: folder, databaseUrl: undefined, poolSize: 2, log: silentLog });
  const world = { folder, home, database };
  return {
    folder,
    postmaster: Number(readFileSync(path.join(folder, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]),
    urlOf: (name) => urlOf(database, name),
    create: async (name, template) => {
      const from = template === undefined ? sql`` : sql` template ${sql.id(template)}`;
      await sql`create database ${sql.id(name)}${from}`.execute(database.owner);
    },
    serve: async (name, record) => await serve(world, name, record),
    facts: () => readFacts(home),
    stop: async () => {
      await database.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

function urlOf(database: Database, name: string): string {
  const url = new URL(database.databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function serve(world: { readonly home: string; readonly database: Database }, name: string, record: string | undefined): Promise<RunningServer> {
  const preload = record === undefined ? [] : ['--import', path.join(import.meta.dirname, 'record.mjs')];
  const env = { PATH: process.env['PATH'], NODE_ENV: 'production', DATABASE_URL: urlOf(world.database, name), GATEHOUSE_HOME: world.home, GATEHOUSE_PORT: '0', GATEHOUSE_LOG_LEVEL: 'warn', ...(record === undefined ? {} : { BENCH_RECORD: record }) };
  const child = spawn(process.execPath, [...preload, 'src/main.ts'], { cwd: path.dirname(import.meta.dirname), env, stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  for await (const chunk of child.stdout) {
    told += String(chunk);
    if (told.includes('bootstrap:')) break;
  }
  const url = /listens on (\S+)/.exec(told)?.[1];
  if (url === undefined) throw new Error('the server ended before it listened');
  return {
    url,
    pid: child.pid ?? 0,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function readFacts(home: string): Facts {
  const read: unknown = JSON.parse(readFileSync(path.join(home, 'bootstrap.json'), 'utf8'));
  const facts = isRecord(read) ? read : {};
  return { url: textOf(facts, 'url'), tenantId: textOf(facts, 'tenantId'), clientId: textOf(facts, 'clientId'), clientSecret: textOf(facts, 'clientSecret'), adminUser: textOf(facts, 'adminUser') };
}
