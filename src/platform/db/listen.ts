/** Hears what other processes announce with NOTIFY, on a connection of its own that comes back when it is lost. */
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { forLog } from './errors.ts';
import type { DatabaseLog } from './log.ts';

/** What to listen to. `channel` is a plain lower-case name. */
export interface ListenOptions {
  readonly databaseUrl: string;
  readonly channel: string;
  /** Called with the payload; with undefined after a lost connection is back, when something may have been missed: look for yourself. */
  readonly onNotify: (payload: string | undefined) => void;
  readonly log: DatabaseLog;
}

/** An open ear. */
export interface Listener {
  stop(): Promise<void>;
}

const shortestPauseMs = 50;
const longestPauseMs = 5000;

/** Listens from when it returns until `stop`. Fails when the first connection fails; later ones are tried for ever. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const leaving = new AbortController();
  let client = await connect(options, onEnd);
  let mending: Promise<void> | undefined;

  function onEnd(): void {
    if (!leaving.signal.aborted) mending = mend();
  }

  async function mend(): Promise<void> {
    for (let wait = shortestPauseMs; !leaving.signal.aborted; wait = Math.min(wait * 2, longestPauseMs)) {
      try {
        client = await connect(options, onEnd);
        options.onNotify(undefined);
        return;
      } catch (error) {
        options.log.warn({ ...forLog(error), channel: options.channel }, 'listening on the database failed; trying again');
        await pause(wait, undefined, { signal: leaving.signal, ref: false }).catch(() => {});
      }
    }
  }

  return {
    stop: async () => {
      leaving.abort();
      await mending;
      await client.end();
    },
  };
}

async function connect(options: ListenOptions, onEnd: () => void): Promise<Client> {
  const { databaseUrl, channel, onNotify, log } = options;
  const client = new Client({ connectionString: databaseUrl, application_name: `gatehouse listen ${channel}`, keepAlive: true, connectionTimeoutMillis: 10_000 });
  client.on('error', (error) => log.warn({ ...forLog(error), channel }, 'the listening database connection was lost'));
  client.on('notification', (message) => onNotify(message.payload ?? ''));
  await client.connect();
  try {
    await client.query(`listen ${client.escapeIdentifier(channel)}`);
  } catch (error) {
    await client.end();
    throw error;
  }
  client.once('end', onEnd);
  return client;
}
