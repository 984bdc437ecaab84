/** The embedded PostgreSQL, as the rest of the house sees it: a URL while somebody needs it. */
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { codeOf, forLog } from '../errors.ts';
import type { DatabaseLog } from '../log.ts';
import { type Cluster, ensureServing, openCluster, shutDown } from './cluster.ts';
import { clientConfig, databaseName, type Endpoint, endpointUrl, forgetEndpoint } from './endpoint.ts';

/** `folder` is the cluster's own (not the state folder). `settings` are `name=value`, for this process's starts only. */
export interface EmbeddedOptions {
  readonly folder: string;
  readonly log: DatabaseLog;
  readonly settings?: readonly string[];
}

/** A running embedded server. `databaseUrl` stays right when the server is restarted. */
export interface Embedded {
  readonly databaseUrl: string;
  /** Stops the server (fast shutdown) unless another process still uses it. Harmless when repeated. */
  stop(): Promise<void>;
}

/**
 * Every process that uses the server holds this lock, shared, on a connection of its own; who gets it alone is the last, and
 * stops the server. So a second start shares the first one's server, neither takes it away from the other, and a server that
 * outlived a killed process is stopped by the next.
 */
const presenceLock = 7_402_118_830_551_903;
const longestRetryMs = 5000;

/** Starts the server in `folder`, or uses the one that already serves it; restarts it if it dies while we are here. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const cluster = await openCluster(resolve(options.folder), options.settings ?? []);
  const keeper = new Keeper(cluster, options.log);
  const endpoint = await keeper.begin();
  let stopping: Promise<void> | undefined;
  return { databaseUrl: endpointUrl(endpoint, databaseName), stop: () => (stopping ??= keeper.end()) };
}

/** Keeps the server up and our presence known. */
class Keeper {
  readonly #cluster: Cluster;
  readonly #log: DatabaseLog;
  #endpoint: Endpoint | undefined;
  #presence: Client | undefined;
  #mending: Promise<void> | undefined;
  readonly #leaving = new AbortController();

  constructor(cluster: Cluster, log: DatabaseLog) {
    this.#cluster = cluster;
    this.#log = log;
  }

  async begin(): Promise<Endpoint> {
    for (let attempt = 1; ; attempt++) {
      const endpoint = await ensureServing(this.#cluster, this.#endpoint);
      try {
        this.#presence = await this.#enter(endpoint);
        this.#endpoint = endpoint;
        return endpoint;
      } catch (error) {
        // The last user before us was just stopping the server: start it again.
        if (attempt === 10) throw error;
      }
    }
  }

  async #enter(endpoint: Endpoint): Promise<Client> {
    const client = new Client({ ...clientConfig(endpoint, 'postgres'), application_name: 'gatehouse presence' });
    client.on('error', () => {});
    await client.connect();
    try {
      await client.query('select pg_advisory_lock_shared($1)', [presenceLock]);
      await createDatabase(client);
    } catch (error) {
      await client.end();
      throw error;
    }
    client.once('end', () => {
      if (!this.#leaving.signal.aborted) this.#mending = this.#mend();
    });
    return client;
  }

  async #mend(): Promise<void> {
    this.#log.warn({}, 'the embedded PostgreSQL has gone away; starting it again');
    for (let wait = 100; !this.#leaving.signal.aborted; wait = Math.min(wait * 2, longestRetryMs)) {
      try {
        await this.begin();
        return;
      } catch (error) {
        this.#log.error(forLog(error), 'the embedded PostgreSQL could not be started again');
        await pause(wait, undefined, { signal: this.#leaving.signal, ref: false }).catch(() => {});
      }
    }
  }

  async end(): Promise<void> {
    this.#leaving.abort();
    await this.#mending;
    const client = this.#presence;
    if (client === undefined || this.#endpoint === undefined) return;
    if (await isLast(client)) {
      await shutDown(this.#cluster);
      await forgetEndpoint(this.#endpoint, this.#cluster.folder);
    } else {
      this.#log.info({}, 'the embedded PostgreSQL stays up: another process uses it');
    }
    await client.end();
  }
}

/** Leaves; true when nobody else is present, and then nobody can enter before the server has stopped. */
async function isLast(client: Client): Promise<boolean> {
  try {
    await client.query('select pg_advisory_unlock_shared($1)', [presenceLock]);
    const answer = await client.query<{ last: boolean }>('select pg_try_advisory_lock($1) as last', [presenceLock]);
    return answer.rows[0]?.last === true;
  } catch {
    // The server went away under us: whoever starts it again is present, and stops it.
    return false;
  }
}

async function createDatabase(client: Client): Promise<void> {
  const known = await client.query('select from pg_database where datname = $1', [databaseName]);
  if (known.rowCount === 1) return;
  try {
    await client.query(`create database ${databaseName}`);
  } catch (error) {
    // Another start made it in the meantime.
    if (!['42P04', '23505'].includes(codeOf(error) ?? '')) throw error;
  }
}
