import type { PlanState } from '@keyferry/core';
import { databaseNow } from '../database-now.ts';
import { listUnfinishedPlans, type PlanStatusRow } from '../plans/plan-row.ts';
import type { Store } from '../store.ts';
import { type CckmStanding, readCckmStanding } from './read-cckm-standing.ts';
import { type LastDay, readLastDay } from './read-last-day.ts';
import { readStuckReplicas, type StuckReplicas } from './read-stuck-replicas.ts';
import { readTroubledLanes, type TroubledLane } from './read-troubled-lanes.ts';
import { readWaitingDrills, type WaitingDrill } from './read-waiting-drills.ts';
import { readWorkers, type WorkerRow } from './read-workers.ts';
import { type RecentFailure, readRecentFailures } from './recent-failures.ts';

/** All of an installation at a glance, from one snapshot of the database. */
export interface Overview {
  readonly now: Date;
  readonly plans: readonly PlanStatusRow[];
  /** All plans that are not finished. */
  readonly plansByState: ReadonlyMap<PlanState, number>;
  readonly troubled: { readonly lanes: readonly TroubledLane[]; readonly all: number };
  readonly cckm: CckmStanding;
  readonly workers: { readonly workers: readonly WorkerRow[]; readonly all: number; readonly alive: number };
  readonly stuck: StuckReplicas;
  readonly failures: readonly RecentFailure[];
  readonly lastDay: LastDay;
  readonly waiting: { readonly drills: readonly WaitingDrill[]; readonly all: number };
}

/** Reads the overview within `timeoutMs` or not at all. No list in it is longer than `most`. */
export function readOverview(
  store: Store,
  {
    most,
    failureHours,
    stuckAfterMs,
    timeoutMs,
  }: { most: number; failureHours: number; stuckAfterMs: number; timeoutMs: number },
): Promise<Overview> {
  return store.prisma.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT set_config('statement_timeout', ${String(timeoutMs)}, true)`;
      const byState = await tx.$queryRaw<{ state: PlanState; plans: number }[]>`
        SELECT state::text AS state, count(*)::int AS plans FROM plans WHERE finished_at IS NULL GROUP BY state`;
      return {
        now: await databaseNow(tx),
        plans: await listUnfinishedPlans(tx, most),
        plansByState: new Map(byState.map(({ state, plans }) => [state, plans])),
        troubled: await readTroubledLanes(tx, most),
        cckm: await readCckmStanding(tx),
        workers: await readWorkers(tx, most),
        stuck: await readStuckReplicas(tx, stuckAfterMs),
        failures: await readRecentFailures(tx, failureHours),
        lastDay: await readLastDay(tx, failureHours),
        waiting: await readWaitingDrills(tx, most),
      };
    },
    { isolationLevel: 'RepeatableRead', maxWait: timeoutMs, timeout: timeoutMs },
  );
}
