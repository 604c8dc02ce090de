import type { PlanSpecInput, PlanView } from '@keyferry/core';
import pg from 'pg';
import { expect } from 'vitest';
import type { Service } from './child-process.ts';
import { type Keyferry, newAccount } from './run-keyferry.ts';
import type { LedgerEntry } from './simulator.ts';
import { until } from './until.ts';

const regions = ['us-west-2', 'eu-west-1', 'ap-southeast-2'];

/** A plan that a test follows call by call. */
export interface FollowedPlan {
  readonly id: string;
  readonly account: string;
  /** Waits until a worker has recorded so many more calls of the plan. */
  untilCalls(worker: Service, more: number): Promise<void>;
  /** Waits until the plan is finished: each replica is usable and was made once. Answers the plan, and its calls as CCKM had them. */
  untilUsable(): Promise<{ plan: PlanView; calls: LedgerEntry[] }>;
  /** The same, and every call made one: none was throttled or refused. */
  untilMadeOnce(): Promise<void>;
}

/** The ids under which a worker has held a lease; it takes a new one when it could not renew it in time. */
export const idsOf = (worker: Service) =>
  [...worker.output().matchAll(/"worker":"([0-9a-f-]{36})"/g)].map(([, id]) => id);

/** Submits a plan over several lanes of an account of its own. */
export async function startPlan(
  keyferry: Keyferry,
  name: string,
  keys: number,
  options: PlanSpecInput['options'] = {},
): Promise<FollowedPlan> {
  const account = newAccount();
  const made = await keyferry.simulator.makeKeys({ count: keys, account });
  const { id } = await keyferry.client.request('POST /v1/plans', {
    body: { name, keys: made.map((key) => key.id), regions, options },
  });
  const callsOf = async (worker: Service): Promise<number> => {
    const database = new pg.Client({ connectionString: keyferry.databaseUrl });
    await database.connect();
    try {
      const { rows } = await database.query(
        `SELECT count(*)::int AS calls FROM attempts a JOIN replicas r ON r.id = a.replica_id
         WHERE r.plan_id = $1 AND a.operation = 'replicate' AND a.error IS NULL AND a.worker_id = ANY($2)`,
        [id, idsOf(worker)],
      );
      return rows[0].calls;
    } finally {
      await database.end();
    }
  };
  const untilUsable = async () => {
    const plan = await keyferry.settled(id);
    const { state, counts } = plan;
    expect({ state, usable: counts.succeeded + counts.already_present }).toEqual({
      state: 'succeeded',
      usable: keys * regions.length,
    });
    const calls = (await keyferry.simulator.ledger('replicate-key')).filter((call) => call.account === account);
    const work = calls.filter(({ workDone }) => workDone).map((call) => `${call.mrk} ${call.region}`);
    expect(work).toHaveLength(keys * regions.length);
    expect(new Set(work).size).toBe(work.length);
    return { plan, calls };
  };
  return {
    id,
    account,
    untilCalls: async (worker, more) => {
      const before = await callsOf(worker);
      await until(
        `it records ${more} more calls`,
        () => callsOf(worker),
        (calls) => calls >= before + more,
      );
    },
    untilUsable,
    untilMadeOnce: async () => {
      const { plan, calls } = await untilUsable();
      expect(plan.counts).toMatchObject({ succeeded: keys * regions.length });
      expect(calls.filter(({ awsError }) => awsError !== null)).toEqual([]);
    },
  };
}
