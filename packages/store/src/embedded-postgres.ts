import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@keyferry/log';
import pg from 'pg';
import { withLockFile } from './embedded-postgres-lock.ts';
import {
  type Cluster,
  dataDirectoryOf,
  freePort,
  initialise,
  launch,
  owner,
  packagedBinaries,
  prepareCluster,
  servingProcess,
  stopServer,
  waitUntilAnswering,
} from './embedded-postgres-server.ts';

const database = 'keyferry';
const applicationRole = 'keyferry_app';

/** What processes that share the server have to agree on; stands in `server.json`, readable by the owner alone. */
interface Settings {
  port: number;
  password: string;
}

export interface EmbeddedPostgres {
  /** Of the database `keyferry`, on loopback, as its owner. The same for as long as the server is used, also when it is restarted. */
  url: string;
  /** The same as the role that the application works as, which owns nothing; who migrates creates it. */
  applicationUrl: string;
  /** Close your own connections first. Stops the server when no other process is connected. */
  release(): Promise<void>;
}

/**
 * Shares one embedded Postgres between all processes that name the same directory (`.keyferry/postgres`). Whoever comes
 * first creates and starts it, detached, so that a kill of that process does not take the database from the others.
 *
 * Every process keeps one connection as a sign that it uses the server; the last to release it stops the server. Should
 * the server die, those who use it start it again on the same port. A kill -9 of everything leaves the server running or
 * its data to be recovered; the next start finds either. Rejects when there are no binaries for this machine, or the
 * server does not come up.
 */
export async function startEmbeddedPostgres(options: { directory: string; log: Log }): Promise<EmbeddedPostgres> {
  const { log } = options;
  const directory = resolve(options.directory);
  // Before anything is made.
  await packagedBinaries();
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const lockFile = join(directory, 'lock');
  let released = false;
  let sign: pg.Client | undefined;

  const joinServer = async (fixed?: Settings) => {
    const cluster = await prepareCluster(join(directory, 'data'));
    const settings = await ensureRunning(directory, cluster, fixed, log);
    const client = await connect(urlOf(settings), 'keyferry-in-use');
    client.on('end', () => {
      if (!released && sign === client) void rejoin(settings);
    });
    // Not a reason for this process to stay.
    (client as unknown as { connection: { stream: { unref(): void } } }).connection.stream.unref();
    sign = client;
    return { cluster, settings };
  };
  const rejoin = async (settings: Settings) => {
    log.warn('lost the connection to the embedded Postgres');
    while (!released) {
      try {
        await withLockFile(lockFile, async () => {
          if (!released) await joinServer(settings);
        });
        return;
      } catch (error) {
        log.warn({ err: error }, 'the embedded Postgres is not back yet');
        await delay(500);
      }
    }
  };

  const { cluster, settings } = await withLockFile(lockFile, () => joinServer());
  return {
    url: urlOf(settings),
    applicationUrl: applicationUrlOf(settings),
    async release() {
      if (released) return;
      released = true;
      await withLockFile(lockFile, async () => {
        await sign?.end().catch(() => undefined);
        if (await usedByOthers(urlOf(settings))) return;
        await stopServer(cluster, 'fast');
        log.info('stopped the embedded Postgres');
      });
    },
  };
}

/** The address of a directory's embedded Postgres, as the application works with it, while it answers; else null. Starts nothing. */
export async function findEmbeddedPostgres(directory: string): Promise<string | null> {
  const settings = await readSettings(join(resolve(directory), 'server.json'));
  if (!settings) return null;
  return dataDirectoryOf(urlOf(settings)).then(
    () => applicationUrlOf(settings),
    () => null,
  );
}

/** Call this under the lock. `fixed` are settings that are in use already and must not change. */
async function ensureRunning(
  directory: string,
  cluster: Cluster,
  fixed: Settings | undefined,
  log: Log,
): Promise<Settings> {
  const { dataDirectory } = cluster;
  const file = join(directory, 'server.json');
  const logFile = join(directory, 'server.log');
  const stored = fixed ?? (await readSettings(file));
  if (stored) {
    if (await isOurs(stored, dataDirectory)) return stored;
    if ((await servingProcess(dataDirectory)) !== null) {
      // It is starting, recovering or stopping: wait for either end of that.
      const answers = await waitUntilAnswering(urlOf(stored, 'postgres'), 30_000, gone(dataDirectory)).catch(() => '');
      if (answers === dataDirectory) return ready(stored);
    }
  }
  const settings: Settings = {
    password: stored?.password ?? randomBytes(24).toString('base64url'),
    port: fixed?.port ?? (stored && !(await isTaken(stored.port)) ? stored.port : await freePort()),
  };
  const draft = `${file}.draft`;
  await writeFile(draft, JSON.stringify(settings), { mode: 0o600 });
  await rename(draft, file);
  await initialise(cluster, settings.password);
  if ((await servingProcess(dataDirectory)) === null) await rm(join(dataDirectory, 'postmaster.pid'), { force: true });

  const startedAt = Date.now();
  for (let attempt = 1; ; attempt += 1) {
    const { pid, failed } = launch(cluster, { port: settings.port, logFile });
    try {
      await waitUntilAnswering(urlOf(settings, 'postgres'), 60_000, failed);
      log.info(
        { port: settings.port, pid, data: dataDirectory, ms: Date.now() - startedAt },
        'started the embedded Postgres',
      );
      return await ready(settings);
    } catch (error) {
      // The children of a postmaster that was killed take a moment to leave its shared memory.
      if (attempt === 5) throw error;
      await delay(500);
    }
  }
}

async function ready(settings: Settings): Promise<Settings> {
  const client = await connect(urlOf(settings, 'postgres'), 'keyferry-setup');
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (!rowCount) await client.query(`CREATE DATABASE ${database}`);
    return settings;
  } finally {
    await client.end();
  }
}

async function readSettings(file: string): Promise<Settings | undefined> {
  try {
    const { port, password } = JSON.parse(await readFile(file, 'utf8')) as Partial<Settings>;
    return typeof port === 'number' && typeof password === 'string' ? { port, password } : undefined;
  } catch {
    return undefined;
  }
}

async function isOurs(settings: Settings, dataDirectory: string): Promise<boolean> {
  return dataDirectoryOf(urlOf(settings)).then(
    (answer) => answer === dataDirectory,
    () => false,
  );
}

/** Resolves when no process serves the data directory any more. */
async function gone(dataDirectory: string): Promise<Error> {
  while ((await servingProcess(dataDirectory)) !== null) await delay(100);
  return new Error('the embedded Postgres was stopping');
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection({ host: '127.0.0.1', port });
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

/** Connections that their process has just closed are still listed for a moment. */
async function usedByOthers(url: string): Promise<boolean> {
  const client = await connect(url, 'keyferry-release').catch(() => undefined);
  if (!client) return true;
  try {
    for (let look = 0; look < 10; look += 1) {
      const { rows } = await client.query<{ others: string }>(
        `SELECT count(*) AS others FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      );
      if (rows[0]?.others === '0') return false;
      await delay(100);
    }
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function connect(url: string, applicationName: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function urlOf({ port, password }: Settings, name: string = database): string {
  return `postgresql://${owner}:${encodeURIComponent(password)}@127.0.0.1:${port}/${name}`;
}

/** Its password is derived from the owner's, and does not reveal it. */
function applicationUrlOf({ port, password }: Settings): string {
  const itsOwn = createHmac('sha256', password).update(applicationRole).digest('base64url');
  return `postgresql://${applicationRole}:${itsOwn}@127.0.0.1:${port}/${database}`;
}
