import { parseArgs } from 'node:util';
import { estateRegions } from './installation.ts';
import { type Figure, print, tell } from './report.ts';
import { runEstate } from './run-estate.ts';
import { type Servers, withServers } from './with-servers.ts';

/**
 * `npm run bench:estate`: many accounts at once. Each has 10 keys for 10 Regions at AWS's default quotas and headroom 0.9, so
 * that the quotas allow every size in the same 22 s; a CCKM that answers in 20 ms; one worker. `--stall 300/500` stops the
 * worker 300 ms of every 500.
 */
const usage =
  'npm run bench:estate -- [--accounts 30,100,200,400] [--engine redis|postgres] [--workers 1] [--keys 10] [--stall 300/500] [--json]';
const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '30,100,200,400' },
    engine: { type: 'string', default: 'redis' },
    workers: { type: 'string', default: '1' },
    keys: { type: 'string', default: '10' },
    stall: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const engine = values.engine === 'postgres' ? 'postgres' : 'redis';
const sizes = values.accounts.split(',').map(Number);
const workers = Number(values.workers);
const keysEach = Number(values.keys);
const [stopMs = 0, everyMs = 0] = (values.stall ?? '').split('/').map(Number);
if ([...sizes, workers, keysEach, stopMs, everyMs].some((one) => !Number.isInteger(one)) || stopMs > everyMs) {
  process.stderr.write(`${usage}\n`);
  process.exit(64);
}
/** Time ÷ quotas at most, by accounts; of more accounts a machine with two cores makes what it can. */
const targets: Readonly<Record<number, number>> = { 30: 1.03, 100: 1.03, 200: 1.1 };
const targetOfStall: Readonly<Record<string, number>> = { '300/500': 1.15, '1000/1200': 2 };

const runs = await withServers({ redis: engine === 'redis' }, async (servers) => {
  const results: { run: string; figures: Figure[] }[] = [];
  for (const accounts of sizes) {
    tell(`${accounts} accounts, ${accounts * keysEach * estateRegions.length} replicas …`);
    results.push({ run: `${accounts} accounts`, figures: await measure(servers, accounts) });
  }
  return results;
});

process.exitCode = print(
  {
    bench: 'bench:estate',
    measured:
      `one plan, ${keysEach} keys an account × ${estateRegions.length} Regions, default quotas, headroom 0.9, ` +
      `${workers} ${workers === 1 ? 'worker' : 'workers'}${stopMs > 0 ? `, stopped ${stopMs} ms of every ${everyMs}` : ''}.`,
    runs,
  },
  { engine, json: values.json, flags: new Set() },
);

async function measure(servers: Servers, accounts: number): Promise<Figure[]> {
  const run = await runEstate(servers, { accounts, keysEach, workers, quotas: true, stopMs, everyMs });
  const { allowedSeconds, seconds, seen, missing, cpu } = run;
  const atMost = values.stall === undefined ? targets[accounts] : targetOfStall[values.stall];
  return [
    { what: 'the quotas in use allow', value: allowedSeconds, unit: 's' },
    { what: 'from the first call to the last replica', value: seconds, unit: 's' },
    { what: 'time ÷ quotas', value: seconds / allowedSeconds, unit: '', ...(atMost === undefined ? {} : { atMost }) },
    { what: 'replicas a second', value: seen.made / seconds, unit: '' },
    { what: 'replicas not made', value: missing, unit: 'replicas', atMost: 0 },
    { what: 'throttled calls', value: seen.throttled, unit: 'calls', atMost: 0 },
    { what: 'calls per replica', value: seen.replicate / seen.made, unit: '' },
    { what: 'list calls per replica', value: seen.lists / seen.made, unit: '', atMost: 0.2 },
    ...cpu,
  ];
}
