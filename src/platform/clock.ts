/** What time it is. Everything that compares with now takes a clock or a Date; nothing else asks the system. */
import { sql } from 'kysely';
import type { Db } from './db/database.ts';
import { one } from './db/transaction.ts';

/** Tells the time: a UTC instant. */
export interface Clock {
  now(): Date;
}

/** A clock that follows the database's. */
export interface DatabaseClock extends Clock {
  /** Measures the difference to the database's clock again. Fails, and keeps the old difference, when it does not answer. */
  refresh(): Promise<void>;
}

const samples = 3;

/** This machine's clock, corrected by its difference to the database's, so that several machines agree on when access ends. */
export async function databaseClock(db: Db): Promise<DatabaseClock> {
  let offsetMs = await measureOffset(db);
  return {
    now: () => new Date(Date.now() + offsetMs),
    refresh: async () => {
      offsetMs = await measureOffset(db);
    },
  };
}

/** Of a few samples the quickest: its answer is the least old. Milliseconds to add to this machine's clock. */
async function measureOffset(db: Db): Promise<number> {
  let best = { tookMs: Number.POSITIVE_INFINITY, offsetMs: 0 };
  for (let sample = 0; sample < samples; sample++) {
    const before = Date.now();
    const started = performance.now();
    const { at } = await one(db, sql<{ at: Date }>`select clock_timestamp() as at`);
    const tookMs = performance.now() - started;
    if (tookMs < best.tookMs) best = { tookMs, offsetMs: Math.round(at.getTime() - before - tookMs / 2) };
  }
  return best.offsetMs;
}

/** A clock that stands still until it is set: for tests. */
export function fixedClock(start: Date): Clock & { set(to: Date): void } {
  let current = start;
  return {
    now: () => new Date(current),
    set: (to) => {
      current = to;
    },
  };
}
