/** Tokens of `delta()`: up to which moment a client knows everything, and where in the telling of what came after it stands. */
import { sql } from 'kysely';
import { refuse } from '../../../kernel/problem.ts';
import type { Executor } from '../../db/database.ts';
import { one } from '../../db/transaction.ts';
import { parseToken, writeToken } from '../query/order.ts';
import { readInstant } from '../value.ts';

/** What a reader saw: every change that this snapshot of the database does not show came later. `at`: its time, for what ends by the clock. */
export interface Moment {
  readonly snapshot: string;
  readonly at: string;
}

/** Now, and the database that it is now in. */
export interface Present extends Moment {
  readonly origin: string;
}

/**
 * One round of telling: what came after `since` (undefined: everything there is). `until` is when it began, and the `since` of
 * the next round. `last`: key told last; `inside`: how far its relations are told, when there is more to say of them.
 */
export interface Round {
  readonly since?: Moment | undefined;
  readonly until: Moment;
  readonly last?: string | undefined;
  readonly inside?: string | undefined;
}

/** Days that a token serves. Changes are kept a day longer (see {@link forgetChanges}), so that none is gone that a token needs. */
const daysServed = 7;

/** The present moment of the database. */
export async function presentMoment(executor: Executor): Promise<Present> {
  return await one(executor, sql<Present>`
    select pg_current_snapshot()::text as snapshot, to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, changes_origin() as origin`);
}

/** Forgets changes that no token can ask for any more. To be called now and then. */
export async function forgetChanges(executor: Executor): Promise<void> {
  await sql`delete from changes where at < now() - make_interval(days => ${daysServed + 1})`.execute(executor);
}

/** A round as a token. `signed`: what the query is about. */
export const writeRound = (signed: string, origin: string, round: Round): string =>
  writeToken(signed, [origin, round.until.snapshot, round.until.at, round.since?.snapshot ?? null, round.since?.at ?? null, round.last ?? null, round.inside ?? null]);

/** How to judge a token. `resync`: address of a fresh start. */
export interface Judging {
  readonly signed: string;
  readonly present: Present;
  readonly resync: string;
}

/** The round of a token. Garbled: 400. Of another query or database, or too old to know what has changed since: 410. */
export function readRound(token: string, { signed, present, resync }: Judging): Round {
  const [mark, origin, snapshot, at, sinceSnapshot, sinceAt, last, inside, ...more] = parseToken(token);
  const until = momentOf(snapshot, at);
  const since = momentOf(sinceSnapshot, sinceAt);
  const isWhole = until !== undefined && inside !== undefined && more.length === 0 && (since !== undefined || sinceSnapshot === null);
  if (!isWhole) return refuse('invalidQuery', { field: '$deltatoken', reason: 'the token is none of this service; follow links as they are, or start again without a token' });
  const gone = (reason: string): never => refuse('syncStateGone', { reason, resync });
  if (mark !== signed) return gone('the token belongs to another query');
  if (origin !== present.origin || newest(until) > newest(present)) return gone('the token belongs to another database');
  if (Date.parse(present.at) - Date.parse((since ?? until).at) > daysServed * 86_400_000) return gone(`the token is older than ${daysServed} days`);
  return { until, since, ...(last === null ? {} : { last }), ...(inside === null ? {} : { inside }) };
}

const snapshotPattern = /^\d{1,19}:(\d{1,19}):(?:\d{1,19}(?:,\d{1,19})*)?$/;

function momentOf(snapshot: string | null | undefined, at: string | null | undefined): Moment | undefined {
  const isMoment = typeof snapshot === 'string' && typeof at === 'string' && snapshotPattern.test(snapshot) && readInstant(at) !== undefined;
  return isMoment ? { snapshot, at } : undefined;
}

/** First number that no transaction had yet. */
const newest = ({ snapshot }: Moment): bigint => BigInt(snapshotPattern.exec(snapshot)?.[1] ?? 0);
