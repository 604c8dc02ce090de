import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '../../packages/store/src/embedded-postgres-server.ts';
import type { FoundProgram } from './find-program.ts';
import { onExit } from './private-server.ts';

/** One process of a Redis server on loopback, with a folder of its own. */
export interface RedisProcess {
  readonly port: number;
  readonly running: boolean;
  /** Starts it on its port, with its data; resolves once it answers. */
  start(): Promise<void>;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** SIGSTOP, as a machine that stalls: connections stay open, nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Ends it and throws its data away. */
  discard(): Promise<void>;
}

/**
 * Starts a Redis server. `config` is the text of its configuration file, without port, address and folder; it is written
 * once, as Sentinels and the nodes of a Cluster change theirs.
 */
export async function spawnRedis(
  { program, environment }: FoundProgram,
  { config, mode = [], password }: { config: string; mode?: string[]; password?: string },
): Promise<RedisProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'keyferry-redis-'));
  const port = await freePort();
  const file = join(directory, 'redis.conf');
  await writeFile(file, `port ${port}\nbind 127.0.0.1\ndir ${directory}\n${config}\n`);
  let server: ChildProcess | undefined;

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
  const redis: RedisProcess = {
    port,
    get running() {
      return server !== undefined && server.exitCode === null && server.signalCode === null;
    },
    async start() {
      server = spawn(program, [file, ...mode], { env: { ...process.env, ...environment }, stdio: 'ignore' });
      await untilRedisAnswers({ host: '127.0.0.1', port, ...(password === undefined ? {} : { password }) }, server);
    },
    end,
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    async discard() {
      await end('SIGKILL');
      forget();
      await rm(directory, { recursive: true, force: true });
    },
  };
  await redis.start();
  return redis;
}

/** Waits until a Redis answers a PING; rejects when the process that should answer has ended, and after 30 s. */
export async function untilRedisAnswers(
  address: { host: string; port: number; password?: string },
  server?: ChildProcess,
): Promise<void> {
  const until = Date.now() + 30_000;
  for (;;) {
    const client = new Redis({ ...address, lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.ping();
      return;
    } catch (error) {
      if ((server && server.exitCode !== null) || Date.now() > until) {
        const code = server ? ` (exit code ${server.exitCode})` : '';
        throw new Error(`redis-server does not answer on ${address.host}:${address.port}${code}`, { cause: error });
      }
      await delay(25);
    } finally {
      client.disconnect();
    }
  }
}
