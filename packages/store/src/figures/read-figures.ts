import { type Counts, countsOf, heartbeatAge, type PlanState, type ReplicaState, replicaStates } from '@keyferry/core';
import {
  type CoverageCheckFigures,
  type CoverageFigures,
  readCoverageCheckFigures,
  readCoverageFigures,
} from '../coverage/read-coverage-figures.ts';
import { databaseNow } from '../database-now.ts';
import { readStuckReplicas, usualStuckAfterMs } from '../overview/read-stuck-replicas.ts';
import { type CircuitState, cckmCircuit } from '../pacing/circuit.ts';
import { type LaneStatus, readLatestLanes } from '../pacing/read-lanes.ts';
import { countedLanes } from '../plans/lane-counters.ts';
import { type Connection, Prisma, type Store } from '../store.ts';
import { type DrillFigures, readDrillFigures } from './read-drill-figures.ts';
import { readScheduleFigures, type ScheduleFigures } from './read-schedule-figures.ts';

/** What all of this installation is doing, from one snapshot of the database. */
export interface Figures extends DrillFigures, ScheduleFigures, CoverageCheckFigures {
  readonly plans: ReadonlyMap<PlanState, number>;
  /** Age of the oldest plan that is resolving, since it was submitted; 0: none. */
  readonly oldestResolvingSeconds: number;
  readonly replicas: Counts;
  /** Of those that succeeded: the answer to our call was lost, and the replica was found. */
  readonly adopted: number;
  /** Longest time that a pending replica of a running plan has been due; 0: none. */
  readonly oldestPendingSeconds: number;
  /** Replicas that went nowhere for longer than a call takes. */
  readonly stuckReplicas: number;
  /** Of the lanes, the latest. */
  readonly lanes: readonly LaneStatus[];
  readonly laneCount: number;
  readonly cckm: 'closed' | CircuitState;
  /** Since when and for which error code CCKM's circuit is not closed; null: it is. */
  readonly cckmDown: { readonly since: Date; readonly reason: string | null } | null;
  readonly workers: number;
  /** Of these, the ones that CCKM refuses the login of. */
  readonly workersRefused: number;
  /** How old the oldest of their last heartbeats is; 0: none is alive. */
  readonly oldestHeartbeatSeconds: number;
  /** Of these, the ones that are late. */
  readonly workersLate: number;
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

/** Maximum number of coverage policies with series, at ten each. */
const mostPolicies = 200;

/**
 * Reads the figures, within `timeoutMs` or not at all. No query looks at every replica: the counts are those that the
 * plans' lanes carry, and everything else has an index of its own.
 */
export function readFigures(
  store: Store,
  options: { mostLanes: number; stuckAfterMs?: number; timeoutMs: number },
): Promise<Figures> {
  const { mostLanes, stuckAfterMs = usualStuckAfterMs, timeoutMs } = options;
  return store.prisma.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT set_config('statement_timeout', ${String(timeoutMs)}, true)`;
      return {
        ...(await readPlanFigures(tx)),
        ...(await readReplicaFigures(tx)),
        ...(await readWorkerFigures(tx)),
        ...(await readWebhookFigures(tx)),
        ...(await readDrillFigures(tx)),
        ...(await readScheduleFigures(tx)),
        ...(await readCoverageCheckFigures(tx)),
        stuckReplicas: (await readStuckReplicas(tx, stuckAfterMs)).count,
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
  const [counts] = await tx.$queryRaw<Record<ReplicaState, number | null>[]>`SELECT ${sums} FROM ${countedLanes} l`;
  const [more] = await tx.$queryRaw<{ adopted: number; oldest: number }[]>`
    SELECT
      (SELECT count(*)::float8 FROM replicas r JOIN plans p ON p.id = r.plan_id
        WHERE r.state = 'succeeded' AND r.outcome = 'adopted' AND p.archived_at IS NULL)
        + (SELECT coalesce(sum(a.adopted), 0)::float8 FROM plan_archives a JOIN plans p ON p.id = a.plan_id
          WHERE p.archived_at IS NOT NULL) AS adopted,
      (SELECT greatest(0, extract(epoch FROM now() - min(greatest(due.since, p.started_at))))::float8
        FROM plans p
        JOIN plan_lanes l ON l.plan_id = p.id AND l.pending > 0
        CROSS JOIN LATERAL (SELECT r.not_before AS since FROM replicas r
          WHERE r.lane_id = l.id AND r.state = 'pending' ORDER BY r.not_before LIMIT 1) due
        WHERE p.state = 'running') AS oldest`;
  const known = Object.fromEntries(Object.entries(counts ?? {}).map(([state, sum]) => [state, sum ?? 0]));
  return { replicas: countsOf(known), adopted: more?.adopted ?? 0, oldestPendingSeconds: more?.oldest ?? 0 };
}

type WorkerFigures = Pick<
  Figures,
  | 'laneCount'
  | 'cckm'
  | 'cckmDown'
  | 'workers'
  | 'workersRefused'
  | 'workersLate'
  | 'oldestHeartbeatSeconds'
  | 'concurrency'
>;

async function readWorkerFigures(tx: Connection): Promise<WorkerFigures> {
  const now = (await databaseNow(tx)).getTime();
  const workers = await tx.$queryRaw<
    { concurrency: number; refused: boolean; heartbeat_at: Date; alive_until: Date }[]
  >`
    SELECT concurrency, cckm_error IS NOT NULL AS refused, heartbeat_at, alive_until
    FROM workers WHERE alive_until > now()`;
  const [rest] = await tx.$queryRaw<
    { lane_count: number; cckm: Figures['cckm']; since: Date | null; reason: string | null }[]
  >`
    SELECT (SELECT count(*)::int FROM lanes) AS lane_count, coalesce(c.state, 'closed') AS cckm, c.changed_at AS since, c.reason
    FROM (VALUES (1)) one LEFT JOIN circuits c ON c.id = ${cckmCircuit}`;
  const beats = workers.map(({ heartbeat_at, alive_until }) =>
    heartbeatAge({ heartbeatAt: heartbeat_at.getTime(), aliveUntil: alive_until.getTime() }, now),
  );
  const { lane_count: laneCount = 0, cckm = 'closed', since = null, reason = null } = rest ?? {};
  return {
    laneCount,
    cckm,
    cckmDown: cckm === 'closed' || since === null ? null : { since, reason },
    workers: workers.length,
    workersRefused: workers.filter(({ refused }) => refused).length,
    workersLate: beats.filter(({ late }) => late).length,
    oldestHeartbeatSeconds: Math.max(0, ...beats.map(({ seconds }) => seconds)),
    concurrency: workers.reduce((sum, worker) => sum + worker.concurrency, 0),
  };
}

type WebhookFigures = Pick<Figures, 'pendingDeliveries' | 'oldestDeliverySeconds' | 'webhooksGivenUp'>;

async function readWebhookFigures(tx: Connection): Promise<WebhookFigures> {
  const [row] = await tx.$queryRaw<{ pending: number; oldest: number; given_up: number }[]>`
    SELECT coalesce(sum(d.pending), 0)::int AS pending,
      coalesce(extract(epoch FROM now() - min(d.since)), 0)::float8 AS oldest,
      (SELECT count(*)::int FROM webhooks WHERE NOT enabled AND disabled_reason IS NOT NULL) AS given_up
    FROM webhooks w CROSS JOIN LATERAL (SELECT count(*) AS pending, min(created_at) AS since FROM webhook_deliveries
      WHERE webhook_id = w.id AND state = 'pending') d
    WHERE w.enabled`;
  const { pending = 0, oldest = 0, given_up: webhooksGivenUp = 0 } = row ?? {};
  return { pendingDeliveries: pending, oldestDeliverySeconds: oldest, webhooksGivenUp };
}
