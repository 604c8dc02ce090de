import { measureKeyferry } from './measure-keyferry.ts';
import { type Calls, lastEnd } from './read-calls.ts';
import { readOptions } from './read-options.ts';
import { type Figure, print, tell } from './report.ts';
import { type Servers, withServers } from './with-servers.ts';
import { quotaBoundSeconds, replicasOf, type Workload, workload } from './workload.ts';

/**
 * `npm run bench:isolation`: what a Region whose calls hang until they time out, or are all throttled, costs the other
 * Regions of the plan. The primaries lie in so many Regions that every lane is held back by its own quota of CreateKey
 * alone and the one in trouble takes no share of a quota from the others. `--few`: two Regions beside the one, and three
 * workers, so that it could take up all calls that the plan may have under way. `--shared`: all primaries lie in one
 * Region, so that its ReplicateKey holds all back, and every call of any lane is a call less for the others.
 */
const options = readOptions('few', 'shared');
const shared = options.flags.has('shared');
const few = options.flags.has('few');
const workers = few ? 3 : 1;
const withOneMore = workload({ accounts: 1, ...size() });
const oneMore = withOneMore.regions.at(-1) ?? '';
const work: Workload = { ...withOneMore, regions: withOneMore.regions.slice(0, -1) };
/** The target of the project: how much longer the others take, percent. */
const target = 3;

const troubles = {
  healthy: null,
  stuck: { hang: true },
  throttled: { awsError: { name: 'ThrottlingException', message: 'Rate exceeded' } },
};

function size(): { primaryRegions: number; keysEach: number; regions: number } {
  if (few) return { primaryRegions: 2, keysEach: 45, regions: 3 };
  return shared ? { primaryRegions: 1, keysEach: 30, regions: 7 } : { primaryRegions: 6, keysEach: 15, regions: 7 };
}

interface OthersRun {
  /** From the start of the plan to the last replica that was accepted in the other Regions. */
  readonly seconds: number;
  readonly calls: Calls;
}

const runs = await withServers({ redis: options.engine === 'redis' }, async (servers) => {
  const without = await runOthers(servers, work, null);
  const results: { run: string; figures: Figure[] }[] = [{ run: 'without it', figures: figuresOf(without) }];
  let healthy: OthersRun | undefined;
  for (const [trouble, effect] of Object.entries(troubles)) {
    const run = await runOthers(servers, withOneMore, effect);
    const costs = healthy ? [costOver(without, run, 'without it', !shared), costOver(healthy, run, 'it healthy')] : [];
    healthy ??= run;
    results.push({ run: `one more, ${trouble}`, figures: [...figuresOf(run), ...costs] });
  }
  return results;
});

process.exitCode = print(
  {
    bench: 'bench:isolation',
    measured:
      `${replicasOf(work)} replicas from ${work.primaryRegions.length} Regions into ${work.regions.length} others, and ` +
      'again with one more Region beside them, all in one plan of one account; ' +
      `${workers} ${workers === 1 ? 'worker' : 'workers'}.`,
    runs,
  },
  options,
);

async function runOthers(servers: Servers, run: Workload, effect: object | null): Promise<OthersRun> {
  tell(`${replicasOf(run)} replicas, with one Region's calls answered by ${JSON.stringify(effect)} …`);
  const { calls, startedAt } = await measureKeyferry(servers, {
    work: run,
    workers,
    faults: () => (effect ? [{ operation: 'replicate-key', region: oneMore, effect }] : []),
    over: (seen) => acceptedInOthers(seen).length === replicasOf(work),
  });
  return { seconds: (lastEnd(acceptedInOthers(calls)) - startedAt) / 1000, calls };
}

function acceptedInOthers({ accepted }: Calls) {
  return accepted.filter(({ region }) => region !== oneMore);
}

function figuresOf({ seconds, calls }: OthersRun): Figure[] {
  const there = calls.all.filter(({ region }) => region === oneMore);
  const throttled = calls.all.filter(
    ({ region, awsError }) => region !== oneMore && awsError === 'ThrottlingException',
  );
  return [
    { what: 'time that the quotas in use allow the others', value: quotaBoundSeconds(work, 0.9), unit: 's' },
    { what: 'until the last of the others was accepted', value: seconds, unit: 's' },
    { what: 'calls to the one more', value: there.length, unit: 'calls' },
    { what: 'throttled calls to the others', value: throttled.length, unit: 'calls', atMost: 0 },
  ];
}

function costOver(base: OthersRun, run: OthersRun, name: string, isTarget = true): Figure {
  const value = (run.seconds / base.seconds - 1) * 100;
  return { what: `cost to the others, over ${name}`, value, unit: '%', ...(isTarget ? { atMost: target } : {}) };
}
