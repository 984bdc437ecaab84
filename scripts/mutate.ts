/**
 * `npm run mutate [-- --mutate <files>]`: breaks rules, machines and the kernel in thousands of small ways and counts how many the
 * tests beside them notice (https://stryker-mutator.io). Stryker is heavy and nothing else needs it: it is fetched, pinned, at the
 * first run, and package.json does not name it, so that nobody who only starts the server installs it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const version = '10.1.1';
const runner = 'node_modules/@stryker-mutator/core/bin/stryker.js';

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(runner)) run('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', `@stryker-mutator/core@${version}`, `@stryker-mutator/vitest-runner@${version}`]);
run(process.execPath, [runner, 'run', 'test/mutation/stryker.config.json', ...process.argv.slice(2)]);
