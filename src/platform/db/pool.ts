/** Pools of `pg` connections for Kysely: named statements, our types, and errors that never end the process. */
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { Pool, type PoolClient, type PoolConfig, types } from 'pg';
import { codeOf, forLog } from './errors.ts';
import type { DatabaseLog } from './log.ts';

/** How to pool: where, how many connections, and whether the connection options of the server's own role apply. */
export interface PoolOptions {
  readonly databaseUrl: string;
  readonly size: number;
  readonly log: DatabaseLog;
  /** Words for the `options` start-up parameter, such as `-c role=…`. */
  readonly settings: readonly string[];
  /** Prepared statements kept on each connection. Default 500. */
  readonly statementLimit?: number;
}

const defaultStatementLimit = 500;
const acquireTimeoutMs = 15_000;

/** int8 as number: our counters stay below 2^53. Dates without a time stay text: a Date would be shifted by the local zone. */
const parsers = new Map<number, (text: string) => unknown>([
  [types.builtins.INT8, Number],
  [types.builtins.DATE, String],
]);

const defaultParser = (oid: number, format: 'text' | 'binary' = 'text'): unknown => types.getTypeParser(oid, format);

const customTypes: NonNullable<PoolConfig['types']> = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => parsers.get(oid) ?? defaultParser(oid, format),
};

/** A pool in the shape that Kysely's PostgreSQL dialect takes. */
export function openPool(options: PoolOptions): PostgresPool {
  const { log, statementLimit = defaultStatementLimit } = options;
  // `pipeline` lets a transaction's first statement travel with its `begin` (see NamedConnection); the types do not know it yet.
  const settings: PoolConfig & { readonly pipeline: boolean } = {
    pipeline: true,
    connectionString: withSettings(options.databaseUrl, ['-c TimeZone=UTC', '-c DateStyle=ISO', ...options.settings]),
    max: options.size,
    types: customTypes,
    application_name: 'gatehouse',
    keepAlive: true,
    connectionTimeoutMillis: acquireTimeoutMs,
    idleTimeoutMillis: 60_000,
  };
  const pool = new Pool(settings);
  // Without a listener a loss would end the process: the pool repeats those of idle connections, and does not hear those
  // of connections that are lent out.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', (error) => {
    if (!pool.ending) log.warn(forLog(error), 'a database connection was lost');
  }));
  const named = new WeakMap<PoolClient, NamedConnection>();
  const connect = async (): Promise<PostgresPoolClient> => {
    const client = await pool.connect();
    const known = named.get(client) ?? new NamedConnection(client, statementLimit);
    named.set(client, known);
    return known as unknown as PostgresPoolClient;
  };
  return { connect, end: () => pool.end(), options: pool.options };
}

/** `databaseUrl` with more words in its `options` parameter. Fails with a sentence when it is no URL (and does not quote it: it may hold a password). */
export function withSettings(databaseUrl: string, settings: readonly string[]): string {
  if (!URL.canParse(databaseUrl)) throw new Error('DATABASE_URL is not a URL such as postgresql://user:password@host:5432/database.');
  const url = new URL(databaseUrl);
  const given = url.searchParams.get('options');
  url.searchParams.set('options', [...(given === null ? [] : [given]), ...settings].join(' '));
  // pg-connection-string and libpq take a plus sign in a value differently; percent signs they take alike.
  url.search = url.search.replaceAll('+', '%20');
  return url.href;
}

/** What we use of `pg`'s connection below its public types: see `Connection.close` and `parsedStatements` in pg/lib/connection.js. */
interface Wire {
  readonly connection?: {
    close(message: { type: 'S'; name: string }): void;
    readonly parsedStatements: Record<string, string>;
    readonly stream: { cork(): void; uncork(): void };
  };
}

const opens = /^(?:begin|start transaction)\b/i;
const ends = /^(?:commit|rollback)\b/i;

/**
 * One connection whose statements with parameters are prepared once under a name, and then only bound: twice the look-ups a
 * second. Statements without parameters (begin, commit, scripts of several statements) go as plain text.
 * The least recently used one is given back when there are too many. A `begin` waits for the transaction's first statement
 * and goes out in one write with it: a round trip less in every transaction.
 */
class NamedConnection {
  readonly #client: PoolClient;
  readonly #limit: number;
  /** SQL text → name; in order of use, the oldest first. Names are never used twice on one connection. */
  readonly #names = new Map<string, string>();
  #made = 0;
  /** A `begin` that has not been sent. */
  #opening: string | undefined;

  constructor(client: PoolClient, limit: number) {
    this.#client = client;
    this.#limit = limit;
  }

  /** Set by pg when the connection is up; Kysely reads it to cancel a statement. */
  get processID(): unknown {
    const id: unknown = Reflect.get(this.#client, 'processID');
    return id;
  }

  async query(text: string, parameters: readonly unknown[]): Promise<unknown> {
    if (parameters.length === 0) return await this.#plain(text);
    const values = [...parameters];
    try {
      return await this.#opened(() => this.#client.query({ name: this.#nameOf(text), text, values }));
    } catch (error) {
      if (!isStalePlan(error)) throw error;
      this.#forget(text);
      // Inside a transaction the failure has ended it: inTransaction runs the whole again.
      if (this.#client.getTransactionStatus() !== 'I') throw error;
      return await this.#client.query({ name: this.#nameOf(text), text, values });
    }
  }

  release(destroy?: boolean): void {
    this.#opening = undefined;
    this.#client.release(destroy);
  }

  async #plain(text: string): Promise<unknown> {
    if (opens.test(text)) {
      this.#opening = text;
      return { command: 'BEGIN', rowCount: null, rows: [] };
    }
    // Nothing was sent of a transaction without statements, so nothing has to be ended.
    if (this.#opening !== undefined && ends.test(text)) {
      this.#opening = undefined;
      return { command: text.toUpperCase(), rowCount: null, rows: [] };
    }
    return await this.#opened(() => this.#client.query(text));
  }

  /** Sends a statement behind the `begin` that waits for it, if one does; the failure of either is the statement's. */
  async #opened<T>(send: () => Promise<T>): Promise<T> {
    const opening = this.#opening;
    if (opening === undefined) return await send();
    this.#opening = undefined;
    const { connection } = this.#client as unknown as Wire;
    connection?.stream.cork();
    const begun = this.#client.query(opening);
    const sent = send();
    connection?.stream.uncork();
    const [first, second] = await Promise.allSettled([begun, sent]);
    if (first.status === 'rejected') throw first.reason;
    if (second.status === 'rejected') throw second.reason;
    return second.value;
  }

  #nameOf(text: string): string {
    const name = this.#names.get(text) ?? `g${++this.#made}`;
    this.#names.delete(text);
    this.#names.set(text, name);
    const [oldest] = this.#names.keys();
    if (this.#names.size > this.#limit && oldest !== undefined) this.#forget(oldest);
    return name;
  }

  /** A Close message needs no answer of its own, and is taken even in a failed transaction, where `deallocate` is not. */
  #forget(text: string): void {
    const name = this.#names.get(text);
    const { connection } = this.#client as unknown as Wire;
    this.#names.delete(text);
    if (name === undefined || connection === undefined) return;
    connection.close({ type: 'S', name });
    delete connection.parsedStatements[name];
  }
}

/** A statement prepared before a change of the schema (0A000), or one that the server no longer knows (26000). */
export function isStalePlan(error: unknown): boolean {
  const code = codeOf(error);
  if (code === '26000') return true;
  return code === '0A000' && error instanceof Error && error.message === 'cached plan must not change result type';
}
