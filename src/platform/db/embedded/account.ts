/** Under which account the embedded PostgreSQL runs: it refuses root, and we add no user to the host. */
import { execFile } from 'node:child_process';
import { chown, lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { codeOf } from '../errors.ts';
import type { Binaries } from './binaries.ts';

/** How to run a program of the cluster: words to put before it, and the uid and gid to run it with, if not ours. */
export interface Account {
  readonly prefix: readonly string[];
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
}

const run = promisify(execFile);
const nobody = process.platform === 'darwin' ? 4_294_967_294 : 65_534;
const namespace = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`] as const;

/**
 * The account for the cluster in `folder` (which exists). Not root: our own. Root: the folder's owner if that is somebody
 * else, else nobody, when that account can reach folder and programs; else root inside a user namespace, where it is seen as
 * nobody. Fails with a sentence that says what to do when none of these works.
 */
export async function chooseAccount(folder: string, binaries: Binaries): Promise<Account> {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return { prefix: [], ids: undefined };
  const owner = await lstat(folder);
  const ids = owner.uid === 0 ? { uid: nobody, gid: nobody } : { uid: owner.uid, gid: owner.gid };
  if (await reaches(ids, dirname(folder), binaries)) return { prefix: [], ids };
  if (await namespaceWorks(binaries)) return { prefix: namespace, ids: undefined };
  throw new Error(
    `PostgreSQL refuses to run as root, and the account it would run as (uid ${ids.uid}) cannot enter ${dirname(folder)} or read the installed programs. `
    + 'Start Gatehouse as a user other than root, put GATEHOUSE_HOME and the installation in folders that others may enter, or set DATABASE_URL to a PostgreSQL server.',
  );
}

/** Gives `folder` and everything below it to the account. For a cluster that is not running. */
export async function giveTo(account: Account, folder: string): Promise<void> {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return;
  const { uid, gid } = account.ids ?? { uid: 0, gid: 0 };
  if ((await lstat(folder)).uid !== uid) await chownTree(folder, uid, gid);
}

async function chownTree(path: string, uid: number, gid: number): Promise<void> {
  const found = await lstat(path);
  if (found.isDirectory()) {
    for (const name of await readdir(path)) await chownTree(join(path, name), uid, gid);
  }
  // The folder last: an interrupted run is seen by its owner and done again. Links are not followed.
  if (!found.isSymbolicLink()) await chown(path, uid, gid);
}

/** Asks the system itself, with those ids: permission bits alone would miss access lists and mounts. */
async function reaches(ids: { uid: number; gid: number }, folder: string, binaries: Binaries): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', 'cd "$1" && exec "$2" --version', 'sh', folder, binaries.postgres], { ...ids, cwd: '/', env: { ...binaries.environment } });
    return true;
  } catch (error) {
    return refuseBrokenPrograms(error);
  }
}

async function namespaceWorks(binaries: Binaries): Promise<boolean> {
  const [program, ...words] = namespace;
  try {
    await run(program, [...words, binaries.postgres, '--version'], { cwd: '/', env: { ...binaries.environment } });
    return true;
  } catch (error) {
    return refuseBrokenPrograms(error);
  }
}

/** Programs that cannot load their libraries fail for every account: say so, not that the account is wrong. */
function refuseBrokenPrograms(error: unknown): false {
  const said: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'stderr') : undefined;
  if (typeof said === 'string' && /error while loading shared libraries|GLIBC_/.test(said)) {
    throw new Error(`The embedded PostgreSQL does not run on this machine (it needs glibc): ${said.trim()}. Set DATABASE_URL to a PostgreSQL server.`);
  }
  if (codeOf(error) === 'ENOMEM') throw error;
  return false;
}
