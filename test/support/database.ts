/** A database of its own for each test file, copied from the migrated template. */
import { Client } from 'pg';
import { afterAll, inject } from 'vitest';
import { type Database, openDatabase } from '../../src/platform/db/database.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { newId } from '../../src/platform/ids.ts';

const poolSize = 8;

/**
 * A migrated, empty database, open as the server opens it; dropped when the file's tests are over. Call it at the top of the
 * file: `const database = await testDatabase();`. `databaseUrl` may be given to a whole server started in the test.
 */
export async function testDatabase(): Promise<Database> {
  const { template } = inject('testServer');
  return await openTestDatabase(`template ${template}`);
}

/** The same without any migration: for tests of the migrations themselves. */
export async function emptyTestDatabase(): Promise<Database> {
  return await openTestDatabase('');
}

async function openTestDatabase(from: string): Promise<Database> {
  const { adminUrl, prefix } = inject('testServer');
  const name = `${prefix}${newId().replaceAll('-', '')}`;
  const opened: { database?: Database } = {};
  // Registered before anything is awaited: afterwards the file's collection may already be over.
  afterAll(async () => {
    await opened.database?.stop();
    await asAdmin(adminUrl, `drop database if exists ${name} with (force)`);
  });
  await asAdmin(adminUrl, `create database ${name} ${from}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  opened.database = await openDatabase({ home: '', databaseUrl: url.href, poolSize, log: silentLog });
  return opened.database;
}

async function asAdmin(adminUrl: string, statement: string): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}
