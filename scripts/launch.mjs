/**
 * The door of every npm script: `node scripts/launch.mjs start|test|demo|bench|docs|mutate|install [arguments]`.
 * Installs what is missing, finds Node 24 and hands over to it. Runs on Node 20 with nothing installed, hence plain
 * JavaScript without imports from packages. (`ignore-scripts` also switches off `prestart` and `pretest`.)
 * package.json says `exec node …`: npm sends SIGTERM to its shell only, and a shell that stays would die of it and leave
 * this process behind. Windows has no `exec`; exec.cmd beside package.json stands in there.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, 'node_modules');
const lockFolder = path.join(root, '.install-lock.tmp');
const isWindows = process.platform === 'win32';
const oldestNode = 24;

/** What each target runs: the arguments for Node. */
const targets = {
  start: ['src/main.ts'],
  test: ['node_modules/vitest/vitest.mjs', 'run'],
  demo: ['cli/demo.ts'],
  bench: ['bench/run.ts'],
  docs: ['scripts/generate-docs.ts'],
  mutate: ['scripts/mutate.ts'],
};

const say = (line) => process.stderr.write(`${line}\n`);

function fail(sentence) {
  say(sentence);
  process.exit(1);
}

/** The packages of a lockfile by folder; nothing where the file is missing or half written. */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

/**
 * Whether everything that `target` needs is there at the locked version. npm writes its own record into node_modules as
 * the last step of an install, so a broken-off install does not count. `start` does without development packages.
 */
function isInstalled(target) {
  const installed = readPackages(path.join(modules, '.package-lock.json'));
  const wanted = Object.entries(readPackages(path.join(root, 'package-lock.json')));
  return wanted.every(([folder, { version, integrity, optional, devOptional, dev }]) =>
    folder === '' || optional === true || devOptional === true || (target === 'start' && dev === true)
    || (installed[folder]?.version === version && installed[folder]?.integrity === integrity));
}

const pause = (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The id of the process that holds the lock; undefined while it is still writing it. */
function readHolder(folder = lockFolder) {
  try {
    return Number(readFileSync(path.join(folder, 'pid'), 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** mkdir is the lock: it succeeds for exactly one process. */
function tryLock() {
  try {
    mkdirSync(lockFolder);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    fail(`Cannot write to ${root} (${error.code}), and what Gatehouse needs is not installed there. Run it from a folder that you may write to.`);
  }
  writeFileSync(path.join(lockFolder, 'pid'), String(process.pid));
  return true;
}

const unlock = () => rmSync(lockFolder, { recursive: true, force: true });

/** Takes the lock of a dead process away, and puts it back when another process was faster and the lock is a new one. */
function breakLock(holder) {
  const aside = `${lockFolder}.${process.pid}.tmp`;
  try {
    renameSync(lockFolder, aside);
    if (readHolder(aside) !== holder) renameSync(aside, lockFolder);
    rmSync(aside, { recursive: true, force: true });
  } catch {
    // Another process took it away first: the next round sees what is there now.
  }
}

/** Waits until this process holds the lock or another one has finished the install. A lock whose holder died is taken away. */
function lockOrWait() {
  let emptyRounds = 0;
  let told = false;
  while (!tryLock()) {
    const holder = readHolder();
    emptyRounds = holder === undefined ? emptyRounds + 1 : 0;
    if (emptyRounds > 20 || (holder !== undefined && !isAlive(holder))) breakLock(holder);
    if (!told && holder !== undefined) say(`Another start (process ${holder}) is installing; waiting for it.`);
    told ||= holder !== undefined;
    pause(250);
  }
}

/** npm as this process can run it: npm's own script under this Node where npm started us, else `npm` on the PATH. */
function runNpm(args) {
  const script = process.env.npm_execpath;
  const options = { cwd: root, stdio: ['ignore', 2, 2], env: process.env };
  if (script !== undefined && /npm-cli\.c?js$/.test(script)) return spawnSync(process.execPath, [script, ...args], options);
  return spawnSync(isWindows ? 'npm.cmd' : 'npm', args, { ...options, shell: isWindows });
}

function install(target) {
  if (isInstalled(target)) return;
  lockOrWait();
  // Also when a sentence ends the process half way.
  process.once('exit', unlock);
  if (!isInstalled(target)) {
    say('Installing what is missing (npm ci --ignore-scripts); this happens once.');
    const result = runNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
    if (result.error !== undefined) fail(`npm could not be started: ${result.error.message}. Install npm, which comes with Node.`);
    if (result.status !== 0) fail('The install failed; npm says why above. Mend that and start again.');
  }
  unlock();
  process.off('exit', unlock);
}

const majorOf = (version) => Number(/^v?(\d+)\./.exec(version.trim())?.[1] ?? 0);

/** Node 24 or newer: the one from the registry, or the one that runs this. The package is started once to see that it works here. */
function findNode() {
  const bundled = path.join(modules, `node-${isWindows ? 'win' : process.platform}-${process.arch}`, 'bin', isWindows ? 'node.exe' : 'node');
  if (existsSync(bundled)) {
    const answer = spawnSync(bundled, ['--version'], { encoding: 'utf8' });
    if (answer.status === 0 && majorOf(answer.stdout) >= oldestNode) return bundled;
  }
  if (majorOf(process.version) >= oldestNode) return process.execPath;
  return fail(`Gatehouse needs Node ${oldestNode} or newer, and this is ${process.version}. Install it from https://nodejs.org and start again.`);
}

/** Hands over: same terminal, same signals, same exit code. */
function handOver(node, args) {
  const env = { ...process.env };
  // The children of the target (workers, tools) must find the same Node first. Windows spells the variable `Path`.
  const name = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  env[name] = [path.dirname(node), path.join(modules, '.bin'), env[name]].filter(Boolean).join(path.delimiter);
  const child = spawn(node, args, { cwd: root, stdio: 'inherit', env });
  let sent = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the whole group, the child has it already; a second one here would read as "now!".
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      sent += 1;
      if (sent <= 2) child.kill(signal);
    });
  }
  child.on('error', (error) => fail(`Node could not be started: ${error.message}.`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
}

const [target = '', ...rest] = process.argv.slice(2);
if (target !== 'install' && !Object.hasOwn(targets, target)) {
  fail(`Say what to run: node scripts/launch.mjs ${Object.keys(targets).join('|')}|install`);
}
install(target);
if (target !== 'install') handOver(findNode(), [...targets[target], ...rest]);
