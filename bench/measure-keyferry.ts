import type { PlanView, ReplicaView } from '@keyferry/core';
import pg from 'pg';
import { type Keyferry, runKeyferry } from '../test/harness/run-keyferry.ts';
import type { SimulatedKey } from '../test/harness/simulator.ts';
import { until } from '../test/harness/until.ts';
import { adminToken } from './installation.ts';
import { type Calls, readCalls } from './read-calls.ts';
import type { Servers } from './with-servers.ts';
import { makeKeys, quotaBoundSeconds, type Workload } from './workload.ts';

export interface KeyferryRun {
  readonly work: Workload;
  /** Set in the simulator before the plan is submitted. */
  readonly faults?: (keys: readonly SimulatedKey[]) => Record<string, unknown>[];
  readonly env?: Readonly<Record<string, string>>;
  /** One unless given. */
  readonly workers?: number;
  /** When it is over; once the plan is finished unless given. */
  readonly over?: (calls: Calls) => boolean;
}

/** One plan from its submission on; times in seconds from when it began to run. */
export interface Measured {
  readonly plan: PlanView;
  readonly replicas: readonly ReplicaView[];
  readonly calls: Calls;
  readonly startedAt: number;
  readonly lastAcceptedAfter: number;
  /** NaN when it was not waited for. */
  readonly finishedAfter: number;
  /** Slots that the dispatcher gave and no call used: the row came too late to a worker, or too late to the wire. */
  readonly unusedSlots: number;
}

/** Runs a workload as one plan through a Keyferry of its own: simulator, API and workers, each a process. */
export async function measureKeyferry(servers: Servers, run: KeyferryRun): Promise<Measured> {
  const waiting = { withinMs: (quotaBoundSeconds(run.work) * 4 + 60) * 1000, everyMs: 500 };
  const keyferry = await runKeyferry({
    ...servers,
    adminToken,
    simulatorSettings: {},
    env: run.env ?? {},
    waiting,
  });
  try {
    for (let more = (run.workers ?? 1) - 1; more > 0; more -= 1) await keyferry.startWorker();
    const keys = await makeKeys(keyferry.simulator, run.work);
    if (run.faults) await keyferry.simulator.addFaults(...run.faults(keys));
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: 'bench',
        keys: keys.map((key) => key.id),
        regions: [...run.work.regions],
      },
    });
    if (run.over) await until('the run is over', () => readCalls(keyferry.simulator), run.over, waiting);
    else await keyferry.settled(id);
    return await readMeasures(keyferry, id);
  } finally {
    // Not stopped: a worker would wait for calls that hang.
    await Promise.all(keyferry.workers.map((worker) => worker.kill()));
    await keyferry.stop();
  }
}

async function readMeasures({ client, simulator, replicas, databaseUrl }: Keyferry, id: string): Promise<Measured> {
  const plan = await client.request('GET /v1/plans/{id}', { id });
  const calls = await readCalls(simulator);
  const startedAt = Date.parse(plan.started_at ?? '');
  return {
    plan,
    replicas: await replicas(id),
    calls,
    startedAt,
    lastAcceptedAfter: (calls.lastAcceptedAt - startedAt) / 1000,
    finishedAfter: (Date.parse(plan.finished_at ?? '') - startedAt) / 1000,
    unusedSlots: (await readSlotsGiven(databaseUrl)) - calls.all.length,
  };
}

/** Every slot and every look is an epoch of its row. */
async function readSlotsGiven(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ slots: number }>('SELECT sum(epoch - looks)::int AS slots FROM replicas');
    return rows[0]?.slots ?? 0;
  } finally {
    await client.end();
  }
}
