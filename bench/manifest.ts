import { readFileSync } from 'node:fs';
import { runKeyferry } from '../test/harness/run-keyferry.ts';
import { until } from '../test/harness/until.ts';
import { adminToken } from './installation.ts';
import { readOptions } from './read-options.ts';
import { type Figure, print, tell } from './report.ts';
import { withServers } from './with-servers.ts';
import { workload } from './workload.ts';

/**
 * `npm run bench:manifest`: what a manifest of a million rows costs the API that takes it in and the worker that resolves
 * it, beside one of a tenth; each in processes of their own. Every row gives its replica an alias. Reads the peak of
 * resident memory that Linux keeps of a process. `--small`: 100,000 rows and 10,000.
 */
const options = readOptions('small');
const most = options.flags.has('small') ? 100_000 : 1_000_000;
/** The target of the project, MiB. */
const memoryTarget = 512;
const regionsEach = 25;

const runs = await withServers({ redis: options.engine === 'redis' }, async (servers) => {
  const measured: { run: string; figures: Figure[] }[] = [];
  for (const rows of [most / 10, most]) {
    tell(`${rows.toLocaleString('en')} rows …`);
    measured.push({ run: `${rows.toLocaleString('en')} rows`, figures: await measure(servers, rows) });
  }
  return measured;
});

process.exitCode = print(
  {
    bench: 'bench:manifest',
    measured: `A manifest with rows for keys × ${regionsEach} Regions, previewed; every replica with an alias of its own.`,
    runs,
  },
  options,
);

async function measure(servers: { postgresUrl: string; redisUrl: string | null }, rows: number): Promise<Figure[]> {
  const keyferry = await runKeyferry({
    ...servers,
    adminToken,
    simulatorSettings: {},
    env: {},
    waiting: { withinMs: 3_600_000, everyMs: 1_000 },
  });
  try {
    const { accounts, primaryRegions, regions } = workload({ accounts: 1, keysEach: 0, regions: regionsEach });
    const group = { account: accounts[0], region: primaryRegions[0], aliasPrefix: 'alias/bench' };
    const keys = await keyferry.simulator.makeKeys({ ...group, count: rows / regionsEach });
    const lines = keys.map(({ id }) => regions.map((region) => `${id},${region},{alias}-dr\n`).join(''));
    const before = Date.now();
    const { id } = await keyferry.client.createPlanFromManifest(
      { name: 'bench', mode: 'preview' },
      { rows: new Blob(lines), fileName: 'bench.csv' },
    );
    const taken = Date.now();
    tell(`taken in ${((taken - before) / 1000).toFixed(1)} s`);
    const plan = await until(
      'it is resolved',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ state }) => state === 'previewed',
      { withinMs: 3_600_000, everyMs: 1_000, tell: ({ spec: _spec, ...rest }) => rest },
    );
    const resolved = Date.now();
    const peaks = [keyferry.api, ...keyferry.workers].map(({ pid }) => peakMiB(pid));
    return [
      { what: 'replicas that can be made', value: plan.counts.pending, unit: 'replicas' },
      { what: 'until it was taken in', value: (taken - before) / 1000, unit: 's' },
      { what: 'until it was resolved', value: (resolved - taken) / 1000, unit: 's' },
      { what: "peak of the API's memory", value: peaks[0] ?? Number.NaN, unit: 'MiB', atMost: memoryTarget },
      { what: "peak of the worker's memory", value: peaks[1] ?? Number.NaN, unit: 'MiB', atMost: memoryTarget },
    ];
  } finally {
    await keyferry.stop();
  }
}

/** The most that a process has held in memory so far. Source: proc(5), VmHWM. */
function peakMiB(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
