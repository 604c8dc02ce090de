import type { LaneKey, LaneOperation } from '@keyferry/core';
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
      (SELECT count(*)::int FROM replicas r JOIN plans p ON p.id = r.plan_id
        WHERE r.slot_at IS NOT NULL AND r.account = n.account AND k.imports = (r.state = 'importing')
          AND k.counted AND (p.with_alias OR NOT k.alias)
          AND n.region = CASE WHEN k.at_primary THEN r.primary_region ELSE r.region END) AS "inFlight",
      (SELECT coalesce(sum(CASE WHEN k.imports THEN l.importing ELSE l.pending END), 0)::int
        FROM plan_lanes l JOIN plans p ON p.id = l.plan_id AND p.finished_at IS NULL
        WHERE l.account = n.account AND k.counted AND (p.with_alias OR NOT k.alias)
          AND n.region = CASE WHEN k.at_primary THEN l.primary_region ELSE l.region END) AS pending
    FROM lanes n
    LEFT JOIN circuits c ON c.id = n.account || ':' || n.region || ':' || n.operation
    CROSS JOIN LATERAL (SELECT n.operation IN ('GetParametersForImport', 'ImportKeyMaterial') AS imports,
      n.operation <> 'UpdatePrimaryRegion' AS counted, n.operation = 'CreateAlias' AS alias,
      n.operation = 'ReplicateKey' AS at_primary) k
    ORDER BY n.account, n.region, n.operation`;
}

/** Sets the quota of a lane, used before or not, in force from the next slot on; null goes back to the default. */
export async function setLaneQuota(store: Store, lane: LaneKey, quotaPerSecond: number | null): Promise<void> {
  await store.prisma.lane.upsert({
    where: { account_region_operation: { ...lane } },
    create: { ...lane, quotaPerSecond },
    update: { quotaPerSecond },
  });
}
