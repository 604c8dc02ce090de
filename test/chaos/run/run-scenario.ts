import pg from 'pg';
import { runQuickKeyferry } from '../../harness/quick-keyferry.ts';
import type { Keyferry } from '../../harness/run-keyferry.ts';
import type { SimulatedKey } from '../../harness/simulator.ts';
import { until } from '../../harness/until.ts';
import type { Scenario } from '../scenario/draw-scenario.ts';
import type { ChaosServers } from '../servers.ts';
import { installAudit } from './audit.ts';
import { disturb, flush } from './disturb.ts';
import { give, submit } from './drive-plans.ts';
import { type Evidence, type Poll, readDatabase, readSimulator, type Submitted } from './evidence.ts';
import { patiently } from './patiently.ts';
import { pollingWhile } from './poll-plans.ts';
import { World } from './world.ts';

const environment = {
  CCKM_CALL_TIMEOUT_MS: '1500',
  // A replica is never given up for being slow.
  KEYFERRY_VERIFY_TIMEOUT_MS: '90000',
};

/** From when nothing is wrong any more until every plan has ended. */
const endsWithinMs = 90_000;

export interface Ran {
  readonly evidence: Evidence;
  readonly diary: readonly string[];
}

/** A run that came to no end; `diary` says what was done until then. */
export class Stuck extends Error {
  readonly diary: readonly string[];
  constructor(cause: unknown, world: World) {
    super(`It came to no end: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.diary = [...world.diary, ...world.fallen()];
  }
}

/** Runs one scenario from an empty database to the end of all its plans. */
export async function runScenario(servers: ChaosServers, scenario: Scenario): Promise<Ran> {
  await flush(servers.redis?.url);
  const keyferry = await runQuickKeyferry(
    { postgresUrl: servers.postgres.url, redisUrl: servers.redis?.url ?? null },
    environment,
    `chaos ${scenario.seed}`,
  );
  try {
    await audited(keyferry);
    for (let i = 1; i < scenario.workers; i += 1) await keyferry.startWorker();
    const world = new World(keyferry, servers);
    try {
      return { evidence: await play(world, scenario), diary: world.diary };
    } catch (error) {
      throw new Stuck(error, world);
    }
  } finally {
    await keyferry.stop();
    await dropDatabase(servers.postgres.url, keyferry.databaseUrl);
  }
}

async function play(world: World, scenario: Scenario): Promise<Evidence> {
  const { simulator, databaseUrl } = world.keyferry;
  const keys: SimulatedKey[] = [];
  const disabled = new Map<string, string>();
  const deleting = new Set<string>();
  const unlisted = new Set<string>();
  for (const group of scenario.keys) {
    const made = await simulator.makeKeys({ ...group });
    keys.push(...made);
    if (group.state === 'Disabled') for (const { id, mrk } of made) disabled.set(mrk, id);
    for (const { region } of group.replicas.filter(({ state, listed }) => state === 'Enabled' && listed))
      for (const { mrk } of made) world.movable.push({ mrk, region });
    for (const { region } of group.replicas.filter(({ state }) => state === 'PendingDeletion'))
      for (const { mrk } of made) deleting.add(`${mrk} ${region}`);
    for (const { region } of group.replicas.filter(({ listed }) => !listed))
      for (const { mrk } of made) unlisted.add(`${mrk} ${region}`);
  }
  await simulator.control('PATCH', '/settings', scenario.settings);
  await world.setFaults(scenario.faults);

  const plans: Submitted[] = [];
  const polls: Poll[] = [];
  const ids = () => plans.map(({ id }) => id);
  world.begin();
  await pollingWhile(world, ids, polls, async () => {
    const submissions = scenario.plans.map((draft) => submit(world, draft, keys));
    for (const submission of submissions) submission.then((plan) => plans.push(plan)).catch(() => undefined);
    await Promise.all([
      ...submissions,
      ...scenario.disturbances.map((disturbance) => disturb(world, disturbance)),
      ...scenario.orders.map(async (order) => {
        const plan = await submissions[order.plan];
        if (plan) await give(world, plan, order);
      }),
    ]);
    await world.setFaults([]);
    await simulator.control('PATCH', '/settings', { staleMs: 0, laggingNodeMs: 0 });
    world.note('nothing is wrong any more');
    await untilFinished(world, plans);
    if (scenario.mends && disabled.size > 0) {
      for (const id of disabled.values()) await simulator.control('PATCH', `/keys/${id}`, { state: 'Enabled' });
      world.note('disabled keys are enabled, and plans retried');
      for (const plan of plans) await give(world, plan, { at: 0, plan: 0, command: 'retry' });
      await untilFinished(world, plans);
    }
    world.note('all plans have ended');
  });
  const fallen = world.fallen();
  return {
    scenario,
    plans,
    polls,
    disabled,
    deleting,
    unlisted,
    fallen,
    ...(await readDatabase(databaseUrl)),
    ...(await readSimulator(simulator)),
  };
}

/** Waits until every plan has ended; what was paused or has halted is resumed. */
async function untilFinished(world: World, plans: readonly Submitted[]): Promise<void> {
  await until(
    'every plan has ended',
    async () => {
      const views = await Promise.all(
        plans.map(({ id }) => patiently(() => world.client.request('GET /v1/plans/{id}', { id }))),
      );
      for (const { id, name, state, finished_at } of views) {
        if (finished_at !== null || (state !== 'paused' && state !== 'halted')) continue;
        world.note(`${name} is ${state}: resumed`);
        await patiently(() => world.client.request('POST /v1/plans/{id}/resume', { id })).catch(() => undefined);
      }
      return views.map(({ id, state, finished_at, counts, reason }) => ({ id, state, finished_at, counts, reason }));
    },
    (views) => views.every(({ finished_at }) => finished_at !== null),
    { withinMs: endsWithinMs, everyMs: 150 },
  );
}

async function audited({ databaseUrl }: Keyferry): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await installAudit(client);
  await client.end();
}

async function dropDatabase(serverUrl: string, databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`DROP DATABASE ${new URL(databaseUrl).pathname.slice(1)} WITH (FORCE)`);
  await client.end();
}
