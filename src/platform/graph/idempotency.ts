/**
 * The same create twice does one thing and is answered the same (draft-ietf-httpapi-idempotency-key-header-07). A key belongs to
 * one principal and the client that it acts through, and is kept for a day. What is refused is not kept: the key may come again
 * with the request mended. Two that come at once: the second waits for the first, by the row that both want.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { isRecord, type JsonRecord } from '../../kernel/json.ts';
import { refuse } from '../../kernel/problem.ts';
import type { Executor, Tx } from '../db/database.ts';
import { maybe, one } from '../db/transaction.ts';
import type { GraphRequest, GraphResponse } from './exchange.ts';

/** Longest key, in characters. */
export const longestKey = 255;

/** Hours that an answer is kept. */
const hoursKept = 24;

const header = 'Idempotency-Key';

/** Whose answer it is, by which name, and to what. */
export interface Keyed {
  readonly principalId: string;
  readonly clientAppId: string;
  readonly key: string;
  /** SHA-256 of what is asked. */
  readonly fingerprint: Buffer;
}

/** The key of a request, if it has one. The header is a string of structured fields (RFC 8941); one without quotes is understood. */
export function keyOf({ headers, caller, version, path, query, body }: GraphRequest): Keyed | undefined {
  const given = headers['idempotency-key'];
  if (given === undefined) return undefined;
  const key = /^"(.*)"$/.exec(given.trim())?.[1] ?? given.trim();
  if (!/^[\x21\x23-\x7e]+$/.test(key) || key.length > longestKey) {
    return refuse('invalidValue', { field: header, reason: `a key is 1 to ${longestKey} visible ASCII characters, such as a UUID, without spaces and quotation marks inside` });
  }
  const asked = JSON.stringify([version, path, query, inOrder(body)]);
  return { principalId: caller.principalId, clientAppId: caller.clientAppId, key, fingerprint: createHash('sha256').update(asked).digest() };
}

/** The same whatever order a client writes its members in. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  return isRecord(value) ? Object.entries(value).toSorted(([first], [second]) => (first < second ? -1 : 1)).map(([name, member]) => [name, inOrder(member)]) : value;
}

interface Kept {
  readonly fingerprint: Buffer;
  readonly status: number;
  readonly headers: JsonRecord;
  readonly body: string | null;
}

/** Runs `act` unless its answer is kept already: then that one, with `Idempotent-Replayed`. The same key with another request is refused. */
export async function answerOnce(tx: Tx, { keyed, now }: { readonly keyed: Keyed; readonly now: Date }, act: () => Promise<GraphResponse>): Promise<GraphResponse> {
  if (!await claim(tx, keyed, now)) return await replay(tx, keyed);
  const answer = await act();
  await sql`update idempotent_answers set status = ${answer.status}, headers = ${JSON.stringify(answer.headers)}::json, body = ${answer.body === undefined ? null : JSON.stringify(answer.body)}
    where ${named(keyed)}`.execute(tx);
  return answer;
}

const named = ({ principalId, clientAppId, key }: Keyed) => sql`principal_id = ${principalId}::uuid and client_app_id = ${clientAppId} and key = ${key}`;

/** Waits for another transaction that has the key. True: the key was free, or its day is over. */
async function claim(tx: Tx, keyed: Keyed, now: Date): Promise<boolean> {
  const row = await maybe(tx, sql<{ readonly mine: boolean }>`
    insert into idempotent_answers as kept (principal_id, client_app_id, key, fingerprint, created_at)
    values (${keyed.principalId}, ${keyed.clientAppId}, ${keyed.key}, ${keyed.fingerprint}, ${now})
    on conflict (principal_id, client_app_id, key) do update set fingerprint = excluded.fingerprint, status = null, headers = null, body = null, created_at = excluded.created_at
     where kept.created_at < excluded.created_at - make_interval(hours => ${hoursKept})
    returning true as mine`);
  return row !== undefined;
}

async function replay(tx: Tx, keyed: Keyed): Promise<GraphResponse> {
  const { fingerprint, status, headers, body } = await one(tx, sql<Kept>`select fingerprint, status, headers, body from idempotent_answers where ${named(keyed)}`);
  if (!fingerprint.equals(keyed.fingerprint)) refuse('keyReused', { field: header, value: keyed.key });
  const read: unknown = body === null ? undefined : JSON.parse(body);
  const texts = Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { status, headers: { ...Object.fromEntries(texts), 'Idempotent-Replayed': 'true' }, ...(isRecord(read) ? { body: { ...read } } : {}) };
}

/** Forgets answers whose day is over. To be called now and then. */
export async function forgetAnswers(executor: Executor, now: Date): Promise<void> {
  await sql`delete from idempotent_answers where created_at < ${now}::timestamptz - make_interval(hours => ${hoursKept})`.execute(executor);
}
