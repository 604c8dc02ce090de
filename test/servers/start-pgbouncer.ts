import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../../packages/store/src/embedded-postgres-server.ts';
import { asApplication } from '../harness/as-application.ts';
import { findProgram } from './find-program.ts';
import { onExit, tell } from './private-server.ts';

export interface Pooler {
  /** The address of the server, through PgBouncer. */
  readonly url: string;
  stop(): Promise<void>;
}

/** It refuses to run as root. */
const account = 'nobody';

/** Starts a PgBouncer of the test's own in front of a Postgres. */
export async function startPgbouncer(
  serverUrl: string,
  mode: 'session' | 'transaction' | 'statement',
  { poolSize = 50, ignore = '' }: { poolSize?: number; ignore?: string } = {},
): Promise<Pooler> {
  const { program, environment } = await findProgram(
    [{ program: 'pgbouncer', packages: ['pgbouncer'], dependencies: 'pgbouncer', folder: 'usr/sbin' }],
    'The tests of poolers need PgBouncer: install it (Debian: apt-get install pgbouncer; macOS: brew install pgbouncer).',
  );
  tell(`PgBouncer is ${program}`);
  const target = new URL(serverUrl);
  const directory = await mkdtemp(join(tmpdir(), 'keyferry-pgbouncer-'));
  chmodSync(directory, 0o755);
  const port = await freePort();
  const users = [target, new URL(asApplication(serverUrl))].map(
    ({ username, password }) => `"${username}" "${decodeURIComponent(password)}"\n`,
  );
  await writeFile(join(directory, 'users'), users.join(''));
  await writeFile(
    join(directory, 'pgbouncer.ini'),
    `[databases]
* = host=${target.hostname} port=${target.port || 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(directory, 'users')}
pool_mode = ${mode}
default_pool_size = ${poolSize}
max_client_conn = 500
ignore_startup_parameters = ${ignore}
`,
  );
  const asRoot = process.getuid?.() === 0;
  const server = spawn(program, [...(asRoot ? ['-u', account] : []), join(directory, 'pgbouncer.ini')], {
    env: { ...process.env, ...environment },
    stdio: 'ignore',
  });
  const forget = onExit(() => {
    server.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  await untilAnswering(url.href, server);
  return {
    url: url.href,
    async stop() {
      if (server.exitCode === null && server.signalCode === null) {
        const ended = once(server, 'exit');
        server.kill('SIGKILL');
        await ended;
      }
      forget();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function untilAnswering(url: string, server: ChildProcess): Promise<void> {
  const until = Date.now() + 20_000;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      return;
    } catch (error) {
      if (server.exitCode !== null || Date.now() > until) {
        throw new Error(`pgbouncer does not answer on ${url} (exit code ${server.exitCode})`, { cause: error });
      }
      await delay(25);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
