import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Disturbance } from '../scenario/draw-disturbances.ts';
import type { World } from './world.ts';

/** Does one disturbance at its time; resolves when it is over and what it ended runs again. */
export async function disturb(world: World, disturbance: Disturbance): Promise<void> {
  await world.timeIs(disturbance.at);
  const { kind, forMs, worker = 0 } = disturbance;
  await world.inTurn(kind.endsWith('worker') ? `worker ${worker}` : targetOf(kind), async () => {
    world.note(`${kind} ${describe(disturbance)}for ${forMs} ms`);
    await carryOut(world, disturbance);
    world.note(`${kind} ${describe(disturbance)}is over`);
  });
}

const targetOf = (kind: Disturbance['kind']): string => kind.split(' ').at(-1) ?? kind;

function describe({ worker, outage, region, effect, afterWork, status }: Disturbance): string {
  const what = [worker, outage, region, effect && JSON.stringify(effect), afterWork, status].filter(
    (one) => one !== undefined,
  );
  return what.map((one) => `${one} `).join('');
}

async function carryOut(world: World, disturbance: Disturbance): Promise<void> {
  const { keyferry, servers, workers } = world;
  const { control } = keyferry.simulator;
  const { kind, forMs, worker = 0, outage, region, effect } = disturbance;
  const service = workers[worker];
  switch (kind) {
    case 'kill worker':
      if (service) await world.kill(service);
      await wait(forMs);
      workers[worker] = await world.start(() => keyferry.startWorker());
      return;
    case 'freeze worker':
      service?.freeze();
      await wait(forMs);
      service?.thaw();
      return;
    case 'kill api':
      await world.kill(keyferry.api);
      await wait(forMs);
      await world.start(() => keyferry.startApi());
      return;
    case 'flush redis':
      return flush(servers.redis?.url);
    case 'restart redis':
      return servers.redis?.restart();
    case 'kill redis':
      await servers.redis?.kill();
      await wait(forMs);
      return servers.redis?.restart();
    case 'restart postgres':
      return servers.postgres.restart();
    case 'kill postgres':
      await servers.postgres.kill();
      await wait(forMs);
      return servers.postgres.restart();
    case 'outage':
      await control('PUT', '/outage', { kind: outage });
      await wait(forMs);
      await control('PUT', '/outage', { kind: 'off' });
      return;
    case 'expire tokens':
      await control('POST', '/expire-tokens');
      return;
    case 'unreachable region': {
      const { afterWork, status } = disturbance;
      await control('PATCH', '/settings', {
        unreachableRegions: [region],
        unreachableAfterWork: afterWork,
        unreachableStatus: status,
      });
      await wait(forMs);
      await control('PATCH', '/settings', { unreachableRegions: [] });
      return;
    }
    case 'promote outside': {
      const [key] = world.movable;
      if (key) await control('POST', '/promotions', { key: key.mrk, region: key.region });
      return;
    }
    case 'silence postgres':
      return servers.silencePostgres();
    case 'refuse redis':
      return refuseWrites(servers.redis?.url, disturbance.refusal, () => wait(forMs));
    case 'region':
      return world.withFault({ operation: 'replicate-key', region, effect }, () => wait(forMs));
  }
}

/** Redis answers reads and refuses writes while `work` runs. */
async function refuseWrites(
  url: string | undefined,
  refusal: Disturbance['refusal'],
  work: () => Promise<void>,
): Promise<void> {
  if (url === undefined) return work();
  const [refuse, accept] =
    refusal === 'OOM'
      ? [
          ['CONFIG', 'SET', 'maxmemory', '1'],
          ['CONFIG', 'SET', 'maxmemory', '0'],
        ]
      : [
          ['REPLICAOF', '127.0.0.1', '1'],
          ['REPLICAOF', 'NO', 'ONE'],
        ];
  await withRedis(url, (client) => client.call(...(refuse as [string])));
  await work();
  await withRedis(url, (client) => client.call(...(accept as [string])));
}

/** Empties a Redis, all of it. */
export async function flush(url: string | undefined): Promise<void> {
  if (url === undefined) return;
  await withRedis(url, (client) => client.flushall());
}

async function withRedis(url: string, work: (client: Redis) => Promise<unknown>): Promise<void> {
  const client = new Redis(url, { maxRetriesPerRequest: 20 });
  client.on('error', () => undefined);
  await work(client);
  client.disconnect();
}
