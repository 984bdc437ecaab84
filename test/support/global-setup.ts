/**
 * One PostgreSQL for the whole test run: embedded in a temporary folder, or the server that GATEHOUSE_TEST_DATABASE_URL
 * names (its role must be allowed to create databases and roles). All migrations are run once, into a template.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/platform/db/database.ts';
import { type Embedded, startEmbedded } from '../../src/platform/db/embedded/embedded.ts';
import { silentLog } from '../../src/platform/db/log.ts';
import { migrate } from '../../src/platform/db/migrate.ts';
import { newId } from '../../src/platform/ids.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The test server: `adminUrl` may create databases; names of databases begin with `prefix`; `template` is migrated. */
    testServer: { readonly adminUrl: string; readonly prefix: string; readonly template: string };
  }
}

/** Nothing here has to survive a crash. */
const hasty = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'autovacuum_naptime=1h', 'deadlock_timeout=50ms', 'max_connections=300'];

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  const prefix = `gatehouse_test_${newId().replaceAll('-', '').slice(-8)}_`;
  const template = `${prefix}template`;
  const teardown = async (): Promise<void> => {
    try {
      if (!server.isOurs) await dropAll(server.adminUrl, prefix);
    } finally {
      await server.stop();
    }
  };
  try {
    await makeTemplate(server.adminUrl, template);
  } catch (error) {
    await teardown();
    throw error;
  }
  project.provide('testServer', { adminUrl: server.adminUrl, prefix, template });
  return teardown;
}

interface Server {
  readonly adminUrl: string;
  readonly isOurs: boolean;
  stop(): Promise<void>;
}

async function startServer(): Promise<Server> {
  const given = process.env['GATEHOUSE_TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') return { adminUrl: given, isOurs: false, stop: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  // As root the server runs as another account, which must be able to enter.
  await chmod(folder, 0o711);
  const discard = async (): Promise<void> => await rm(folder, { recursive: true, force: true });
  const embedded: Embedded = await startEmbedded({ folder: join(folder, 'postgres'), log: silentLog, settings: hasty }).catch(async (error: unknown) => {
    await discard();
    throw error;
  });
  const stop = async (): Promise<void> => {
    try {
      await embedded.stop();
    } finally {
      await discard();
    }
  };
  return { adminUrl: embedded.databaseUrl, isOurs: true, stop };
}

async function makeTemplate(adminUrl: string, template: string): Promise<void> {
  await withAdmin(adminUrl, async (admin) => await admin.query(`create database ${template}`));
  const url = new URL(adminUrl);
  url.pathname = `/${template}`;
  const database = await openDatabase({ home: '', databaseUrl: url.href, poolSize: 2, log: silentLog });
  try {
    await migrate(database.owner);
  } finally {
    await database.stop();
  }
  // A template that nobody can connect to is always free to be copied.
  await withAdmin(adminUrl, async (admin) => await admin.query(`alter database ${template} allow_connections false`));
}

async function dropAll(adminUrl: string, prefix: string): Promise<void> {
  await withAdmin(adminUrl, async (admin) => {
    const { rows } = await admin.query<{ name: string }>('select datname as name from pg_database where starts_with(datname, $1)', [prefix]);
    for (const { name } of rows) await admin.query(`drop database if exists ${name} with (force)`);
  });
}

async function withAdmin(adminUrl: string, work: (admin: Client) => Promise<unknown>): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}
