/** Start and stop, as the operating contract promises them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig, type Config } from '../src/config.ts';
import { startGatehouse } from '../src/main.ts';
import { createLog } from '../src/platform/log/log.ts';
import { testDatabase } from './support/database.ts';

const root = path.dirname(import.meta.dirname);
const database = await testDatabase();
const log = createLog({ level: 'silent' });
let home = '';

beforeAll(async () => { home = await mkdtemp(path.join(tmpdir(), 'gatehouse-start-')); });
afterAll(async () => { await rm(home, { recursive: true, force: true }); });

function configOf(port = 0): Config {
  const result = parseConfig({ GATEHOUSE_HOME: home, GATEHOUSE_PORT: String(port), DATABASE_URL: database.databaseUrl });
  if (!result.ok) throw new Error(result.problems.join(' '));
  return result.config;
}

/** `npm start` with settings of its own; `output` grows. Signals go to npm alone, as from a supervisor. */
function launch(settings: Record<string, string>): { child: ChildProcess; output: { text: string } } {
  const child = spawn('npm', ['start'], { cwd: root, env: { ...process.env, ...settings }, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { output.text += data.toString(); });
  return { child, output };
}

async function until(isTrue: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!isTrue() && Date.now() < end) await new Promise((resolve) => { setTimeout(resolve, 50); });
}

describe('in this process', () => {
  it('is live and ready once started, and gone once stopped', async () => {
    const gatehouse = await startGatehouse(configOf(), log);
    expect((await fetch(`${gatehouse.url}/health/live`)).status).toBe(200);
    expect(await (await fetch(`${gatehouse.url}/health/ready`)).json()).toEqual({ status: 'ready' });
    await gatehouse.stop();
    await gatehouse.stop();
    await expect(fetch(`${gatehouse.url}/health/live`)).rejects.toThrow();
  });

  it('says in a sentence that the address is taken', async () => {
    const gatehouse = await startGatehouse(configOf(), log);
    await expect(startGatehouse(configOf(Number(new URL(gatehouse.url).port)), log)).rejects.toThrow(/^Cannot listen on .* another program uses it/);
    await gatehouse.stop();
  });
});

describe('npm start', () => {
  it.skipIf(process.platform === 'win32').each(['SIGINT', 'SIGTERM'] as const)('says where it listens, and ends with 0 on %s', async (signal) => {
    const { child, output } = launch({ GATEHOUSE_HOME: home, GATEHOUSE_PORT: '0', DATABASE_URL: database.databaseUrl });
    await until(() => /^Gatehouse listens on http:.*\nbootstrap: .*bootstrap\.json$/m.test(output.text) || child.exitCode !== null);
    expect(output.text).toMatch(/^Gatehouse listens on http:\/\/127\.0\.0\.1:\d+\nbootstrap: /m);
    const ended = once(child, 'exit');
    child.kill(signal);
    expect((await ended)[0]).toBe(0);
  });

  it('names every wrong setting and ends with 1', async () => {
    const { child, output } = launch({ GATEHOUSE_PORT: 'x', GATEHOUSE_HOEM: '/tmp' });
    expect((await once(child, 'exit'))[0]).toBe(1);
    await until(() => output.text.includes('GATEHOUSE_PORT'));
    expect(output.text).toContain("GATEHOUSE_PORT is 'x'");
    expect(output.text).toContain('GATEHOUSE_HOEM is not a setting. Did you mean GATEHOUSE_HO');
  });
});
