import { startService } from '../test/harness/child-process.ts';
import { createDatabase, estateRegions, startLightCckm } from './installation.ts';
import { readOptions } from './read-options.ts';
import { type Figure, print, tell } from './report.ts';
import { runEstate } from './run-estate.ts';
import { type Servers, withServers } from './with-servers.ts';

/**
 * `npm run bench:ceiling`: how fast one worker is where no quota holds it back, as a share of a BullMQ queue whose jobs do
 * nothing, and beside what one would build first (a job a replica, one update for each change of state, no pacing, no
 * verification) on BullMQ, pg-boss and graphile-worker. All in one run, against the same CCKM.
 */
const options = readOptions();
const estate = { accounts: 20, keysEach: 50, workers: 1, quotas: false, stopMs: 0, everyMs: 0 };
const replicas = estate.accounts * estate.keysEach * estateRegions.length;
const emptyJobs = 20_000;
/** Of an empty queue, percent. */
const target = 8;

const runs = await withServers({ redis: true }, async (servers) => {
  tell('an empty queue …');
  const empty = await obvious(servers, { queue: 'bullmq', calls: false, jobs: emptyJobs });
  tell('Keyferry …');
  const keyferry = await runEstate(options.engine === 'redis' ? servers : { ...servers, redisUrl: null }, estate);
  const made = keyferry.seen.made / keyferry.seconds;
  const others: { run: string; figures: Figure[] }[] = [];
  for (const queue of ['bullmq', 'pg-boss', 'graphile-worker'] as const) {
    tell(`a job a replica on ${queue} …`);
    const perSecond = await obvious(servers, { queue, calls: true, jobs: replicas });
    others.push({ run: queue, figures: figures(perSecond, empty) });
  }
  return [
    { run: 'empty queue', figures: [{ what: 'a second', value: empty, unit: '' as const }] },
    {
      run: 'Keyferry',
      figures: [
        ...figures(made, empty),
        {
          what: `short of ${target} % of the empty queue`,
          value: Math.max(0, target - (made / empty) * 100),
          unit: '%' as const,
          atMost: 0,
        },
        ...keyferry.cpu,
      ],
    },
    ...others,
  ];
});

process.exitCode = print(
  {
    bench: 'bench:ceiling',
    measured: `${replicas} replicas of ${estate.accounts} accounts, no quotas, one worker.`,
    runs,
  },
  options,
);

function figures(perSecond: number, empty: number): Figure[] {
  return [
    { what: 'a second', value: perSecond, unit: '' },
    { what: 'of the empty queue', value: (perSecond / empty) * 100, unit: '%' },
  ];
}

/** Jobs a second of a worker that does a job for each replica. */
async function obvious(
  servers: Servers,
  { queue, calls, jobs }: { queue: string; calls: boolean; jobs: number },
): Promise<number> {
  const cckm = calls ? await startLightCckm(estate) : null;
  const keys = Array.from(
    { length: estate.accounts * estate.keysEach },
    (_, i) => `00000000-0000-4000-8000-${String(i + 1).padStart(12, '0')}`,
  );
  const worker = await startService(
    'worker',
    'bench/ways/obvious-worker.ts',
    {
      DATABASE_URL: await createDatabase(servers.postgresUrl),
      REDIS_URL: `${servers.redisUrl}/2`,
      OBVIOUS: JSON.stringify({ queue, calls, replicas: jobs, cckmUrl: cckm?.url, regions: estateRegions, keys }),
    },
    /"listening":"([^"]+)"/,
  );
  try {
    const answer = await fetch(worker.readyLine[1] ?? '', { method: 'POST', signal: AbortSignal.timeout(290_000) });
    const { seconds } = (await answer.json()) as { seconds: number };
    return jobs / seconds;
  } finally {
    await Promise.all([worker.kill(), cckm?.service.kill()]);
  }
}
