import { sql } from 'kysely';
import { PostgresDialect, Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { Db, Tables } from '../../src/platform/db/database.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { openPool, withSettings } from '../../src/platform/db/pool.ts';
import { all, one } from '../../src/platform/db/transaction.ts';
import { testDatabase } from '../support/database.ts';

const database = await testDatabase();

/** One connection with room for three statements. */
function smallPool(): Db {
  const pool = openPool({ databaseUrl: database.databaseUrl, size: 1, log: silentLog, settings: [], statementLimit: 3 });
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

const prepared = sql<{ statement: string }>`select statement from pg_prepared_statements order by prepare_time`;

describe('statements', () => {
  test('with parameters are prepared once and bound again', async () => {
    const db = smallPool();
    for (const value of [1, 2, 3]) expect(await one(db, sql`select ${value}::int as value`)).toEqual({ value });
    expect(await all(db, prepared)).toEqual([{ statement: 'select $1::int as value' }]);
    await db.destroy();
  });

  test('beyond the limit give back the least recently used, also in a failed transaction', async () => {
    const db = smallPool();
    const ask = async (name: string, on: Db = db) => await one(on, sql`select ${1}::int as ${sql.ref(name)}`);
    for (const name of ['a', 'b', 'c', 'a']) await ask(name);
    await db.transaction().execute(async (tx) => {
      await expect(sql`select 1 / 0`.execute(tx)).rejects.toThrow('division by zero');
      await expect(ask('d', tx)).rejects.toThrow('aborted');
    }).catch(() => {});
    await ask('e');
    await ask('b');
    const names = (await all(db, prepared)).map((row) => /as "(\w)"/.exec(row.statement)?.[1]);
    expect(names).toHaveLength(2);
    expect(names).toEqual(['e', 'b']);
    await db.destroy();
  });

  test('prepared before a change of the schema are prepared anew', async () => {
    const db = smallPool();
    await sql`create table changing (id int)`.execute(database.owner);
    const read = async (on: Db) => await all(on, sql`select * from changing where id > ${0}`);
    await read(db);
    await sql`alter table changing add column more text; insert into changing values (1, 'x')`.execute(database.owner);
    expect(await read(db)).toEqual([{ id: 1, more: 'x' }]);
    await db.destroy();
  });
});

describe('values', () => {
  test('int8 is a number, timestamptz a Date, date a text', async () => {
    const row = await one(database.db, sql`select count(*) as count, '2026-01-02T03:04:05.678Z'::timestamptz as at, '2026-01-02'::date as day from (values (1), (2)) as v`);
    expect(row).toEqual({ count: 2, at: new Date('2026-01-02T03:04:05.678Z'), day: '2026-01-02' });
  });

  test('a statement that fails inside a transaction cannot be committed over', async () => {
    const work = database.db.transaction().execute(async (tx) => {
      await sql`select 1 / ${0}::int`.execute(tx).catch(() => {});
    });
    await expect(work).rejects.toThrow('rolled back instead of committed');
  });
});

describe('connection settings', () => {
  test('are added to those of the URL, and a URL that is none is not quoted back', () => {
    expect(withSettings('postgresql://u@h/d?options=-c%20a%3D1', ['-c b=2'])).toBe('postgresql://u@h/d?options=-c%20a%3D1%20-c%20b%3D2');
    expect(() => withSettings('user:secret', [])).not.toThrow();
    expect(() => withSettings('host=h password=secret', [])).toThrow(/^DATABASE_URL is not a URL such as/);
  });

  test('the server has limits, the owner none', async () => {
    const limits = sql`select current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle, current_setting('TimeZone') as zone`;
    expect(await one(database.db, limits)).toEqual({ statement: '30s', idle: '30s', zone: 'UTC' });
    expect(await one(database.owner, limits)).toEqual({ statement: '0', idle: '0', zone: 'UTC' });
  });
});
