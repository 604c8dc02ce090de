import { setTimeout as wait } from 'node:timers/promises';
import type { Service } from '../test/harness/child-process.ts';
import { until } from '../test/harness/until.ts';
import { type Part, readCpu } from './cpu-of.ts';
import { headroom, type LightEstate, estateRegions as regions, type Seen, startInstallation } from './installation.ts';
import type { Figure } from './report.ts';
import type { Servers } from './with-servers.ts';

/** Many accounts at once, each with the same number of keys, all to be copied to ten Regions. */
export interface Estate extends LightEstate {
  readonly workers: number;
  /** Workers stand still for `stopMs` of every `everyMs`; 0: never. */
  readonly stopMs: number;
  readonly everyMs: number;
}

export interface EstateRun {
  readonly allowedSeconds: number;
  readonly seconds: number;
  readonly seen: Seen;
  readonly missing: number;
  /** Milliseconds per replica. */
  readonly cpu: readonly Figure[];
}

/** Runs one plan over an estate, on a database of its own. */
export async function runEstate(servers: Servers, estate: Estate): Promise<EstateRun> {
  const { accounts, keysEach, workers, stopMs } = estate;
  /** All replicas of an account share the ReplicateKey of its primaries' Region. */
  const allowedSeconds = (keysEach * regions.length) / (5 * headroom);
  const { client, cckm, workers: running, stop } = await startInstallation(servers, estate, workers);
  const stopping = new AbortController();
  try {
    const { id } = await client.request('POST /v1/plans', {
      body: {
        name: 'estate',
        selector: { region: 'us-east-1' },
        regions: [...regions],
        options: { max_in_flight: 10_000 },
      },
    });
    const total = accounts * keysEach * regions.length;
    await until(
      'it runs',
      () => client.request('GET /v1/plans/{id}', { id }),
      ({ state }) => state === 'running',
      { withinMs: 120_000, everyMs: 100 },
    );
    const before = readCpu();
    const stalls = stopMs > 0 ? running.map((worker) => stall(worker, estate, stopping.signal)) : [];
    const giveUpMs = (allowedSeconds * 8 + 60) * 1_000;
    const started = Date.now();
    await until('all are made', cckm.stats, ({ made }) => made >= total || Date.now() - started > giveUpMs, {
      withinMs: giveUpMs + 30_000,
      everyMs: 250,
    });
    const seen = await cckm.stats();
    const after = readCpu();
    stopping.abort();
    await Promise.all(stalls);
    const cpu = (part: Part): Figure => {
      const value = ((after[part] - before[part]) * 1_000) / seen.made;
      return { what: `CPU per replica: ${part}`, value, unit: 'ms' };
    };
    return {
      allowedSeconds,
      seconds: (seen.lastAt - seen.firstAt) / 1_000,
      seen,
      missing: total - seen.made,
      cpu: (['worker', 'API', 'Postgres', 'Redis', 'CCKM'] as const).map(cpu),
    };
  } finally {
    stopping.abort();
    await stop();
  }
}

async function stall(worker: Service, { stopMs, everyMs }: Estate, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await wait(everyMs - stopMs);
    worker.freeze();
    await wait(stopMs);
    worker.thaw();
  }
}
