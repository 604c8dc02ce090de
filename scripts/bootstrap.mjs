/**
 * `node scripts/bootstrap.mjs <command…>` makes a fresh clone ready, then runs the command with this project's Node.
 * `--cli` runs the CLI so, in the folder from which npm was called, and without waiting for the dashboard.
 *
 * Runs on any Node from 20 on, since it is what runs before anything is installed: installs when node_modules does not
 * hold what package-lock.json says, generates the Prisma client when the schema changed, builds the dashboard when its
 * sources changed, puts node_modules/.bin first in PATH (so that `node` is Node 24), and becomes the command. Where this Node can, it replaces itself by the command
 * (execve), so that signals, exit code and stdin are the command's own; otherwise it stands in between, passes signals
 * and the exit code on, and neither outlives the other.
 *
 * A production install (`npm run install:production`) is left as it is. It has no Node of its own: this one runs the command.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findParent, whenParentIsGone } from './exit-with-parent.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
const modules = join(root, 'node_modules');
const windows = process.platform === 'win32';
const pinnedNode = join(modules, 'node', 'bin', windows ? 'node.exe' : 'node');
const underNpm = process.env.npm_lifecycle_event !== undefined;

const asCli = process.argv[2] === '--cli';
const [command, ...args] = asCli ? ['node', ...process.argv.slice(3)] : process.argv.slice(2);
if (!command) {
  say('usage: node scripts/bootstrap.mjs <command> [argument…] | --cli [argument…]');
  process.exit(64);
}
const production = isProduction();
try {
  if (!production && !isInstalled()) await inTurn('an installation', isInstalled, install);
  // Imported only now: what it needs may just have been installed.
  const { generatePrismaClient, prismaClientIsCurrent } = await import('./generate-prisma-client.mjs');
  if (!prismaClientIsCurrent(root)) {
    await inTurn(
      'the Prisma client',
      () => prismaClientIsCurrent(root),
      () => generatePrismaClient(root),
    );
  }
  if (!asCli) await provideDashboard();
  else {
    const { builtCli } = await import('./built-cli.mjs');
    args.unshift(await builtCli(root));
  }
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
become(command, args);

/** Everything but the page in a browser works without it, so it stops nobody. */
async function provideDashboard() {
  try {
    const { buildDashboard, dashboardIsCurrent } = await import('./build-dashboard.mjs');
    if (dashboardIsCurrent(root)) return;
    await inTurn(
      'the dashboard',
      () => dashboardIsCurrent(root),
      () => buildDashboard(root),
    );
  } catch (error) {
    say(
      `the dashboard could not be built, the rest goes on without it: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function isInstalled() {
  return existsSync(pinnedNode) && holds('installed', ({ optional }) => !optional);
}

/** Whether npm left the dev dependencies out, and what this command needs is there without. */
function isProduction() {
  if (existsSync(pinnedNode) || !(asCli || (command === 'node' && args[0]?.startsWith('apps/')))) return false;
  if (!holds('production', ({ dev, devOptional, optional }) => !dev && !devOptional && !optional)) return false;
  if (process.features.typescript) return true;
  say(`this production install needs Node 22.19 or newer, and this is ${process.version}`);
  process.exit(1);
}

/** Whether node_modules has what package-lock.json names and is `needed`, and nothing else. Remembers a yes by the lock's hash. */
function holds(name, needed) {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const hash = createHash('sha256').update(lock).digest('hex');
  const stamp = join(modules, `.keyferry-${name}`);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return true;
  // Somebody ran npm ci or npm install by hand: npm notes at its end what it has installed.
  const noted = join(modules, '.package-lock.json');
  if (!existsSync(noted)) return false;
  const installed = JSON.parse(readFileSync(noted, 'utf8')).packages;
  for (const [path, wanted] of Object.entries(JSON.parse(lock).packages)) {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) continue;
    const found = installed[path];
    if (found ? found.version !== wanted.version || found.resolved !== wanted.resolved : needed(wanted)) return false;
  }
  try {
    writeFileSync(stamp, hash);
  } catch {
    // It belongs to another user, or is read-only.
  }
  return true;
}

async function install() {
  say('installing the dependencies (npm ci), once for this package-lock.json …');
  const npm = process.env.npm_execpath;
  // Not the pinned Node, which npm ci deletes while it runs.
  const [program, first] = npm?.endsWith('.js') ? [systemNode(), [npm]] : [windows ? 'npm.cmd' : 'npm', []];
  const code = await new Promise((resolve, reject) => {
    const child = spawn(program, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: windows && first.length === 0,
      // An engine that only `prisma migrate` would use is not worth a download from another host.
      env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_SKIP_POSTINSTALL_GENERATE: '1' },
    });
    child.once('error', reject);
    child.once('exit', (status, signal) => resolve(signal ?? status));
    for (const signal of ['SIGINT', 'SIGTERM']) {
      process.once(signal, () => {
        child.kill(signal);
        child.once('exit', () => process.exit(128 + constants.signals[signal]));
      });
    }
  }).finally(() => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.removeAllListeners(signal);
  });
  if (code !== 0 || !isInstalled()) {
    throw new Error(
      `npm ci failed (${code}). Check that the npm registry can be reached (npm ping; a proxy or mirror goes into ~/.npmrc), then run "npm ci" in ${root} to see why.`,
    );
  }
  say('the dependencies are installed');
}

/** The first `node` in PATH that is not this project's own. */
function systemNode() {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, windows ? 'node.exe' : 'node');
    if (folder !== '' && !file.startsWith(modules + sep) && existsSync(file)) return file;
  }
  return process.execPath;
}

/**
 * Does `work` unless it is `done` already, in one process at a time: `npm run api` and `npm run worker` may both be the
 * first on a fresh clone. The lock names its process and is touched while that works, so that a dead one's is taken over.
 */
async function inTurn(what, done, work) {
  const folder = join(root, '.keyferry');
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, 'bootstrap.lock');
  const mine = `${process.pid} ${randomBytes(8).toString('hex')}`;
  const draft = `${lock}.${mine.replace(' ', '-')}`;
  writeFileSync(draft, mine);
  try {
    for (let told = false; !take(draft, lock); ) {
      if (!told) say(`waiting for ${what} that another process has begun …`);
      told = true;
      removeWhenStale(lock);
      await delay(100);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  const leave = () => {
    if (existsSync(lock) && readFileSync(lock, 'utf8') === mine) rmSync(lock, { force: true });
  };
  const touching = setInterval(() => utimesSync(lock, new Date(), new Date()), 5_000);
  process.once('exit', leave);
  try {
    if (!done()) await work();
  } finally {
    clearInterval(touching);
    process.off('exit', leave);
    leave();
  }
}

function take(draft, lock) {
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function removeWhenStale(lock) {
  const aside = `${lock}.${randomBytes(6).toString('hex')}`;
  try {
    const holder = readFileSync(lock, 'utf8');
    if (isAlive(Number(holder.split(' ')[0])) && Date.now() - statSync(lock).mtimeMs < 30_000) return;
    renameSync(lock, aside);
    // Somebody took over in between, and what was moved is theirs: put it back.
    if (readFileSync(aside, 'utf8') !== holder) linkSync(aside, lock);
  } catch {
    // Another process was quicker.
  } finally {
    rmSync(aside, { force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function become(command, args) {
  const bin = join(modules, '.bin');
  const env = {
    ...process.env,
    PATH: [bin, process.env.PATH ?? ''].join(delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
  };
  const isNode = command === 'node';
  if (isNode) {
    // Our TypeScript starts in half the time where its types are stripped already.
    env.NODE_COMPILE_CACHE ??= join(modules, '.cache', 'compiled');
  }
  if (asCli) {
    env.KEYFERRY_DATA_DIR ??= join(root, '.keyferry');
    process.chdir(process.env.INIT_CWD ?? '.');
  }
  const guard = ['--import', pathToFileURL(join(root, 'scripts', 'exit-with-parent.mjs')).href];
  const program = isNode
    ? production
      ? process.execPath
      : pinnedNode
    : existsSync(join(bin, command))
      ? join(bin, command)
      : command;
  const canReplace = typeof process.execve === 'function' && !windows && program.includes(sep);
  if (canReplace) {
    // Who is not run by npm may well be meant to outlive the shell that started it.
    const guarded = isNode && underNpm;
    if (guarded) env.KEYFERRY_PARENT = naming(findParent());
    process.execve(program, [program, ...(guarded ? guard : []), ...args], env);
  }
  env.KEYFERRY_PARENT = naming({ pid: process.pid });
  const child = spawn(program, [...(isNode ? guard : []), ...args], {
    stdio: 'inherit',
    env,
    shell: windows && !isNode,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  if (underNpm) whenParentIsGone(findParent(), (signal) => child.kill(signal));
  child.once('error', (error) => {
    say(`${command}: ${error.message}`);
    process.exit(127);
  });
  child.once('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    for (const one of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(one);
    process.kill(process.pid, signal);
  });
}

/** For KEYFERRY_PARENT. */
function naming({ pid, npm }) {
  return npm === undefined ? `${pid}` : `${pid} ${npm}`;
}

/** At once and unbuffered: the process may be replaced right afterwards. */
function say(text) {
  writeSync(2, `keyferry: ${text}\n`);
}
