import type { LaneOperation } from '@keyferry/core';
import type { Store } from '../store.ts';
import type { CircuitState } from './circuit.ts';

/** A lane with what waits and what is under way in it. */
export interface LaneStatus {
  readonly account: string;
  readonly region: string;
  readonly operation: LaneOperation;
  readonly quotaPerSecond: number | null;
  readonly rateFactor: number;
  readonly factorChangedAt: Date;
  readonly throttledTotal: number;
  readonly circuit: 'closed' | CircuitState;
  readonly inFlight: number;
  readonly pending: number;
}

/** Every lane that has been used, or whose quota was set. */
export function readAllLanes(store: Store): Promise<LaneStatus[]> {
  return store.prisma.$queryRaw<LaneStatus[]>`
    SELECT n.account, n.region, n.operation, n.quota_per_second AS "quotaPerSecond", n.rate_factor AS "rateFactor",
      n.factor_changed_at AS "factorChangedAt", n.throttled_total::int AS "throttledTotal",
      coalesce(c.state, 'closed') AS circuit,
      coalesce(w.in_flight, 0)::int AS "inFlight", coalesce(w.pending, 0)::int AS pending
    FROM lanes n
    LEFT JOIN circuits c ON c.id = n.account || ':' || n.region || ':' || n.operation
    LEFT JOIN LATERAL (
      SELECT
        sum(CASE WHEN n.operation IN ('GetParametersForImport', 'ImportKeyMaterial') THEN 0
          ELSE l.queued + l.replicating END) AS in_flight,
        sum(CASE WHEN n.operation IN ('GetParametersForImport', 'ImportKeyMaterial') THEN l.importing
          ELSE l.pending END) AS pending
      FROM plan_lanes l JOIN plans p ON p.id = l.plan_id AND p.finished_at IS NULL
      WHERE l.account = n.account
        AND CASE WHEN n.operation = 'ReplicateKey' THEN l.primary_region ELSE l.region END = n.region
    ) w ON true
    ORDER BY n.account, n.region, n.operation`;
}

/** Sets the quota of a lane, in force from the next slot on; null goes back to the default. False: no such lane. */
export async function setLaneQuota(
  store: Store,
  lane: { account: string; region: string; operation: string },
  quotaPerSecond: number | null,
): Promise<boolean> {
  const { count } = await store.prisma.lane.updateMany({ where: lane, data: { quotaPerSecond } });
  return count === 1;
}
