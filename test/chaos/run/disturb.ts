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

function describe({ worker, outage, region, effect }: Disturbance): string {
  const what = [worker, outage, region, effect && JSON.stringify(effect)].filter((one) => one !== undefined);
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
    case 'region':
      return world.withFault({ operation: 'replicate-key', region, effect }, () => wait(forMs));
  }
}

/** Empties a Redis, all of it. */
export async function flush(url: string | undefined): Promise<void> {
  if (url === undefined) return;
  const client = new Redis(url, { maxRetriesPerRequest: 20 });
  client.on('error', () => undefined);
  await client.flushall();
  client.disconnect();
}
