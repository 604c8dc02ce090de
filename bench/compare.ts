import { type SimulatedKey, startSimulator } from '../test/harness/simulator.ts';
import { measureKeyferry } from './measure-keyferry.ts';
import { type Calls, readCalls } from './read-calls.ts';
import { readOptions } from './read-options.ts';
import { type Figure, print, tell } from './report.ts';
import { latencyMs } from './slow-network.ts';
import { plainQueue } from './ways/plain-queue.ts';
import { sequentialLoop } from './ways/sequential-loop.ts';
import { type Pair, pairId, pairsOf, type WayResult } from './ways/way.ts';
import { type Servers, withServers } from './with-servers.ts';
import { makeKeys, quotaBoundSeconds, replicasOf, workload } from './workload.ts';

/**
 * `npm run bench:compare`: the same replicas, over the same slow network that loses the same answers, by a loop, by a
 * plain BullMQ queue with one limiter for everything, and by Keyferry as it is configured by default.
 */
const options = readOptions();
const work = workload({ accounts: 2, keysEach: 4, regions: 20 });
const total = replicasOf(work);
/** Of so many replicas KMS does the work and the answer is lost, whenever it is called for them. */
const lost = 4;

function faultsOf(keys: readonly SimulatedKey[]): Record<string, unknown>[] {
  const pairs = pairsOf(keys, work.regions);
  const unlucky = Array.from({ length: lost }, (_, i) => pairs[Math.floor(((i + 0.5) * pairs.length) / lost)]);
  return [
    ...unlucky.map((pair) => ({
      operation: 'replicate-key',
      key: pair?.key.mrk,
      region: pair?.region,
      effect: { latencyMs, dropAfter: true },
    })),
    { operation: 'replicate-key', effect: { latencyMs } },
  ];
}

const runs = await withServers({ redis: true }, async (servers) => {
  const { redisUrl } = servers;
  if (redisUrl === null) throw new Error('There is no Redis.');
  const inEngine = options.engine === 'redis' ? servers : { ...servers, redisUrl: null };
  return [
    await run('Keyferry', () => byKeyferry(inEngine)),
    await run('BullMQ, limiter 5/s', () =>
      bySimulator((url, pairs) => plainQueue(url, pairs, { redisUrl, callsPerSecond: 5 })),
    ),
    await run('BullMQ, limiter 10/s', () =>
      bySimulator((url, pairs) => plainQueue(url, pairs, { redisUrl, callsPerSecond: 10 })),
    ),
    await run('loop', () => bySimulator(sequentialLoop)),
  ];
});

process.exitCode = print(
  {
    bench: 'bench:compare',
    measured:
      `${total} replicas, ${work.accounts.length} accounts × ${work.keysEach} keys × ${work.regions.length} Regions; ` +
      `a call takes ${latencyMs.min} to ${latencyMs.max} ms, ${lost} answers are lost; ` +
      `the quotas allow it in ${quotaBoundSeconds(work)} s.`,
    runs,
  },
  options,
);

async function run(name: string, way: () => Promise<{ result: WayResult; calls: Calls }>) {
  tell(`${total} replicas by ${name} …`);
  const { result, calls } = await way();
  return { run: name, figures: figuresOf(result, calls, name === 'Keyferry') };
}

async function bySimulator(way: (url: string, pairs: Pair[]) => Promise<WayResult>) {
  const simulator = await startSimulator();
  try {
    const keys = await makeKeys(simulator, work);
    await simulator.addFaults(...faultsOf(keys));
    const result = await way(simulator.url, pairsOf(keys, work.regions));
    return { result, calls: await readCalls(simulator) };
  } finally {
    await simulator.stop();
  }
}

async function byKeyferry(servers: Servers) {
  const { replicas, plan, calls } = await measureKeyferry(servers, { work, faults: faultsOf });
  const usable = replicas.filter(({ state }) => state === 'succeeded');
  const mrkOf = (arn: string | null) => arn?.split('/').at(-1) ?? '';
  const said = replicas.map(
    ({ key_arn, region, state }) =>
      [pairId(mrkOf(key_arn), region), state === 'succeeded' ? 'done' : 'failed'] as const,
  );
  return {
    result: { said: new Map(said), saidDoneAt: Date.parse(plan.finished_at ?? ''), readBack: usable.length },
    calls,
  };
}

function figuresOf({ said, saidDoneAt, readBack }: WayResult, calls: Calls, isKeyferry: boolean): Figure[] {
  const made = new Map<string, number>();
  let again = 0;
  for (const { mrk, region, workDone, seq } of calls.all) {
    const id = pairId(mrk ?? '', region ?? '');
    if (made.has(id)) again += 1;
    if (workDone) made.set(id, seq);
  }
  const ids = [...said.keys()];
  const wrong = ids.filter((id) => made.has(id) !== (said.get(id) === 'done')).length;
  const accepted = (calls.lastAcceptedAt - calls.firstAt) / 1000;
  const mustBe = isKeyferry ? { atMost: 0 } : {};
  return [
    { what: 'until the last replica was accepted', value: accepted, unit: 's' },
    { what: 'accepted ÷ time that the quotas allow', value: accepted / quotaBoundSeconds(work), unit: '' },
    { what: 'until it said that it was done', value: (saidDoneAt - calls.firstAt) / 1000, unit: 's' },
    { what: 'calls per replica', value: calls.all.length / total, unit: '' },
    { what: 'throttled calls', value: calls.throttled, unit: 'calls', ...mustBe },
    { what: 'calls for a replica that was there', value: again, unit: 'calls', ...mustBe },
    { what: 'replicas not made', value: total - made.size, unit: 'replicas', ...mustBe },
    { what: 'replicas of which it says the wrong thing', value: wrong, unit: 'replicas', ...mustBe },
    { what: 'replicas that nobody has seen usable', value: total - readBack, unit: 'replicas', ...mustBe },
  ];
}
