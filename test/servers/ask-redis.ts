import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** A Redis server or Sentinel on loopback. */
export interface RedisAddress {
  readonly port: number;
  readonly password: string;
}

/** Runs `command` on a connection of its own. */
export async function askRedis<T>({ port, password }: RedisAddress, command: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ host: '127.0.0.1', port, password, enableReadyCheck: false, retryStrategy: null });
  redis.on('error', () => undefined);
  try {
    return await command(redis);
  } finally {
    redis.disconnect();
  }
}

/**
 * Asks again until `holds`, also where asking fails: a server that changes its role closes its connections. Rejects after
 * 30 s with `what` and the last failure.
 */
export async function untilRedis(
  what: string,
  address: RedisAddress,
  holds: (redis: Redis) => Promise<boolean>,
): Promise<void> {
  const end = Date.now() + 30_000;
  let failure: unknown;
  const asked = () =>
    askRedis(address, holds).catch((error: unknown) => {
      failure = error;
      return false;
    });
  while (!(await asked())) {
    if (Date.now() > end)
      throw new Error(`30 s have passed until ${what} (Redis on port ${address.port})`, { cause: failure });
    await delay(25);
  }
}

/** Waits until the server is a replica that has what its primary has. */
export function untilFollowing(address: RedisAddress): Promise<void> {
  return untilRedis('it follows a primary', address, async (redis) =>
    // Only a replica has such a link.
    (await redis.info('replication')).includes('master_link_status:up'),
  );
}
