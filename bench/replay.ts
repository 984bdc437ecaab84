/** The same statements as the server sent, from a bare client: what the database alone allows. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { deserialize } from 'node:v8';
import { Client } from 'pg';
import { isRecord } from '../src/kernel/json.ts';
import { measure, type Measured } from './measure.ts';

/** One statement as it was sent. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Statements of a recording behind its first `from` bytes. */
export function readRecording(file: string, from: number): readonly Statement[] {
  const handle = openSync(file, 'r');
  const added = Buffer.alloc(recordedBytes(file) - from);
  readSync(handle, added, 0, added.length, from);
  closeSync(handle);
  return added.toString('latin1').split('\n').filter((line) => line !== '').map((line) => {
    const statement: unknown = deserialize(Buffer.from(line, 'base64'));
    if (!isRecord(statement) || typeof statement['text'] !== 'string' || !Array.isArray(statement['values'])) throw new Error('not a recording');
    return { text: statement['text'], values: statement['values'].map((value: unknown) => value) };
  });
}

/** Length of a recording by now, in bytes. */
export const recordedBytes = (file: string): number => statSync(file).size;

/** What to send again: `warm` groups first, unmeasured, so that plans and caches are as warm as the server's. */
export interface Replay {
  readonly groups: readonly (readonly Statement[])[];
  readonly warm: number;
  readonly workers: number;
}

/** Sends each group of statements in order on one of `workers` connections, prepared as the server prepares them. */
export async function replay(databaseUrl: string, { groups, warm, workers }: Replay): Promise<Measured> {
  const clients = await Promise.all(Array.from({ length: workers }, async () => {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(`set role gatehouse_server`);
    return client;
  }));
  const free = [...clients];
  try {
    const one = async (index: number): Promise<void> => {
      const client = free.shift();
      if (client === undefined) throw new Error('more work than connections');
      for (const statement of groups[index] ?? []) await send(client, statement);
      free.push(client);
    };
    await measure({ count: warm, workers }, one);
    return await measure({ count: groups.length - warm, workers }, async (index) => { await one(warm + index); });
  } finally {
    await Promise.all(clients.map(async (client) => { await client.end(); }));
  }
}

async function send(client: Client, { text, values }: Statement): Promise<void> {
  if (values.length === 0) await client.query(text);
  else await client.query({ name: nameOf(text), text, values: [...values] });
}

const names = new Map<string, string>();

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 20);
  names.set(text, name);
  return name;
}
