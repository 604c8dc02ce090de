import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createKeyferryClient } from '@keyferry/client';
import { freePort } from '../packages/store/src/embedded-postgres-server.ts';
import { type Service, startService } from '../test/harness/child-process.ts';
import { createDatabase, adminToken as token } from './installation.ts';
import { type Figure, print, tell } from './report.ts';
import { openSampler, type Sample, type TableSample } from './sample-installation.ts';
import {
  keysOfPlan,
  planEverySeconds,
  reportSha256,
  runSoakPlan,
  type SoakCounts,
  soakAccounts,
  soakRegions,
} from './soak-plans.ts';
import { growth, type Point, slope } from './trend.ts';
import { withServers } from './with-servers.ts';

/**
 * `npm run bench:soak`: an hour of plans, one after another, at a rate well below what quotas and machine allow; some calls
 * fail, some plans are retried or cancelled, and what has finished is archived after `--archive` seconds. Every ten seconds
 * it looks at memory, file descriptors, connections, tables and Redis. Flat: what was highest in the second half of the time
 * after the warm-up (a third of it all) is at most a tenth above what was highest in the first; of heaps and of what is open,
 * the lowest. `--minutes 3` is a try: it
 * judges only that reports stay the same.
 */
const usage = 'npm run bench:soak -- [--minutes 60] [--engine redis|postgres] [--archive 45] [--samples FILE] [--json]';
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    engine: { type: 'string', default: 'redis' },
    archive: { type: 'string', default: '45' },
    samples: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const engine = values.engine === 'postgres' ? 'postgres' : 'redis';
const seconds = Number(values.minutes) * 60;
const archiveSeconds = Number(values.archive);
if (!(seconds >= 120) || !(archiveSeconds > 0)) {
  process.stderr.write(`${usage}\nAt least two minutes.\n`);
  process.exit(64);
}
const sampleEverySeconds = 10;
const flatAtMost = 1.1;
/** Archiving goes once a minute: the warm-up must last some rounds of it, else sizes still grow towards where they stay. */
const isJudged = seconds >= 540;
const keysEach = (Math.ceil(seconds / planEverySeconds) + 2) * keysOfPlan;

/** Tables that keep something of every plan, for good or for a day; all others must not grow with the plans that were. */
const keeping = /^(plans|plan_revisions|plan_archives|plan_archive_parts|archived_pairs|audit_\w+|idempotency_keys)$/;

const { samples, counts, changed } = await withServers({ redis: engine === 'redis' }, async (servers) => {
  const databaseUrl = await createDatabase(servers.postgresUrl);
  const running: Service[] = [];
  const start = async (...given: Parameters<typeof startService>) => {
    const service = await startService(...given);
    running.push(service);
    return service;
  };
  try {
    const cckm = await start(
      'cckm',
      'bench/light-cckm.ts',
      {
        LIGHT_CCKM: JSON.stringify({ accounts: soakAccounts, keysEach, quotas: true, faults: true }),
        LIGHT_REGIONS: soakRegions.join(),
      },
      /"listening":"([^"]+)"/,
    );
    const metricsPort = await freePort();
    const env = {
      DATABASE_URL: databaseUrl,
      ...(servers.redisUrl === null ? {} : { REDIS_URL: servers.redisUrl }),
      CCKM_URL: cckm.readyLine[1] ?? '',
      CCKM_USERNAME: 'u',
      CCKM_PASSWORD: 'p',
      KEYFERRY_ADMIN_TOKEN: token,
      KEYFERRY_VERIFY_POLL_MS: '1000',
      KEYFERRY_ARCHIVE_AFTER_DAYS: String(archiveSeconds / 86_400),
    };
    const listening = /"address":"([^"]+)"/;
    const api = await start('api', 'apps/api/src/main.ts', { ...env, KEYFERRY_PORT: '0' }, listening);
    const ofWorker = { ...env, KEYFERRY_WORKER_METRICS_PORT: String(metricsPort) };
    const worker = await start('worker', 'apps/worker/src/main.ts', ofWorker, /worker started/);
    const apiUrl = api.readyLine[1] ?? '';
    const sampler = openSampler({
      databaseUrl,
      redisUrl: servers.redisUrl,
      api: { pid: api.pid, metricsUrl: `${apiUrl}/metrics`, token },
      worker: { pid: worker.pid, metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`, token: null },
    });
    try {
      return await soak({
        sampler,
        place: { client: createKeyferryClient({ url: apiUrl, token }), apiUrl, token, keysEach },
      });
    } finally {
      await sampler.close();
    }
  } finally {
    await Promise.all(running.map((service) => service.kill()));
  }
});

async function soak({
  sampler,
  place,
}: {
  sampler: ReturnType<typeof openSampler>;
  place: Parameters<typeof runSoakPlan>[0];
}): Promise<{ samples: Sample[]; counts: SoakCounts; changed: number }> {
  const began = performance.now();
  const now = () => (performance.now() - began) / 1_000;
  const samples: Sample[] = [];
  const counts: SoakCounts = { submitted: 0, finished: 0, cancelled: 0, retried: 0, replicas: 0, reports: new Map() };
  const under: Promise<void>[] = [];
  const submitting = (async () => {
    for (let n = 0; n * planEverySeconds < seconds - planEverySeconds; n += 1) {
      await wait(Math.max(0, n * planEverySeconds - now()) * 1_000);
      under.push(runSoakPlan(place, n, counts));
    }
  })();
  for (let n = 1; n * sampleEverySeconds <= seconds; n += 1) {
    await wait(Math.max(0, n * sampleEverySeconds - now()) * 1_000);
    const sample = await sampler.sample(now());
    samples.push(sample);
    if (n % 6 === 0) tell(`${Math.round(sample.at / 60)} min: ${counts.finished} plans, ${sample.archived} archived …`);
  }
  await submitting;
  await Promise.all(under);
  let changed = 0;
  for (const [id, sha256] of counts.reports) if ((await reportSha256(place, id)) !== sha256) changed += 1;
  return { samples, counts, changed };
}

const mebibyte = 1024 * 1024;
const points = (of: (sample: Sample) => number): Point[] =>
  samples.map((sample) => ({ at: sample.at, value: of(sample) }));
const sum = (sample: Sample, isKept: boolean, of: (table: TableSample) => number): number =>
  Object.entries(sample.tables)
    .filter(([name]) => keeping.test(name) === isKept)
    .reduce((total, [, table]) => total + of(table), 0);
const flat = (what: string, of: (sample: Sample) => number, floor = false): Figure => ({
  what: `${what}, second half ÷ first`,
  value: growth(points(of), seconds, floor),
  unit: '',
  ...(isJudged ? { atMost: flatAtMost } : {}),
});
/** How many are open at a moment is how many calls are under way, which a busy machine makes more of; what is never closed raises the lowest. */
const open = (what: string, of: (sample: Sample) => number): Figure[] => [
  flat(`${what} (lowest)`, of, true),
  { what: `${what}, at most`, value: Math.max(...samples.map(of)), unit: '' },
];
const hourly = (what: string, of: (sample: Sample) => number): Figure => ({
  what: `${what}, MiB an hour`,
  value: (slope(points(of)) * 3_600) / mebibyte,
  unit: 'MiB',
});
const last = samples.at(-1);
const redis = engine === 'redis';
const kept = points((sample) => sum(sample, true, ({ table, indexes }) => table + indexes));

const figures: Figure[] = [
  flat('API: RSS', ({ api }) => api.rss),
  flat('API: heap (lowest)', ({ api }) => api.heap, true),
  ...open('API: file descriptors', ({ api }) => api.fds),
  flat('worker: RSS', ({ worker }) => worker.rss),
  flat('worker: heap (lowest)', ({ worker }) => worker.heap, true),
  ...open('worker: file descriptors', ({ worker }) => worker.fds),
  ...open('connections to Postgres', ({ connections }) => connections),
  flat('tables that keep nothing', (sample) => sum(sample, false, ({ table }) => table)),
  flat('their indexes', (sample) => sum(sample, false, ({ indexes }) => indexes)),
  ...(redis
    ? [flat('Redis: memory', (s) => s.redis?.bytes ?? 0), flat('Redis: keys (lowest)', (s) => s.redis?.keys ?? 0, true)]
    : []),
  hourly('API: RSS', ({ api }) => api.rss),
  hourly('worker: RSS', ({ worker }) => worker.rss),
  hourly('tables that keep nothing', (sample) => sum(sample, false, ({ table, indexes }) => table + indexes)),
  {
    what: 'kept of a plan for good, bytes a replica',
    value: slope(kept) / (counts.replicas / seconds),
    unit: 'B',
  },
  { what: 'dead rows at most', value: Math.max(...samples.map((s) => sum(s, false, ({ dead }) => dead))), unit: '' },
  { what: 'plans submitted', value: counts.submitted, unit: 'calls' },
  { what: '… cancelled', value: counts.cancelled, unit: 'calls' },
  { what: '… retried', value: counts.retried, unit: 'calls' },
  { what: '… archived', value: last?.archived ?? 0, unit: 'calls' },
  { what: 'replicas made', value: counts.replicas, unit: 'replicas' },
  { what: `reports that changed, of ${counts.reports.size}`, value: changed, unit: 'calls', atMost: 0 },
];
if (values.samples !== undefined) {
  writeFileSync(values.samples, samples.map((sample) => `${JSON.stringify(sample)}\n`).join(''));
}
process.exitCode = print(
  {
    bench: 'bench:soak',
    measured:
      `${values.minutes} min, a plan of ${soakAccounts * keysOfPlan * soakRegions.length} replicas every ${planEverySeconds} s ` +
      `in ${soakAccounts} accounts and ${soakRegions.length} Regions, archived ${archiveSeconds} s after its end.${isJudged ? '' : ' Too short to judge what is flat: at least 9 min.'}`,
    runs: [{ run: 'soak', figures }],
  },
  { engine, json: values.json, flags: new Set() },
);
