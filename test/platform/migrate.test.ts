import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, describe, expect, test } from 'vitest';
import { openDatabase, serverRole } from '../../src/platform/db/database.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { migrate, migrationsFolder, migrationsPending } from '../../src/platform/db/migrate.ts';
import { all, one } from '../../src/platform/db/transaction.ts';
import { newId } from '../../src/platform/ids.ts';
import { emptyTestDatabase, testDatabase } from '../support/database.ts';

const [raced, edited, failing, migrated] = await Promise.all([emptyTestDatabase(), emptyTestDatabase(), emptyTestDatabase(), testDatabase()]);
const folder = await mkdtemp(join(tmpdir(), 'gatehouse-migrations-'));
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const folderWith = async (name: string, files: Readonly<Record<string, string>>): Promise<string> => {
  const made = join(folder, name);
  await cp(join(migrationsFolder, '0001-roles.sql'), join(made, '0001-roles.sql'));
  for (const [file, text] of Object.entries(files)) await writeFile(join(made, file), text);
  return made;
};

test('three at once: one runs, two wait', async () => {
  const slow = await folderWith('raced', { '0002-slow.sql': 'create table slow (id int); select pg_sleep(0.1); insert into slow values (1);' });
  expect(await migrationsPending(raced.owner, slow)).toEqual(['0001-roles', '0002-slow']);
  const others = await Promise.all([1, 2].map(async () => await openDatabase({ home: '', databaseUrl: raced.databaseUrl, poolSize: 2, log: silentLog })));
  const ran = await Promise.all([raced, ...others].map(async (database) => await migrate(database.owner, slow)));
  expect(ran.toSorted((a, b) => a.length - b.length)).toEqual([[], [], ['0001-roles', '0002-slow']]);
  expect(await all(raced.db, sql`select id from slow`)).toEqual([{ id: 1 }]);
  expect(await migrationsPending(raced.db, slow)).toEqual([]);
  await Promise.all(others.map(async (database) => await database.stop()));
});

test('roles are made by several new databases at once', async () => {
  const fresh = await Promise.all([1, 2, 3, 4].map(async () => await emptyTestDatabase()));
  const role = `racing_${newId().slice(-12)}`;
  const text = (await readFile(join(migrationsFolder, '0001-roles.sql'), 'utf8')).replaceAll('gatehouse_server', role);
  const racing = await folderWith('roles', { '0002-again.sql': text });
  const ran = await Promise.all(fresh.map(async (database) => await migrate(database.owner, racing)));
  expect(ran).toEqual(fresh.map(() => ['0001-roles', '0002-again']));
  for (const database of fresh) await sql`drop owned by ${sql.id(role)}`.execute(database.owner);
  await sql`drop role ${sql.id(role)}`.execute(raced.owner);
});

describe('refuses, with a sentence,', () => {
  test('a migration that was changed after it ran, or is gone', async () => {
    const before = await folderWith('before', { '0002-a.sql': 'create table a (id int);' });
    expect(await migrate(edited.owner, before)).toEqual(['0001-roles', '0002-a']);
    expect(await migrate(edited.owner, before)).toEqual([]);
    await writeFile(join(before, '0002-a.sql'), 'create table a (id int);\r\n'.trim());
    expect(await migrate(edited.owner, before)).toEqual([]);
    const changed = await folderWith('changed', { '0002-a.sql': 'create table a (id bigint);', '0003-b.sql': 'create table b (id int);' });
    await expect(migrate(edited.owner, changed)).rejects.toThrow('The migration 0002-a was changed after it had run on this database.');
    const gone = await folderWith('gone', { '0003-b.sql': 'create table b (id int);' });
    await expect(migrate(edited.owner, gone)).rejects.toThrow('this version of Gatehouse does not have it');
    expect(await migrationsPending(edited.owner, changed)).toEqual(['0003-b']);
  });

  test('one that fails, and leaves nothing of it behind', async () => {
    const broken = await folderWith('broken', { '0002-broken.sql': 'create table half (id int); select 1 / 0;' });
    await expect(migrate(failing.owner, broken)).rejects.toThrow('Migration 0002-broken failed: division by zero');
    expect(await one(failing.owner, sql`select to_regclass('half') as half`)).toEqual({ half: null });
    expect(await migrationsPending(failing.owner, broken)).toContain('0002-broken');
  });

  test('two with one number', async () => {
    const twins = await folderWith('twins', { '0002-a.sql': '', '0002-b.sql': '' });
    await expect(migrate(failing.owner, twins)).rejects.toThrow('The migration 0002-b.sql is not named');
  });
});

describe("the server's role", () => {
  test('is taken by its pool, and can be denied what it must not do', async () => {
    await sql`create table ledger (id int); revoke update, delete, truncate on ledger from gatehouse_server`.execute(migrated.owner);
    expect(await one(migrated.db, sql`select current_user as role`)).toEqual({ role: serverRole });
    await sql`insert into ledger values (1)`.execute(migrated.db);
    for (const forbidden of [sql`update ledger set id = 2`, sql`delete from ledger`, sql`truncate ledger`, sql`alter table ledger add x int`]) {
      await expect(forbidden.execute(migrated.db)).rejects.toMatchObject({ code: '42501' });
    }
    await sql`reset role`.execute(migrated.db);
    await expect(sql`delete from ledger`.execute(migrated.db)).rejects.toMatchObject({ code: '42501' });
  });

  test('where it may not be taken the server runs as the owner and says so', async () => {
    const warnings: string[] = [];
    const url = new URL(migrated.databaseUrl);
    const role = `plain_${url.pathname.slice(-12)}`;
    await sql`create role ${sql.id(role)} login`.execute(migrated.owner);
    url.searchParams.set('user', role);
    url.username = role;
    const plain = await openDatabase({ home: '', databaseUrl: url.href, poolSize: 2, log: { ...silentLog, warn: (_, message) => warnings.push(message) } });
    expect(await one(plain.db, sql`select current_user as role`)).toEqual({ role });
    expect(warnings).toEqual([expect.stringMatching(new RegExp(`may not be taken.* run: grant ${serverRole} to (${role}|"${role}"); `))]);
    await plain.stop();
    await sql`drop role ${sql.id(role)}`.execute(migrated.owner);
  });
});
