/** The database of this installation: embedded in the state folder, or the one that DATABASE_URL names. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import { type Embedded, startEmbedded } from './embedded/embedded.ts';
import { forLog, isUnavailable } from './errors.ts';
import type { DatabaseLog } from './log.ts';
import { openPool } from './pool.ts';

/** Empty: statements are written with Kysely's `sql` tag, and stores map rows to their models. */
// oxlint-disable-next-line typescript/no-empty-object-type -- an index signature would let misspelt tables through
export interface Tables {}

/** A pool of connections. */
export type Db = Kysely<Tables>;
/** One open transaction. */
export type Tx = Transaction<Tables>;
/** Where a statement can be sent: a pool, or a transaction. */
export type Executor = Kysely<Tables>;

/** What {@link openDatabase} needs. `databaseUrl` undefined: the embedded PostgreSQL in `home`. */
export interface DatabaseOptions {
  readonly home: string;
  readonly databaseUrl: string | undefined;
  /** Most connections of the server's pool. */
  readonly poolSize: number;
  /** What every connection of the server's pool says of itself, for triggers that act only then (`gatehouse.mail`: migrations/0030-mail.sql). */
  readonly settings?: Readonly<Record<`gatehouse.${string}`, string>>;
  readonly log: DatabaseLog;
}

/** An open database. */
export interface Database {
  /** The server's pool: cannot change or delete audit events, and no statement runs longer than 30 seconds. */
  readonly db: Db;
  /** A few connections as the owner of the schema: for migrations and the command line. No time limit. */
  readonly owner: Db;
  /** For connections of one's own (see `listen`). Holds the password, if there is one: never log it. */
  readonly databaseUrl: string;
  /** Ends both pools, and the embedded server unless another process uses it. Harmless when repeated. */
  stop(): Promise<void>;
}

/** The role that the server's connections take: see migrations/0001-roles.sql. */
export const serverRole = 'gatehouse_server';

const ownerPoolSize = 4;
const oldestServerVersion = 150_000;
const reachPatienceMs = 30_000;
const drainPatienceMs = 10_000;
const timeouts = ['-c statement_timeout=30s', '-c idle_in_transaction_session_timeout=30s'];

/**
 * Opens the database and waits up to 30 seconds until it answers. Fails with a sentence when it cannot be reached or is older
 * than PostgreSQL 15. Run `migrate(owner)` before the first use of `db`: the role is looked up then, once.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { home, log, poolSize } = options;
  const embedded = options.databaseUrl === undefined ? await startEmbedded({ folder: join(home, 'postgres'), log }) : undefined;
  const databaseUrl = options.databaseUrl ?? embedded?.databaseUrl ?? '';
  const owner = kyselyOver(async () => openPool({ databaseUrl, size: ownerPoolSize, log, settings: [] }));
  const db = kyselyOver(async () => openPool({ databaseUrl, size: poolSize, log, settings: [...timeouts, ...Object.entries(options.settings ?? {}).map(([name, value]) => `-c ${name}=${value}`), ...await roleSetting(owner, log)] }));
  const close = async (): Promise<void> => await closeAll([db, owner], embedded);
  try {
    await reach(owner, log);
  } catch (error) {
    await close();
    throw error;
  }
  let stopping: Promise<void> | undefined;
  return { db, owner, databaseUrl, stop: () => (stopping ??= close()) };
}

function kyselyOver(pool: () => Promise<ReturnType<typeof openPool>>): Db {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

/** Where the role is missing or may not be taken the server still runs: the trigger on the audit table protects it too. */
async function roleSetting(owner: Db, log: DatabaseLog): Promise<readonly string[]> {
  const { rows: [found] } = await sql<{ exists: boolean; usable: boolean; owner: string }>`
    select r.oid is not null as exists, quote_ident(current_user) as owner,
           coalesce(pg_has_role(current_user, r.oid, case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end), false) as usable
    from (values (${serverRole}::text)) n (name) left join pg_roles r on r.rolname = n.name`.execute(owner);
  if (found?.usable === true) return [`-c role=${serverRole}`];
  const isMissing = found?.exists !== true;
  const grant = `grant ${serverRole} to ${found?.owner ?? 'current_user'};`;
  const mend = isMissing ? `create role ${serverRole} nologin; ${grant} ${privileges(found?.owner ?? 'current_user')}` : grant;
  log.warn({ role: serverRole }, `the database role of the server ${isMissing ? 'does not exist' : 'may not be taken'}: running as the owner of the schema. As an administrator of the database run: ${mend} Then start again.`);
  return [];
}

/** What migrations give the role where it exists before them. */
const privileges = (owner: string): string => [
  'grant usage on schema public', 'grant select, insert, update, delete on all tables in schema public', 'grant usage, select on all sequences in schema public',
  `alter default privileges for role ${owner} in schema public grant select, insert, update, delete on tables`,
  `alter default privileges for role ${owner} in schema public grant usage, select on sequences`,
].map((right) => `${right} to ${serverRole}; `).join('') + `revoke update, delete, truncate on audit_events from ${serverRole};`;

/** A database beside us may still be starting; one that refuses us will not change its mind. */
async function reach(owner: Db, log: DatabaseLog): Promise<void> {
  const deadline = performance.now() + reachPatienceMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      const { rows } = await sql<{ version: number }>`select current_setting('server_version_num')::int as version`.execute(owner);
      if ((rows[0]?.version ?? 0) >= oldestServerVersion) return;
      throw new Error('The database server is older than PostgreSQL 15. Gatehouse needs 15 or newer.');
    } catch (error) {
      if (!isUnavailable(error) || performance.now() > deadline) throw error;
      if (isFirst) log.warn(forLog(error), 'the database does not answer yet; trying for 30 seconds');
      await pause(250);
    }
  }
}

/** Waits for work in progress, but not for ever: the embedded server's shutdown then rolls it back. */
async function closeAll(pools: readonly Db[], embedded: Embedded | undefined): Promise<void> {
  const drained = Promise.all(pools.map((pool) => pool.destroy()));
  await Promise.race([drained, pause(drainPatienceMs, undefined, { ref: false })]);
  await embedded?.stop();
}
