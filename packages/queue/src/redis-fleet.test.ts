import type { Log } from '@keyferry/log';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RedisFleet } from '../../../test/servers/redis-fleet.ts';
import { startRedisCluster } from '../../../test/servers/start-redis-cluster.ts';
import { type RedisSentinel, startRedisSentinel } from '../../../test/servers/start-redis-sentinel.ts';
import { inspectRedis, openQueues } from './index.ts';

let sentinel: RedisSentinel;
let cluster: RedisFleet;
beforeAll(async () => {
  [sentinel, cluster] = await Promise.all([startRedisSentinel(), startRedisCluster()]);
}, 240_000);
afterAll(async () => {
  await Promise.all([sentinel?.stop(), cluster?.stop()]);
});

const log = { warn: () => undefined, error: () => undefined, info: () => undefined } as unknown as Log;
const open = (redisUrl: string) => openQueues({ redisUrl, databaseUrl: '', log });
const firstPort = (url: string) => Number(/127\.0\.0\.1:(\d+)/.exec(url)?.[1]);

test('a Sentinel that still names the server of before is passed over for the next', async () => {
  const { port } = await sentinel.staleSentinel();
  const queues = await open(sentinel.url.replace('@', `@127.0.0.1:${port},`));
  await queues.add('resolve', [{ planId: 'plan', epoch: 1 }]);
  expect(await queues.check()).toEqual({ answers: true, refuses: null });
  await queues.close();
});

test('all queues of a Cluster are in one slot, whose master does all that BullMQ needs for a user with few rights', async () => {
  const queues = await open(cluster.url);
  await queues.keepTicks([{ scheduleId: 'nightly', cron: '0 3 * * *', timeZone: 'UTC' }]);
  await queues.add('resolve', [{ planId: 'plan', epoch: 1 }]);
  await queues.addReplicateJobs(
    Array.from({ length: 50 }, (_, n) => ({ id: `row-${n}`, epoch: 1, kind: 'replicate' })),
  );
  expect(await queues.depths()).toMatchObject({ resolve: { waiting: 1 }, replicate: { waiting: 3 } });
  await queues.close();
});

/** The first of those that the Sentinels watch, as if it were a Cluster. */
const ownServer = async () => {
  const { port } = await sentinel.primary();
  return sentinel.url.replace('redis-sentinel', 'redis-cluster').replace(/@.*/, `@127.0.0.1:${port}`);
};

test.each([
  ['a wrong password of the Cluster', () => cluster.url.replace('p%40ss', 'wrong'), /^WRONGPASS/],
  ['no password of the Cluster', () => cluster.url.replace(/\/\/[^@]*@/, '//'), /^NOAUTH/],
  ['a Cluster that nobody runs', () => 'redis-cluster://127.0.0.1:1', /^connect ECONNREFUSED/],
  ['a wrong password of Redis', () => sentinel.url.replace('p%40ss', 'wrong'), /^WRONGPASS/],
  ['a wrong password of the Sentinels', () => sentinel.url.replace('sentinel%26', 'wrong'), /sentinels.*WRONGPASS/],
  ['a server that is in no Cluster', ownServer, /cluster support disabled/],
  ['a name that the Sentinels do not know', () => sentinel.url.replace('/keyferry?', '/other?'), /No such master/],
])('what is wrong is said: %s', async (_what, url, message) => {
  const error = await inspectRedis(await url()).catch(({ message }: Error) => message);
  expect(error).toMatch(message);
  expect(error).not.toMatch(/ss%2Fword|ss\/word/);
});

test('redis:// for a node of a Cluster, or a Sentinel, is recognized', async () => {
  const owner = await cluster.primary();
  const nodes = [...cluster.url.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
  const other = nodes.find((port) => port !== owner.port);
  const url = cluster.url.replace('redis-cluster', 'redis').replace(/@.*/, `@127.0.0.1:${other}`);
  expect(await inspectRedis(url)).toMatchObject({ wantsForm: 'redis-cluster' });
  expect(await inspectRedis(cluster.url)).toMatchObject({ wantsForm: null, mayEvict: false });
  const queues = await open(url);
  expect((await queues.check()).refuses).toMatch(/^MOVED/);
  await queues.close();
  const password = new URLSearchParams(sentinel.url.split('?')[1]).get('sentinel_password') ?? '';
  expect(
    await inspectRedis(`redis://:${encodeURIComponent(password)}@127.0.0.1:${firstPort(sentinel.url)}`),
  ).toMatchObject({ wantsForm: 'redis-sentinel' });
});
