/** A server of the demo's own: the real one as a child process, in a throw-away state folder. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isRecord } from '../../src/kernel/json.ts';
import { textOf } from '../client/graph.ts';
import type { ClientSecret, TokenDoor } from '../client/tokens.ts';

/** How the demo gets in. */
export interface RunningServer extends TokenDoor {
  /** The administering application. */
  readonly administrator: ClientSecret;
  /** Part after the @ of people's names. */
  readonly domain: string;
}

const root = path.resolve(import.meta.dirname, '../..');
const longestStartMs = 120_000;
const longestStopMs = 20_000;

/** Starts the server; `cleanUp` collects what has to be undone. Nothing is awaited before the child is in it: no interruption leaves one behind. */
export async function startServer(cleanUp: AsyncDisposableStack): Promise<RunningServer> {
  const home = mkdtempSync(path.join(tmpdir(), 'gatehouse-demo-'));
  cleanUp.defer(async () => { await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }); });
  // The embedded PostgreSQL of a root start runs under another account, which has to pass through.
  if (process.getuid?.() === 0) chmodSync(home, 0o711);
  const child = spawn(process.execPath, ['src/main.ts'], { cwd: root, env: environment(home), stdio: ['ignore', 'pipe', 'pipe'] });
  cleanUp.defer(async () => { await stop(child); });
  await untilListening(child);
  return await readBootstrap(home);
}

/** Nothing of the caller's own installation reaches the demo: neither its database nor its settings. */
function environment(home: string): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(GATEHOUSE_|DATABASE_URL$|PG[A-Z]+$)/.test(name));
  return { ...Object.fromEntries(kept), GATEHOUSE_HOME: home, GATEHOUSE_HOST: '127.0.0.1', GATEHOUSE_PORT: '0', GATEHOUSE_LOG_LEVEL: 'warn' };
}

async function untilListening(child: ChildProcess): Promise<void> {
  const told: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => { reject(new Error(`The server was not up after ${longestStartMs / 1000} s.\n${told.join('')}`)); }, longestStartMs);
  child.stderr?.on('data', (data: Buffer) => { told.push(data.toString()); });
  child.stdout?.on('data', (data: Buffer) => { if (/^Gatehouse listens on /m.test(data.toString())) resolve(undefined); });
  child.once('error', reject);
  child.once('exit', (code) => { reject(new Error(`The server ended with code ${code ?? 'none'} before it was up.\n${told.join('')}`)); });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}

async function readBootstrap(home: string): Promise<RunningServer> {
  const facts: unknown = JSON.parse(await readFile(path.join(home, 'bootstrap.json'), 'utf8'));
  if (!isRecord(facts)) throw new Error('bootstrap.json is not a JSON object.');
  return {
    base: textOf(facts, 'url'), tenantId: textOf(facts, 'tenantId'),
    administrator: { clientId: textOf(facts, 'clientId'), clientSecret: textOf(facts, 'clientSecret') },
    domain: textOf(facts, 'adminUser').split('@')[1] ?? 'example.com',
  };
}

/** Ends this one process: with a word first, by force when it does not listen. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => { child.kill('SIGKILL'); }, longestStopMs);
  await ended;
  clearTimeout(timer);
}
