import { askRedis, untilFollowing, untilRedis } from './ask-redis.ts';
import { findRedisServer } from './find-redis-server.ts';
import type { RedisFleet } from './redis-fleet.ts';
import { type RedisProcess, spawnRedis } from './spawn-redis.ts';

/** Of the kind that must be percent-encoded in a URL. */
const password = 'p@ss/word:1';
const sentinelPassword = 'sentinel&pass=1';
const master = 'keyferry';

/** Seconds become tenths; TILT, in which Sentinels decide nothing for long, is not for a machine that is merely busy. */
const haste = ['info-period', '200', 'publish-period', '200', 'ping-period', '100', 'tilt-trigger', '60000'];

export interface RedisSentinel extends RedisFleet {
  /** Starts one more Sentinel, which says that a replica is the primary and never learns better. */
  staleSentinel(): Promise<RedisProcess>;
}

/** A primary, two replicas and three Sentinels, each with a password. */
export async function startRedisSentinel(): Promise<RedisSentinel> {
  const found = await findRedisServer();
  const config = [
    'save ""',
    'maxmemory-policy noeviction',
    'repl-diskless-sync-delay 0',
    `requirepass ${password}`,
    `masterauth ${password}`,
  ];
  const first = await spawnRedis(found, { config: config.join('\n'), password });
  const replica = { config: [...config, `replicaof 127.0.0.1 ${first.port}`].join('\n'), password };
  const servers = [first, ...(await Promise.all([spawnRedis(found, replica), spawnRedis(found, replica)]))];
  await untilRedis('both replicas follow', { port: first.port, password }, async (redis) =>
    /^connected_slaves:2\r?$/m.test(await redis.info('replication')),
  );
  const sentinels = await Promise.all(
    [2000, 1500, 500].map((downAfterMs, n) =>
      spawnRedis(found, {
        mode: ['--sentinel'],
        password: sentinelPassword,
        config: [
          `requirepass ${sentinelPassword}`,
          // One is quicker than the others and does not wait for them: three that begin at once share the votes, and wait.
          `sentinel monitor ${master} 127.0.0.1 ${first.port} ${n === 2 ? 1 : 2}`,
          `sentinel auth-pass ${master} ${password}`,
          `sentinel down-after-milliseconds ${master} ${downAfterMs}`,
          `sentinel failover-timeout ${master} 2000`,
        ].join('\n'),
      }),
    ),
  );
  await Promise.all(
    sentinels.map(async ({ port }) => {
      const address = { port, password: sentinelPassword };
      await askRedis(address, (redis) => redis.call('SENTINEL', 'DEBUG', ...haste));
      await untilRedis('the Sentinel knows all', address, async (redis) =>
        /^master0:.*status=ok,.*slaves=2,sentinels=3\r?$/m.test(await redis.info('sentinel')),
      );
    }),
  );
  const asked = { port: sentinels.at(-1)?.port ?? 0, password: sentinelPassword };

  const primary = async () => {
    const address = await askRedis(asked, (redis) => redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master));
    return servers.find(({ port }) => port === Number((address as string[])[1])) as RedisProcess;
  };

  return {
    url: `redis-sentinel://:${encodeURIComponent(password)}@${sentinels
      .map(({ port }) => `127.0.0.1:${port}`)
      .join(',')}/${master}?sentinel_password=${encodeURIComponent(sentinelPassword)}`,
    primary,
    async failover() {
      const before = await primary();
      // Refused while another is under way, and until the replicas have followed the last one.
      await untilRedis('a failover begins', asked, async (redis) => {
        await redis.call('SENTINEL', 'FAILOVER', master);
        return true;
      });
      await untilFollowing({ port: before.port, password });
    },
    hinder: () => sentinels[0]?.freeze(),
    async staleSentinel() {
      const now = await primary();
      const other = servers.find((server) => server !== now) as RedisProcess;
      const config = [
        `requirepass ${sentinelPassword}`,
        // It cannot log in, so that neither a server nor another Sentinel tells it better.
        `sentinel monitor ${master} 127.0.0.1 ${other.port} 9`,
        `sentinel auth-pass ${master} of-before`,
      ];
      const sentinel = await spawnRedis(found, {
        mode: ['--sentinel'],
        password: sentinelPassword,
        config: config.join('\n'),
      });
      sentinels.push(sentinel);
      return sentinel;
    },
    async revive(server) {
      await server.start();
      await untilFollowing({ port: server.port, password });
    },
    async stop() {
      await Promise.all([...sentinels, ...servers].map((server) => server.discard()));
    },
  };
}
