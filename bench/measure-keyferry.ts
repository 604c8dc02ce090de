import type { PlanSpecInput, PlanView, ReplicaView } from '@keyferry/core';
import pg from 'pg';
import { runKeyferry } from '../test/harness/run-keyferry.ts';
import { type Calls, readCalls } from './read-calls.ts';
import type { Servers } from './with-servers.ts';
import { makeKeys, quotaBoundSeconds, type Workload } from './workload.ts';

export interface KeyferryRun {
  readonly work: Workload;
  /** Set in the simulator before the plan is submitted. */
  readonly faults?: readonly Record<string, unknown>[];
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: NonNullable<PlanSpecInput['options']>;
}

/** One plan from submission to its end; times in seconds from when the plan began to run. */
export interface Measured {
  readonly plan: PlanView;
  readonly replicas: readonly ReplicaView[];
  readonly calls: Calls;
  readonly startedAt: number;
  readonly lastAcceptedAfter: number;
  readonly finishedAfter: number;
  /** Slots that the dispatcher gave and no call used: the row came too late to a worker, or too late to the wire. */
  readonly unusedSlots: number;
}

/** Runs a workload as one plan through a Keyferry of its own: simulator, API and one worker, each a process. */
export async function measureKeyferry(servers: Servers, run: KeyferryRun): Promise<Measured> {
  const bound = quotaBoundSeconds(run.work);
  const keyferry = await runKeyferry({
    ...servers,
    adminToken: 'bench-token',
    simulatorSettings: {},
    env: run.env ?? {},
    waiting: { withinMs: (bound * 4 + 60) * 1000, everyMs: 500 },
  });
  try {
    const keys = await makeKeys(keyferry.simulator, run.work);
    if (run.faults) await keyferry.simulator.addFaults(...run.faults);
    const plan = await keyferry.run({
      name: 'bench',
      keys: keys.map(({ id }) => id),
      regions: [...run.work.regions],
      options: run.options ?? {},
    });
    const calls = await readCalls(keyferry.simulator);
    const replicas = await keyferry.replicas(plan.id);
    const startedAt = Date.parse(plan.started_at ?? '');
    return {
      plan,
      replicas,
      calls,
      startedAt,
      lastAcceptedAfter: (calls.lastAcceptedAt - startedAt) / 1000,
      finishedAfter: (Date.parse(plan.finished_at ?? '') - startedAt) / 1000,
      unusedSlots: (await readSlotsGiven(keyferry.databaseUrl)) - calls.all.length,
    };
  } finally {
    await keyferry.stop();
  }
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
