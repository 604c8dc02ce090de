import { RedisContainer } from '@testcontainers/redis';
import { asPrivateServer, dockerAnswers, fixedPort } from './docker.ts';
import type { FoundProgram } from './find-program.ts';
import { findRedisServer } from './find-redis-server.ts';
import { type PrivateServer, tell } from './private-server.ts';
import { spawnRedis, untilRedisAnswers } from './spawn-redis.ts';

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
  const { hostname, port } = new URL(url);
  return asPrivateServer('docker', url, container, () => untilRedisAnswers({ host: hostname, port: Number(port) }));
}

async function asProcess(found: FoundProgram): Promise<PrivateServer> {
  tell(`Redis is ${found.program}`);
  const redis = await spawnRedis(found, { config: 'save ""', mode: settings });
  return {
    url: `redis://127.0.0.1:${redis.port}`,
    kind: 'process',
    async restart() {
      await redis.end('SIGTERM');
      await redis.start();
    },
    kill: () => redis.end('SIGKILL'),
    stop: () => redis.discard(),
  };
}
