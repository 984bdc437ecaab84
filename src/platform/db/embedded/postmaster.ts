/** What `postmaster.pid` says about a running server, and whether to believe it. */
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';

/** A server as its pid file names it. `socketFolder` is empty where it listens on TCP only. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly socketFolder: string;
}

/** The server that the data folder's pid file names, running or not; undefined when there is none (or half of one). */
export async function readPostmaster(dataFolder: string): Promise<Postmaster | undefined> {
  const lines = (await readPidFile(dataFolder))?.split('\n') ?? [];
  const [pid, , , port, socketFolder] = lines;
  if (pid === undefined || port === undefined || socketFolder === undefined) return undefined;
  return { pid: Number(pid), port: Number(port), socketFolder };
}

/**
 * Whether the process that the pid file names is alive and serves this folder. After a crash or in a new container the
 * number may belong to somebody else.
 */
export async function isServing(postmaster: Postmaster, dataFolder: string): Promise<boolean> {
  if (!isAlive(postmaster.pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return await readlink(`/proc/${postmaster.pid}/cwd`) === await realpath(dataFolder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    const name = await readFile(`/proc/${postmaster.pid}/comm`, 'utf8').catch(() => '');
    return name.trim() === 'postgres';
  }
}

/**
 * Removes the pid files of a server that is gone when their number now belongs to another process: PostgreSQL itself would
 * take that process for its predecessor and refuse to start. Reads again first, so as not to take a new server's file; should
 * that happen in the instant between, the server's shared memory still keeps a second one out.
 */
export async function forgetPostmaster(stale: Postmaster, dataFolder: string): Promise<void> {
  if (!isAlive(stale.pid)) return;
  const now = await readPostmaster(dataFolder);
  if (now?.pid !== stale.pid || await isServing(now, dataFolder)) return;
  await rm(join(dataFolder, 'postmaster.pid'), { force: true });
  if (stale.socketFolder !== '') await rm(join(stale.socketFolder, `.s.PGSQL.${stale.port}.lock`), { force: true });
}

async function readPidFile(dataFolder: string): Promise<string | undefined> {
  try {
    return await readFile(join(dataFolder, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
