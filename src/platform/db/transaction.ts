/** Transactions that start over when the database asks for it, and the three ways to read an answer. */
import { setTimeout as pause } from 'node:timers/promises';
import type { RawBuilder } from 'kysely';
import type { Db, Executor, Tx } from './database.ts';
import { codeOf } from './errors.ts';
import { isStalePlan } from './pool.ts';

export { type ConstraintViolation, isUnavailable, uniqueViolation, violatedConstraint } from './errors.ts';

const attempts = 5;
const longestPauseMs = 20;

/**
 * Runs `work` in one READ COMMITTED transaction and commits. Up to five times in all when the database reports a deadlock or
 * a serialization failure: `work` may run more than once, so it does nothing outside the transaction. Any other error rolls
 * back and is thrown; so is an attempt to commit after a failed statement.
 */
export async function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().setIsolationLevel('read committed').execute(work);
    } catch (error) {
      if (attempt === attempts || !isPassing(error)) throw error;
      await pause(Math.random() * longestPauseMs * attempt);
    }
  }
}

/** What was read has been overtaken by what others committed: {@link inTransaction} runs the whole again, and decides anew. */
export class Overtaken extends Error {
  readonly code = '40001';
}

function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  return code === '40001' || code === '40P01' || isStalePlan(error);
}

/** Every row. */
export async function all<T>(executor: Executor, query: RawBuilder<T>): Promise<readonly T[]> {
  return (await query.execute(executor)).rows;
}

/** The row, or undefined when there is none. More than one is a bug. */
export async function maybe<T>(executor: Executor, query: RawBuilder<T>): Promise<T | undefined> {
  const rows = await all(executor, query);
  if (rows.length > 1) throw new Error(`Expected at most one row, got ${rows.length}`);
  return rows[0];
}

/** The one row. None, or more than one, is a bug. */
export async function one<T>(executor: Executor, query: RawBuilder<T>): Promise<T> {
  const row = await maybe(executor, query);
  if (row === undefined) throw new Error('Expected one row, got none');
  return row;
}
