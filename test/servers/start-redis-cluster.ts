import { freePort } from '../../packages/store/src/embedded-postgres-server.ts';
import { askRedis, untilFollowing, untilRedis } from './ask-redis.ts';
import { findRedisServer } from './find-redis-server.ts';
import type { RedisFleet } from './redis-fleet.ts';
import { type RedisProcess, spawnRedis } from './spawn-redis.ts';

const password = 'of-the-nodes';
const user = { name: 'keyferry', password: 'p@ss/word:2' };
/** What docs/operations/postgres-and-redis.md gives a user of Keyferry. */
const rights = '~{keyferry}:* resetchannels +@all -@admin -@dangerous +info +client|list +cluster|slots +cluster|info';
const slots = 16_384;
const masters = 3;

/** Three masters, each with a replica; the URL is of a user who may do what Keyferry needs. */
export async function startRedisCluster(): Promise<RedisFleet> {
  const found = await findRedisServer();
  const spawn = async () =>
    spawnRedis(found, {
      password,
      config: [
        'save ""',
        'maxmemory-policy noeviction',
        'repl-diskless-sync-delay 0',
        `requirepass ${password}`,
        `masterauth ${password}`,
        `user ${user.name} on >${user.password} ${rights}`,
        'cluster-enabled yes',
        // Else 10,000 more than the port, which may be more than there are.
        `cluster-port ${await freePort()}`,
        'cluster-node-timeout 1000',
        // However old the data of a replica: a busy machine may have kept it from its master.
        'cluster-replica-validity-factor 0',
      ].join('\n'),
    });
  const nodes = await Promise.all(Array.from({ length: 2 * masters }, spawn));
  const cluster = <T = unknown>({ port }: RedisProcess, ...command: (string | number)[]) =>
    askRedis({ port, password }, (redis) => redis.call('CLUSTER', ...command.map(String)) as Promise<T>);
  const busPort = async (node: RedisProcess) => /@(\d+)/.exec(await cluster<string>(node, 'NODES'))?.[1] ?? '';

  const [first, ...others] = nodes as [RedisProcess, ...RedisProcess[]];
  await Promise.all(
    nodes.map(async (node, n) => {
      await cluster(node, 'SET-CONFIG-EPOCH', n + 1);
      if (n >= masters) return;
      const from = Math.floor((slots * n) / masters);
      await cluster(node, 'ADDSLOTSRANGE', from, Math.floor((slots * (n + 1)) / masters) - 1);
    }),
  );
  for (const node of others) await cluster(first, 'MEET', '127.0.0.1', node.port, await busPort(node));
  const untilAll = (what: string, holds: (nodes: string, info: string) => boolean) =>
    Promise.all(
      nodes.map(({ port }) =>
        untilRedis(what, { port, password }, async (redis) =>
          holds((await redis.call('CLUSTER', 'NODES')) as string, (await redis.call('CLUSTER', 'INFO')) as string),
        ),
      ),
    );
  await untilAll('all nodes have met', (text) => (text.match(/ connected/g) ?? []).length === nodes.length);
  for (const [n, node] of nodes.slice(masters).entries()) {
    await cluster(node, 'REPLICATE', await cluster<string>(nodes[n] as RedisProcess, 'MYID'));
  }
  await untilAll(
    'the Cluster is whole',
    (text, info) => (text.match(/\bslave\b/g) ?? []).length === masters && info.includes('cluster_state:ok'),
  );
  for (const { port } of nodes.slice(masters)) await untilFollowing({ port, password });

  /** The master of the queues' slot, and then its replicas. */
  const owners = async () => {
    const asked = nodes.find(({ running }) => running) as RedisProcess;
    const slot = await cluster<number>(asked, 'KEYSLOT', '{keyferry}');
    type Range = [number, number, ...[string, number, string][]];
    const ranges = await cluster<Range[]>(asked, 'SLOTS');
    const [, , ...own] = ranges.find(([from, to]) => from <= slot && slot <= to) as Range;
    return own.map(([, port]) => nodes.find((node) => node.port === port) as RedisProcess);
  };
  return {
    url: `redis-cluster://${user.name}:${encodeURIComponent(user.password)}@${nodes
      .map(({ port }) => `127.0.0.1:${port}`)
      .join(',')}`,
    primary: async () => (await owners())[0] as RedisProcess,
    async failover() {
      const [before] = await owners();
      const asked = { port: (nodes.find(({ running }) => running) as RedisProcess).port, password };
      let again = 0;
      // There is none until the node that was lost has come back, and it refuses until it follows. What a replica has
      // agreed to it gives up after 5 s, on a busy machine without having taken over.
      await untilRedis('a replica has taken over', asked, async () => {
        const [now, replica] = await owners();
        if (now !== before) return true;
        if (replica !== undefined && Date.now() >= again) {
          await cluster(replica, 'FAILOVER');
          again = Date.now() + 6_000;
        }
        return false;
      });
      if (before) await untilFollowing({ port: before.port, password });
    },
    async revive(server) {
      await server.start();
      await untilFollowing({ port: server.port, password });
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.discard()));
    },
  };
}
