import { type ChildProcess, fork } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { type Database, openDatabase } from '../../src/platform/db/database.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { all, one } from '../../src/platform/db/transaction.ts';

const root = await mkdtemp(join(tmpdir(), 'gatehouse-embedded-'));
await chmod(root, 0o755);
const children: ChildProcess[] = [];
const databases: Database[] = [];
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  // What a failed test left open; stopping twice does nothing.
  await Promise.all(databases.map(async (database) => await database.stop()));
  await rm(root, { recursive: true, force: true });
});

async function open(home: string): Promise<Database> {
  const database = await openDatabase({ home, databaseUrl: undefined, poolSize: 4, log: silentLog });
  databases.push(database);
  return database;
}
const count = sql<{ n: number }>`select count(*) as n from kept`;

async function postmasterOf(home: string): Promise<number> {
  return Number((await readFile(join(home, 'postgres', 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

async function isStopped(home: string): Promise<boolean> {
  return await stat(join(home, 'postgres', 'data', 'postmaster.pid')).then(() => false, () => true);
}

/** Another process that opens the database in `home` and inserts rows, reporting each number once it is acknowledged. */
async function writer(home: string): Promise<{ child: ChildProcess; acknowledged: () => number }> {
  const child = fork(fileURLToPath(new URL('embedded-writer.ts', import.meta.url)), [home], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  children.push(child);
  let last = 0;
  child.on('message', (message) => {
    last = Number(message);
  });
  await once(child, 'message');
  return { child, acknowledged: () => last };
}

describe('one process', () => {
  test('keeps its rows over a stop and a start, on a socket that others cannot enter', async () => {
    const home = join(root, 'plain');
    const first = await open(home);
    await sql`create table kept (id int)`.execute(first.owner);
    await sql`insert into kept values (1)`.execute(first.db);
    expect(await one(first.db, sql`select current_setting('fsync') as fsync, current_setting('listen_addresses') as tcp, current_setting('server_encoding') as encoding, current_setting('shared_buffers') as buffers`))
      .toEqual({ fsync: 'on', tcp: '', encoding: 'UTF8', buffers: '128MB' });
    expect((await stat(join(home, 'postgres'))).mode & 0o777).toBe(0o700);
    await Promise.all([first.stop(), first.stop()]);
    expect(await isStopped(home)).toBe(true);
    const second = await open(home);
    expect(await one(second.db, count)).toEqual({ n: 1 });
    await second.stop();
  });

  test('works where the path is too long for a socket', async () => {
    const home = join(root, 'x'.repeat(120));
    const database = await open(home);
    expect(await one(database.db, sql`select 1 as x`)).toEqual({ x: 1 });
    const socketFolder = new URL(database.databaseUrl).searchParams.get('host') ?? '';
    expect((await stat(socketFolder)).mode & 0o777).toBe(0o700);
    await database.stop();
    await expect(stat(socketFolder)).rejects.toThrow('ENOENT');
  });

  test('works in a folder that is closed to everyone else, and again once it is opened', async () => {
    const closed = join(root, 'closed');
    const home = join(closed, 'home');
    await mkdir(closed, { mode: 0o700 });
    const database = await open(home);
    await sql`create table kept (id int)`.execute(database.owner);
    await database.stop();
    await chmod(closed, 0o755);
    const again = await open(home);
    expect(await one(again.db, count)).toEqual({ n: 0 });
    await again.stop();
    await chmod(closed, 0o700);
    const closedAgain = await open(home);
    expect(await one(closedAgain.db, count)).toEqual({ n: 0 });
    await closedAgain.stop();
  });
});

describe('several processes', () => {
  test('share one server, which stops with the last of them', async () => {
    const home = join(root, 'shared');
    const both = await Promise.all([open(home), open(home)]);
    const [first, second] = both;
    await sql`create table kept (id int)`.execute(first.owner);
    expect(await one(second.db, count)).toEqual({ n: 0 });
    await first.stop();
    await sql`insert into kept values (1)`.execute(second.db);
    expect(await one(second.db, count)).toEqual({ n: 1 });
    await second.stop();
    expect(await isStopped(home)).toBe(true);
  });

  test('one that is killed loses nothing acknowledged, and the next adopts and stops its server', async () => {
    const home = join(root, 'orphaned');
    const { child, acknowledged } = await writer(home);
    await vi.waitFor(() => expect(acknowledged()).toBeGreaterThan(20), { timeout: 30_000 });
    const server = await postmasterOf(home);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const database = await open(home);
    expect(await postmasterOf(home)).toBe(server);
    expect((await one(database.db, count)).n).toBeGreaterThanOrEqual(acknowledged());
    await database.stop();
    expect(await isStopped(home)).toBe(true);
  });

  test('a killed server is started again under us and has lost nothing acknowledged', async () => {
    const home = join(root, 'crashed');
    const database = await open(home);
    await sql`create table kept (id int)`.execute(database.owner);
    for (let round = 1; round <= 3; round++) {
      for (let row = 0; row < 20; row++) await sql`insert into kept values (${row})`.execute(database.db);
      const killed = await postmasterOf(home);
      process.kill(killed, 'SIGKILL');
      // Its workers may answer a little longer: wait for the next server.
      await vi.waitFor(async () => expect(await postmasterOf(home)).not.toBe(killed), { timeout: 30_000, interval: 20 });
      const rows = await vi.waitFor(async () => await all(database.db, count), { timeout: 30_000, interval: 20 });
      expect(rows).toEqual([{ n: round * 20 }]);
    }
    await database.stop();
    expect(await isStopped(home)).toBe(true);
  });

  test('killed together, the next start recovers', async () => {
    const home = join(root, 'both');
    const { child, acknowledged } = await writer(home);
    await vi.waitFor(() => expect(acknowledged()).toBeGreaterThan(20), { timeout: 30_000 });
    const server = await postmasterOf(home);
    child.kill('SIGKILL');
    process.kill(server, 'SIGKILL');
    await once(child, 'exit');
    const database = await open(home);
    expect((await one(database.db, count)).n).toBeGreaterThanOrEqual(acknowledged());
    await database.stop();
  });
});

test('a server that cannot start says why', async () => {
  const home = join(root, 'broken');
  const database = await open(home);
  await database.stop();
  await rm(join(home, 'postgres', 'data', 'global'), { recursive: true });
  await expect(open(home)).rejects.toThrow(/^PostgreSQL did not start in .*pg_control/);
});
