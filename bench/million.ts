import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { until } from '../test/harness/until.ts';
import { readCpu } from './cpu-of.ts';
import { estateRegions, type Installation, startInstallation } from './installation.ts';
import { readOptions } from './read-options.ts';
import { type Figure, print, tell } from './report.ts';
import { type Servers, withServers } from './with-servers.ts';

/**
 * `npm run bench:million`: a plan of 100,000 keys × 10 Regions beside one of 100 keys, each in an installation of its own:
 * how long it takes to submit and to resolve, the memory of each process, and what a command costs. `--small`: 10,000 keys.
 */
const options = readOptions('small');
const accounts = 10;
const keyCounts = [100, options.flags.has('small') ? 10_000 : 100_000];
/** The targets of the project: of the large plan. */
const targets = { submitSeconds: 5, resolveSeconds: 90, memoryMiB: 512 };
const dispatchedForMs = 10_000;
/** The primaries' own Region: a replica there is blocked. */
const blockedIn = 'us-east-1';

const runs = await withServers({ redis: options.engine === 'redis' }, async (servers) => {
  const measured: { run: string; figures: Figure[] }[] = [];
  for (const keys of keyCounts) {
    const run = `${(keys * estateRegions.length).toLocaleString('en')} replicas`;
    tell(`${run} …`);
    measured.push({ run, figures: await measure(servers, keys, keys === keyCounts.at(-1)) });
  }
  return measured;
});

process.exitCode = print(
  {
    bench: 'bench:million',
    measured: `${accounts} accounts at the default quotas; each key into ${estateRegions.length} Regions; one worker.`,
    runs,
  },
  options,
);

async function measure(servers: Servers, keyCount: number, large: boolean): Promise<Figure[]> {
  const estate = { accounts, keysEach: keyCount / accounts, quotas: true };
  // The plan with its spec of megabytes is asked for four times a second, more than one caller may.
  const installation = await startInstallation(servers, estate, 1, { KEYFERRY_RATE_LIMIT: '0' });
  const { client, api, workers, stop } = installation;
  const keys = Array.from({ length: keyCount }, (_, i) => `00000000-0000-4000-8000-${String(i + 1).padStart(12, '0')}`);
  try {
    const { id, submitSeconds, resolveSeconds } = await submitAndResolve(installation, keys, [...estateRegions]);
    tell(`submitted in ${submitSeconds.toFixed(1)} s, resolved in ${resolveSeconds.toFixed(1)} s`);
    await untilVacuumed(installation);
    const execute = await timed(() => client.request('POST /v1/plans/{id}/execute', { id }));
    const firstCall = await timed(() =>
      until('a replica is made', installation.cckm.stats, ({ made }) => made > 0, { withinMs: 120_000, everyMs: 20 }),
    );
    const dispatched = await cpuPerReplica(installation);
    const counts = await median(() => client.request('GET /v1/plans/{id}', { id }));
    const patch = await median(() =>
      client.request('PATCH /v1/plans/{id}', { id, body: { options: { max_in_flight: 1_000 } } }),
    );
    const pause = await median(async () => client.request('POST /v1/plans/{id}/pause', { id }), {
      after: () => client.request('POST /v1/plans/{id}/resume', { id }),
    });
    const cancel = await timed(() => client.request('POST /v1/plans/{id}/cancel', { id }));
    const ended = await timed(() => settled(installation, id));
    tell(`cancelled in ${(ended / 1_000).toFixed(1)} s`);

    const blocked = await submitAndResolve(installation, keys, [blockedIn]);
    await client.request('POST /v1/plans/{id}/execute', { id: blocked.id });
    await settled(installation, blocked.id);
    const retry = await timed(() => client.request('POST /v1/plans/{id}/retry', { id: blocked.id }));
    const memory = [api, ...workers].map(({ pid }) => peakMiB(pid));
    const bound = (atMost: number) => (large ? { atMost } : {});
    return [
      { what: 'until it is submitted', value: submitSeconds, unit: 's', ...bound(targets.submitSeconds) },
      { what: 'until it is resolved', value: resolveSeconds, unit: 's', ...bound(targets.resolveSeconds) },
      { what: "peak of the API's memory", value: memory[0] ?? Number.NaN, unit: 'MiB', ...bound(targets.memoryMiB) },
      { what: "peak of the worker's memory", value: memory[1] ?? Number.NaN, unit: 'MiB', ...bound(targets.memoryMiB) },
      { what: 'execute', value: execute, unit: 'ms' },
      { what: 'until its first replica is made', value: firstCall, unit: 'ms' },
      { what: 'CPU per replica: worker and Postgres', value: dispatched, unit: 'ms' },
      { what: 'the plan with its counts', value: counts, unit: 'ms' },
      { what: 'change its limits', value: patch, unit: 'ms' },
      { what: 'pause', value: pause, unit: 'ms' },
      { what: 'cancel', value: cancel, unit: 'ms' },
      { what: 'until all that waits is cancelled', value: ended / 1_000, unit: 's' },
      { what: `retry all that is blocked, one a key`, value: retry, unit: 'ms' },
    ];
  } finally {
    await stop();
  }
}

async function submitAndResolve({ client }: Installation, keys: string[], regions: string[]) {
  const began = performance.now();
  const { id } = await client.request('POST /v1/plans', { body: { name: 'bench', mode: 'preview', keys, regions } });
  const submitted = performance.now();
  await until(
    'it is resolved',
    () => client.request('GET /v1/plans/{id}', { id }),
    ({ state }) => state === 'previewed',
    { withinMs: 1_800_000, everyMs: 250, tell: ({ spec: _spec, ...rest }) => rest },
  );
  return {
    id,
    submitSeconds: (submitted - began) / 1_000,
    resolveSeconds: (performance.now() - submitted) / 1_000,
  };
}

/** Postgres tidies up after so many new rows once, whatever is called for them later. */
async function untilVacuumed({ databaseUrl }: Installation): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const hasTidied = async () => {
    const { rows } = await client.query<{ done: boolean }>(
      `SELECT last_autoanalyze IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE backend_type = 'autovacuum worker') AS done
       FROM pg_stat_user_tables WHERE relname = 'replicas'`,
    );
    return rows[0]?.done ?? false;
  };
  await until('Postgres has tidied up', hasTidied, Boolean, { withinMs: 600_000, everyMs: 500 });
  await client.end();
}

async function settled({ client }: Installation, id: string): Promise<void> {
  await until(
    'it has ended',
    () => client.request('GET /v1/plans/{id}', { id }),
    ({ finished_at }) => finished_at !== null,
    { withinMs: 900_000, everyMs: 100, tell: ({ spec: _spec, ...rest }) => rest },
  );
}

/** Milliseconds of CPU of the worker and of Postgres for each replica, while the plan runs at what its quotas allow. */
async function cpuPerReplica({ cckm }: Installation): Promise<number> {
  const [before, seenBefore] = [readCpu(), await cckm.stats()];
  await wait(dispatchedForMs);
  const [after, seenAfter] = [readCpu(), await cckm.stats()];
  const seconds = after.worker + after.Postgres - before.worker - before.Postgres;
  return (seconds * 1_000) / (seenAfter.made - seenBefore.made);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Of nine times. */
async function median(
  work: () => Promise<unknown>,
  { after = async () => {} }: { after?: () => Promise<unknown> } = {},
): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 9; i += 1) {
    times.push(await timed(work));
    await after();
  }
  return times.sort((a, b) => a - b)[4] ?? Number.NaN;
}

/** The most that a process has held in memory so far. Source: proc(5), VmHWM. */
function peakMiB(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
