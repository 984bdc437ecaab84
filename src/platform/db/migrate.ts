/** Brings the schema up to date: numbered SQL files, forward only, never edited once landed. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Db, Executor } from './database.ts';
import { codeOf } from './errors.ts';
import { all } from './transaction.ts';

/** The folder of this installation's migrations. */
export const migrationsFolder = fileURLToPath(new URL('../../../migrations', import.meta.url));

interface MigrationFile {
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the text, hexadecimal. */
  readonly checksum: string;
}

/**
 * Runs the migrations that have not run, in order, in one transaction, under a lock: of several processes one runs and the
 * others wait. Returns the names of those that ran here. Fails with a sentence when one that has run is missing or was
 * changed; a failing one leaves the schema as it was.
 */
export async function migrate(owner: Db, folder: string = migrationsFolder): Promise<readonly string[]> {
  const files = await readMigrations(folder);
  await refuseChanged(owner, files);
  const migrations = Object.fromEntries(files.map((file) => [file.name, asMigration(file)]));
  const migrator = new Migrator({
    db: owner,
    provider: { getMigrations: async () => migrations },
    migrationTableName: 'schema_migration',
    migrationLockTableName: 'schema_migration_lock',
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName;
    const about = failed === undefined ? 'The migrations could not be run' : `Migration ${failed} failed`;
    throw new Error(`${about}: ${error instanceof Error ? error.message : 'no reason was given'}`, { cause: error });
  }
  // Another process may have run its own version of a file while this one waited.
  await refuseChanged(owner, files);
  return (results ?? []).map((result) => result.migrationName);
}

/** Names of migrations that have not run, in order; empty when the schema is up to date. */
export async function migrationsPending(db: Executor, folder: string = migrationsFolder): Promise<readonly string[]> {
  const files = await readMigrations(folder);
  const applied = await appliedChecksums(db);
  return files.map((file) => file.name).filter((name) => !applied.has(name));
}

async function readMigrations(folder: string): Promise<readonly MigrationFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  const misnamed = names.find((name, index) => !/^\d{4}-[a-z0-9-]+\.sql$/.test(name) || name.slice(0, 4) === names[index - 1]?.slice(0, 4));
  if (misnamed !== undefined) throw new Error(`The migration ${misnamed} is not named NNNN-words.sql, or its number is taken.`);
  return await Promise.all(names.map(async (name) => {
    // Windows checkouts may end lines otherwise; that is not a change.
    const text = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n');
    return { name: name.slice(0, -'.sql'.length), text, checksum: createHash('sha256').update(text).digest('hex') };
  }));
}

function asMigration(file: MigrationFile): Migration {
  // The checksum commits with the migration; Kysely's own table knows names only.
  const up = async (db: Kysely<unknown>): Promise<void> => {
    await sql`create table if not exists schema_migration_checksum (name text primary key, checksum text not null)`.execute(db);
    await sql.raw(file.text).execute(db);
    await sql`insert into schema_migration_checksum (name, checksum) values (${file.name}, ${file.checksum})`.execute(db);
  };
  return { up };
}

async function refuseChanged(owner: Db, files: readonly MigrationFile[]): Promise<void> {
  const current = new Map(files.map((file) => [file.name, file.checksum]));
  for (const [name, checksum] of await appliedChecksums(owner)) {
    const now = current.get(name);
    if (now === undefined) throw new Error(`The migration ${name} has run on this database, but this version of Gatehouse does not have it. Start the version that last ran here, or a newer one.`);
    if (now !== checksum) throw new Error(`The migration ${name} was changed after it had run on this database. Undo the change, and write what is new as a further migration.`);
  }
}

async function appliedChecksums(db: Executor): Promise<ReadonlyMap<string, string>> {
  try {
    const rows = await all(db, sql<{ name: string; checksum: string }>`select name, checksum from schema_migration_checksum order by name`);
    return new Map(rows.map((row) => [row.name, row.checksum]));
  } catch (error) {
    if (codeOf(error) === '42P01') return new Map();
    throw error;
  }
}
