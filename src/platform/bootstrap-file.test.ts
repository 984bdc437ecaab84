import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bootstrapPath, writeBootstrapFile } from './bootstrap-file.ts';

const facts = { tenantId: 't', clientId: 'c', clientSecret: 's', adminUser: 'admin@example.com', adminPassword: 'p' };
let home = '';

beforeEach(async () => { home = await mkdtemp(path.join(tmpdir(), 'gatehouse-bootstrap-')); });
afterEach(async () => { await rm(home, { recursive: true }); });

it('is made on the first start and changes nothing but the url on later ones', async () => {
  await writeBootstrapFile({ home, url: 'http://127.0.0.1:1', facts });
  await writeBootstrapFile({ home, url: 'http://127.0.0.1:2', facts: undefined });
  expect(JSON.parse(await readFile(bootstrapPath(home), 'utf8'))).toEqual({ url: 'http://127.0.0.1:2', ...facts });
});

it.skipIf(process.platform === 'win32')('is for its owner only', async () => {
  await writeBootstrapFile({ home, url: 'http://127.0.0.1:1', facts });
  expect((await stat(bootstrapPath(home))).mode & 0o777).toBe(0o600);
});

it('is not made up when it is gone', async () => {
  await writeBootstrapFile({ home, url: 'http://127.0.0.1:1', facts: undefined });
  await expect(stat(bootstrapPath(home))).rejects.toThrow('ENOENT');
});
