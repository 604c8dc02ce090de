import { type LaneKey, throttling } from '@keyferry/core';
import type { CircuitState } from '../pacing/circuit.ts';
import type { Connection } from '../store.ts';

/** A lane that is down, or that throttling has slowed. */
export interface TroubledLane extends LaneKey {
  readonly circuit: 'closed' | CircuitState;
  /** Of a circuit that is not closed. */
  readonly circuit_since: Date | null;
  readonly circuit_reason: string | null;
  /** As it was left at `factorChangedAt`. */
  readonly rate_factor: number;
  readonly factor_changed_at: Date;
  readonly last_throttled_at: Date | null;
  readonly throttled_total: number;
}

/** After this long nothing is left of any throttling. */
const recoveredMs = throttling.recoverEveryMs / throttling.recoverStep;

/** At most so many lanes that are in trouble, those that are down first, then the slowest; and how many there are in all. */
export async function readTroubledLanes(
  db: Connection,
  atMost: number,
): Promise<{ lanes: TroubledLane[]; all: number }> {
  const rows = await db.$queryRaw<(TroubledLane & { all: number })[]>`
    SELECT n.account, n.region, n.operation, coalesce(c.state, 'closed') AS circuit, c.changed_at AS circuit_since,
      c.reason AS circuit_reason, n.rate_factor, n.factor_changed_at,
      n.last_throttled_at, n.throttled_total::int AS throttled_total, (count(*) OVER ())::int AS "all"
    FROM lanes n
    LEFT JOIN circuits c ON c.id = n.account || ':' || n.region || ':' || n.operation AND c.state <> 'closed'
    WHERE c.id IS NOT NULL OR (n.rate_factor < 1
      AND n.rate_factor + floor(extract(epoch FROM now() - n.factor_changed_at) * 1000 / ${throttling.recoverEveryMs}::float8)
        * ${throttling.recoverStep}::float8 < 1
      AND n.factor_changed_at > now() - make_interval(secs => ${recoveredMs / 1000}))
    ORDER BY c.id IS NULL, n.rate_factor, n.account, n.region, n.operation LIMIT ${atMost}`;
  return { lanes: rows.map(({ all, ...lane }) => lane), all: rows[0]?.all ?? 0 };
}
