/** One database cluster in the state folder: makes it, finds or starts its server, stops it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { newId } from '../../ids.ts';
import { codeOf } from '../errors.ts';
import { type Account, chooseAccount, giveTo } from './account.ts';
import { type Binaries, locateBinaries } from './binaries.ts';
import { chooseEndpoint, clientConfig, type Endpoint, endpointOf, listenSettings, readPassword } from './endpoint.ts';
import { forgetPostmaster, isServing, readPostmaster } from './postmaster.ts';

const run = promisify(execFile);
/** Starting after a crash replays the log since the last checkpoint; a shutdown writes one. Milliseconds. */
const patienceMs = 120_000;
const logLimitBytes = 10_000_000;

/** Written into postgresql.conf once, where an operator may change them. For a machine that does other things too. */
const firstSettings = ['shared_buffers=128MB', 'max_connections=100', 'random_page_cost=1.1', 'timezone=UTC', 'log_timezone=UTC'];
/** Statements and the details of errors carry people's data: they stay out of the server's log. */
const fixedSettings = ['log_error_verbosity=terse', 'log_min_error_statement=panic'];

/** A cluster on disk. `folder` holds `data`, `postgres.log` and the socket, and belongs to `account`. */
export interface Cluster {
  readonly folder: string;
  readonly data: string;
  readonly binaries: Binaries;
  readonly account: Account;
  readonly password: string | undefined;
  /** `name=value` settings of this process's starts, such as a test's `fsync=off`. */
  readonly settings: readonly string[];
}

/** Finds the cluster in `folder`, or makes it there. Several processes may do so at once. */
export async function openCluster(folder: string, settings: readonly string[]): Promise<Cluster> {
  // Root's server runs under another account, which must be able to pass through the state folder (its files are 0600).
  await mkdir(dirname(folder), { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const binaries = await locateBinaries(join(folder, 'lib'));
  const account = await chooseAccount(folder, binaries);
  const data = join(folder, 'data');
  const running = await readPostmaster(data);
  if (running === undefined || !await isServing(running, data)) await giveTo(account, folder);
  const cluster: Cluster = { folder, data, binaries, account, password: await readPassword(folder), settings };
  const made = await stat(join(data, 'PG_VERSION')).then(() => true, () => false);
  if (!made) await initialise(cluster);
  return cluster;
}

/** Beside its place and then renamed: a killed start leaves no half cluster, and of two starts one wins. */
async function initialise(cluster: Cluster): Promise<void> {
  const draft = `${cluster.data}-${newId()}`;
  await mkdir(draft, { mode: 0o700 });
  await giveTo(cluster.account, draft);
  const auth = cluster.password === undefined ? ['--auth=trust'] : ['--auth=scram-sha-256', `--pwfile=${join(cluster.folder, 'password')}`];
  const settings = firstSettings.flatMap((setting) => ['-c', setting]);
  try {
    await runAs(cluster, [cluster.binaries.initdb, '-D', draft, '-U', 'gatehouse', '-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', ...auth, ...settings]);
    await rename(draft, cluster.data);
    await syncFolder(cluster.folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
  }
}

/** The server of the cluster, accepting connections: the one that runs, or a new one. `wanted`: keep to this address. */
export async function ensureServing(cluster: Cluster, wanted?: Endpoint): Promise<Endpoint> {
  const deadline = performance.now() + patienceMs;
  let started: Attempt | undefined;
  for (let wait = 5; performance.now() < deadline; wait = Math.min(wait * 1.5, 200)) {
    const found = await readPostmaster(cluster.data);
    const serving = found !== undefined && await isServing(found, cluster.data);
    // Ask before believing the process table: the server may live in another container that shares the folder.
    if (found !== undefined && await answers(endpointOf(found, cluster.password))) return endpointOf(found, cluster.password);
    if (started !== undefined && hasEnded(started.child) && !serving) {
      await refuseUnlessPassing(cluster, started);
      started = undefined;
    }
    if (!serving && started === undefined) {
      if (found !== undefined) await forgetPostmaster(found, cluster.data);
      started = await start(cluster, wanted ?? await chooseEndpoint(cluster));
    }
    await pause(wait);
  }
  throw new Error(`PostgreSQL in ${cluster.data} did not answer within ${patienceMs / 1000} seconds. Its log is ${logOf(cluster)}.`);
}

/** Fast shutdown: open transactions are rolled back, everything acknowledged is on disk. Returns when the server is gone. */
export async function shutDown(cluster: Cluster): Promise<void> {
  const server = await readPostmaster(cluster.data);
  if (server === undefined || !await isServing(server, cluster.data)) return;
  if (process.platform === 'win32') await run(cluster.binaries.pgCtl, ['stop', '-D', cluster.data, '-m', 'fast', '-w']);
  else process.kill(server.pid, 'SIGINT');
  const deadline = performance.now() + patienceMs;
  while (await isServing(server, cluster.data)) {
    if ((await readPostmaster(cluster.data))?.pid !== server.pid) return;
    if (performance.now() > deadline) throw new Error(`PostgreSQL (process ${server.pid}) did not stop within ${patienceMs / 1000} seconds. Its log is ${logOf(cluster)}.`);
    await pause(5);
  }
}

/** A server process of ours, and where its words begin in the log. */
interface Attempt {
  readonly child: ChildProcess;
  readonly logStart: number;
}

async function start(cluster: Cluster, endpoint: Endpoint): Promise<Attempt> {
  const log = await openLog(cluster);
  try {
    const settings = [...listenSettings(endpoint), ...fixedSettings, ...cluster.settings].flatMap((setting) => ['-c', setting]);
    const [program = '', ...words] = [...cluster.account.prefix, cluster.binaries.postgres, '-D', cluster.data, '-p', String(endpoint.port), ...settings];
    // A process group of its own: Ctrl-C is for us, and the database must outlive our last request.
    const child = spawn(program, words, { ...optionsFor(cluster), detached: true, windowsHide: true, stdio: ['ignore', log.file.fd, log.file.fd] });
    child.on('error', () => {});
    child.unref();
    return { child, logStart: log.size };
  } finally {
    await log.file.close();
  }
}

async function openLog(cluster: Cluster) {
  const path = logOf(cluster);
  const size = await stat(path).then((found) => found.size, () => 0);
  if (size <= logLimitBytes) return { file: await open(path, 'a', 0o600), size };
  await rename(path, `${path}.1`);
  return { file: await open(path, 'a', 0o600), size: 0 };
}

/** Another start won, or a killed server's last workers are still leaving: both pass. Anything else is for people. */
async function refuseUnlessPassing(cluster: Cluster, attempt: Attempt): Promise<void> {
  const words = (await readFile(logOf(cluster))).subarray(attempt.logStart).toString('utf8');
  if (/lock file .* already exists|pre-existing shared memory block/.test(words)) return;
  const fatal = words.split('\n').filter((line) => /FATAL|PANIC|error/.test(line)).at(-1) ?? words.slice(-500);
  throw new Error(`PostgreSQL did not start in ${cluster.data}: ${fatal.replaceAll(/\s+/g, ' ').trim()} (its log is ${logOf(cluster)})`);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

async function answers(endpoint: Endpoint): Promise<boolean> {
  const client = new Client({ ...clientConfig(endpoint, 'postgres'), connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function runAs(cluster: Cluster, command: readonly string[]): Promise<void> {
  const [program = '', ...words] = [...cluster.account.prefix, ...command];
  await run(program, words, optionsFor(cluster));
}

function optionsFor(cluster: Cluster) {
  // Windows programs do not start without the system's own variables.
  const env = process.platform === 'win32' ? {} : { env: { ...cluster.binaries.environment } };
  return { cwd: cluster.folder, ...env, ...cluster.account.ids };
}

function logOf(cluster: Cluster): string {
  return join(cluster.folder, 'postgres.log');
}

/** The rename must be on disk before anyone is told that the cluster exists. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
