import { sql } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Tx } from '../../src/platform/db/database.ts';
import { all, inTransaction, isUnavailable, maybe, one, uniqueViolation, violatedConstraint } from '../../src/platform/db/transaction.ts';
import { testDatabase } from '../support/database.ts';

const database = await testDatabase();
const { db, owner } = database;

beforeAll(async () => {
  await sql`create table counter (id int primary key, value int not null constraint small check (value < 1000));
    create table child (counter_id int constraint child_counter references counter);
    insert into counter values (1, 0), (2, 0)`.execute(owner);
});

const add = async (tx: Tx, id: number): Promise<void> => void await sql`update counter set value = value + 1 where id = ${id}`.execute(tx);

test('a deadlock is resolved by running the loser again', async () => {
  const runs = [0, 0];
  const bothHold = Promise.withResolvers<void>();
  let holding = 0;
  const crossing = async (index: number, first: number, second: number): Promise<void> => await inTransaction(db, async (tx) => {
    runs[index] = (runs[index] ?? 0) + 1;
    await add(tx, first);
    if (++holding === 2) bothHold.resolve();
    await bothHold.promise;
    await add(tx, second);
  });
  await Promise.all([crossing(0, 1, 2), crossing(1, 2, 1)]);
  expect(runs.toSorted((a, b) => a - b)).toEqual([1, 2]);
  expect(await all(db, sql`select id, value from counter order by id`)).toEqual([{ id: 1, value: 2 }, { id: 2, value: 2 }]);
});

test('gives up after five runs, and does not repeat other failures', async () => {
  let runs = 0;
  const failing = (code: string) => inTransaction(db, async (tx) => {
    runs++;
    await sql`do ${sql.lit(`begin raise sqlstate '${code}'; end`)}`.execute(tx);
  });
  await expect(failing('40001')).rejects.toMatchObject({ code: '40001' });
  expect(runs).toBe(5);
  await expect(failing('22012')).rejects.toMatchObject({ code: '22012' });
  expect(runs).toBe(6);
});

test('rolls everything back when the work fails', async () => {
  const before = await all(db, sql`select * from counter order by id`);
  await expect(inTransaction(db, async (tx) => {
    await add(tx, 1);
    throw new Error('no');
  })).rejects.toThrow('no');
  expect(await all(db, sql`select * from counter order by id`)).toEqual(before);
});

describe('answers', () => {
  test('one, maybe and all', async () => {
    expect(await maybe(db, sql`select 1 as x where false`)).toBeUndefined();
    expect(await one(db, sql`select 1 as x`)).toEqual({ x: 1 });
    await expect(one(db, sql`select 1 where false`)).rejects.toThrow('Expected one row, got none');
    await expect(maybe(db, sql`select from generate_series(1, 2)`)).rejects.toThrow('Expected at most one row, got 2');
  });

  test('broken constraints by name', async () => {
    const failure = async (statement: ReturnType<typeof sql>): Promise<unknown> => await statement.execute(db).then(() => undefined, (error: unknown) => error);
    const unique = await failure(sql`insert into counter values (1, 0)`);
    expect(uniqueViolation(unique)).toBe('counter_pkey');
    expect(violatedConstraint(await failure(sql`insert into child values (99)`))).toEqual({ kind: 'foreignKey', constraint: 'child_counter' });
    const check = await failure(sql`insert into counter values (3, 1000)`);
    expect(violatedConstraint(check)).toEqual({ kind: 'check', constraint: 'small' });
    expect(uniqueViolation(check)).toBeUndefined();
    expect(violatedConstraint(new Error('other'))).toBeUndefined();
    expect(isUnavailable(unique)).toBe(false);
  });
});

test('the pool outlives its connections, lent out or idle', async () => {
  const killOthers = sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
  await one(db, sql`select 1`);
  const lost = inTransaction(db, async (tx) => {
    await one(tx, sql`select 1`);
    await killOthers.execute(owner);
    await one(tx, sql`select 1`);
  });
  await expect(lost).rejects.toSatisfy(isUnavailable);
  await killOthers.execute(owner);
  // The news of the loss may arrive after the next statement was sent on the lost connection: that one fails as unavailable.
  const next = async (): Promise<unknown> => await one(db, sql`select 2 as two`).catch((error: unknown) => isUnavailable(error));
  await expect.poll(next, { interval: 1, timeout: 20_000 }).toEqual({ two: 2 });
});
