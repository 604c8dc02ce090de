import { type Counts, countsOf, type PlanState, type ReplicaState, replicaStates } from '@keyferry/core';
import { type CoverageFigures, readCoverageFigures } from '../coverage/read-coverage-figures.ts';
import { type CircuitState, cckmCircuit } from '../pacing/circuit.ts';
import { type LaneStatus, readLatestLanes } from '../pacing/read-lanes.ts';
import { type Connection, Prisma, type Store } from '../store.ts';

/** What all of this installation is doing, from one snapshot of the database. */
export interface Figures {
  readonly plans: ReadonlyMap<PlanState, number>;
  /** Since the plan was submitted that has been resolving the longest; 0: none is. */
  readonly oldestResolvingSeconds: number;
  readonly replicas: Counts;
  /** Of those that succeeded: the answer to our call was lost, and the replica was found. */
  readonly adopted: number;
  /** How long the replica has been due that waits the longest in a running plan; 0: none does. */
  readonly oldestPendingSeconds: number;
  /** Of the lanes, the latest. */
  readonly lanes: readonly LaneStatus[];
  readonly laneCount: number;
  readonly cckm: 'closed' | CircuitState;
  readonly workers: number;
  /** Calls that the living workers can have under way together. */
  readonly concurrency: number;
  /** Deliveries to webhooks that are enabled, still to be made. */
  readonly pendingDeliveries: number;
  /** Since the event happened that has been waiting the longest for one of them; 0: none is. */
  readonly oldestDeliverySeconds: number;
  /** Webhooks that Keyferry has disabled. */
  readonly webhooksGivenUp: number;
  /** What the newest check of each policy found. */
  readonly coverage: readonly CoverageFigures[];
}

/** Coverage policies that are told of, at ten series each. */
const mostPolicies = 200;

/**
 * Reads the figures, within `timeoutMs` or not at all. No query looks at every replica: the counts are those that the
 * plans' lanes carry, and everything else has an index of its own.
 */
export function readFigures(store: Store, options: { mostLanes: number; timeoutMs: number }): Promise<Figures> {
  const { mostLanes, timeoutMs } = options;
  return store.prisma.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT set_config('statement_timeout', ${String(timeoutMs)}, true)`;
      return {
        ...(await readPlanFigures(tx)),
        ...(await readReplicaFigures(tx)),
        ...(await readWorkerFigures(tx)),
        ...(await readWebhookFigures(tx)),
        lanes: await readLatestLanes(tx, mostLanes),
        coverage: await readCoverageFigures(tx, mostPolicies),
      };
    },
    { isolationLevel: 'RepeatableRead', maxWait: timeoutMs, timeout: timeoutMs },
  );
}

async function readPlanFigures(tx: Connection): Promise<Pick<Figures, 'plans' | 'oldestResolvingSeconds'>> {
  const rows = await tx.$queryRaw<{ state: PlanState; plans: number; age: number }[]>`
    SELECT p.state::text AS state, p.plans, CASE p.state WHEN 'resolving' THEN (
        SELECT extract(epoch FROM now() - min(created_at))::float8 FROM plans WHERE state = 'resolving') END AS age
    FROM (SELECT state, count(*)::int AS plans FROM plans GROUP BY state) p`;
  return {
    plans: new Map(rows.map(({ state, plans }) => [state, plans])),
    oldestResolvingSeconds: rows.find(({ state }) => state === 'resolving')?.age ?? 0,
  };
}

async function readReplicaFigures(
  tx: Connection,
): Promise<Pick<Figures, 'replicas' | 'adopted' | 'oldestPendingSeconds'>> {
  const sums = Prisma.raw(replicaStates.map((state) => `sum(${state})::float8 AS ${state}`).join(', '));
  const [counts] = await tx.$queryRaw<Record<ReplicaState, number | null>[]>`SELECT ${sums} FROM plan_lanes`;
  const [more] = await tx.$queryRaw<{ adopted: number; oldest: number }[]>`
    SELECT
      (SELECT count(*)::float8 FROM replicas WHERE state = 'succeeded' AND outcome = 'adopted') AS adopted,
      (SELECT greatest(0, extract(epoch FROM now() - min(greatest(due.since, p.started_at))))::float8
        FROM plans p
        JOIN plan_lanes l ON l.plan_id = p.id AND l.pending > 0
        CROSS JOIN LATERAL (SELECT r.not_before AS since FROM replicas r
          WHERE r.lane_id = l.id AND r.state = 'pending' ORDER BY r.not_before LIMIT 1) due
        WHERE p.state = 'running') AS oldest`;
  const known = Object.fromEntries(Object.entries(counts ?? {}).map(([state, sum]) => [state, sum ?? 0]));
  return { replicas: countsOf(known), adopted: more?.adopted ?? 0, oldestPendingSeconds: more?.oldest ?? 0 };
}

async function readWorkerFigures(
  tx: Connection,
): Promise<Pick<Figures, 'laneCount' | 'cckm' | 'workers' | 'concurrency'>> {
  const [row] = await tx.$queryRaw<Pick<Figures, 'laneCount' | 'cckm' | 'workers' | 'concurrency'>[]>`
    SELECT count(*)::int AS workers, coalesce(sum(concurrency), 0)::int AS concurrency,
      (SELECT count(*)::int FROM lanes) AS "laneCount",
      coalesce((SELECT state FROM circuits WHERE id = ${cckmCircuit}), 'closed') AS cckm
    FROM workers WHERE alive_until > now()`;
  return row ?? { laneCount: 0, cckm: 'closed', workers: 0, concurrency: 0 };
}

type WebhookFigures = Pick<Figures, 'pendingDeliveries' | 'oldestDeliverySeconds' | 'webhooksGivenUp'>;

async function readWebhookFigures(tx: Connection): Promise<WebhookFigures> {
  const [row] = await tx.$queryRaw<WebhookFigures[]>`
    SELECT coalesce(sum(d.pending), 0)::int AS "pendingDeliveries",
      coalesce(extract(epoch FROM now() - min(d.since)), 0)::float8 AS "oldestDeliverySeconds",
      (SELECT count(*)::int FROM webhooks WHERE NOT enabled AND disabled_reason IS NOT NULL) AS "webhooksGivenUp"
    FROM webhooks w CROSS JOIN LATERAL (SELECT count(*) AS pending, min(created_at) AS since FROM webhook_deliveries
      WHERE webhook_id = w.id AND state = 'pending') d
    WHERE w.enabled`;
  return row ?? { pendingDeliveries: 0, oldestDeliverySeconds: 0, webhooksGivenUp: 0 };
}
