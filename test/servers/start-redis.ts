import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RedisContainer } from '@testcontainers/redis';
import { Redis } from 'ioredis';
import { freePort } from '../../packages/store/src/embedded-postgres-server.ts';
import { asPrivateServer, dockerAnswers, fixedPort } from './docker.ts';
import { findRedisServer, type RedisProgram } from './find-redis-server.ts';
import { onExit, type PrivateServer, tell } from './private-server.ts';

const image = 'redis:8-alpine';
/** Keeps its data over a restart, as a test of restarts wants, and evicts nothing, as BullMQ wants. */
const settings = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'];

/**
 * Starts a Redis of the test's own: in Docker where an engine answers, else a redis-server or valkey-server from the
 * PATH, else one from the distribution's packages, unpacked under `.keyferry/tools` without being installed.
 */
export async function startRedis(): Promise<PrivateServer> {
  return (await dockerAnswers()) ? inDocker() : asProcess(await findRedisServer());
}

async function inDocker(): Promise<PrivateServer> {
  tell(`Redis is ${image} in Docker`);
  const container = await new RedisContainer(image)
    .withExposedPorts(await fixedPort(6379))
    .withCommand(['redis-server', ...settings])
    .start();
  const url = container.getConnectionUrl();
  return asPrivateServer('docker', url, container, () => untilAnswering(url));
}

async function asProcess({ program, environment }: RedisProgram): Promise<PrivateServer> {
  tell(`Redis is ${program}`);
  const directory = await mkdtemp(join(tmpdir(), 'keyferry-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;

  const start = async () => {
    server = spawn(
      program,
      ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', ...settings],
      { env: { ...process.env, ...environment }, stdio: 'ignore' },
    );
    await untilAnswering(url, server);
  };
  const end = async (signal: NodeJS.Signals) => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
    server = undefined;
  };
  const forget = onExit(() => {
    server?.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  await start();
  return {
    url,
    kind: 'process',
    async restart() {
      await end('SIGTERM');
      await start();
    },
    kill: () => end('SIGKILL'),
    async stop() {
      await end('SIGKILL');
      forget();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function untilAnswering(url: string, server?: ChildProcess): Promise<void> {
  const until = Date.now() + 30_000;
  for (;;) {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.ping();
      return;
    } catch (error) {
      if (server && (server.exitCode !== null || Date.now() > until)) {
        throw new Error(`redis-server does not answer on ${url} (exit code ${server.exitCode})`, { cause: error });
      }
      if (Date.now() > until) throw error;
      await delay(25);
    } finally {
      client.disconnect();
    }
  }
}
