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
  /** Calls of running plans that wait for it, and those that are in flight in it. */
  readonly waiting: number;
}

/** After this long nothing is left of any throttling. */
const recoveredMs = throttling.recoverEveryMs / throttling.recoverStep;

/**
 * At most so many lanes that are in trouble, and how many there are in all: those that work waits for first, then those that are
 * down, then the slowest. A paused plan waits for no lane but with what it has in flight.
 */
export async function readTroubledLanes(
  db: Connection,
  atMost: number,
): Promise<{ lanes: TroubledLane[]; all: number }> {
  const rows = await db.$queryRaw<(TroubledLane & { all: number })[]>`
    WITH work AS (
      SELECT l.account, l.primary_region, l.region, p.operation, p.with_alias, p.imports_material,
        CASE p.state WHEN 'running' THEN l.pending ELSE 0 END + l.queued + l.replicating AS calls,
        l.creating + l.importing AS accepted, l.importing
      FROM plan_lanes l JOIN plans p ON p.id = l.plan_id WHERE p.finished_at IS NULL
    ), uses AS (
      SELECT w.account, u.region, u.operation, sum(u.calls)::int AS calls
      FROM work w
      JOIN LATERAL (VALUES
        ('ReplicateKey', 'replicate', w.primary_region, w.calls),
        ('CreateKey', 'replicate', w.region, w.calls),
        ('CreateAlias', 'replicate', w.region, CASE WHEN w.with_alias THEN w.calls + w.accepted ELSE 0 END),
        ('GetParametersForImport', 'replicate', w.region, w.importing + CASE WHEN w.imports_material THEN w.calls ELSE 0 END),
        ('ImportKeyMaterial', 'replicate', w.region, w.importing + CASE WHEN w.imports_material THEN w.calls ELSE 0 END),
        ('UpdatePrimaryRegion', 'promote', w.primary_region, w.calls),
        ('UpdatePrimaryRegion', 'promote', w.region, w.calls)) AS u(operation, of, region, calls)
        ON u.of = w.operation::text
      GROUP BY 1, 2, 3
    )
    SELECT n.account, n.region, n.operation, coalesce(c.state, 'closed') AS circuit, c.changed_at AS circuit_since,
      c.reason AS circuit_reason, n.rate_factor, n.factor_changed_at, coalesce(u.calls, 0) AS waiting,
      n.last_throttled_at, n.throttled_total::int AS throttled_total, (count(*) OVER ())::int AS "all"
    FROM lanes n
    LEFT JOIN circuits c ON c.id = n.account || ':' || n.region || ':' || n.operation AND c.state <> 'closed'
    LEFT JOIN uses u ON u.account = n.account AND u.region = n.region AND u.operation = n.operation
    WHERE c.id IS NOT NULL OR (n.rate_factor < 1
      AND n.rate_factor + floor(extract(epoch FROM now() - n.factor_changed_at) * 1000 / ${throttling.recoverEveryMs}::float8)
        * ${throttling.recoverStep}::float8 < 1
      AND n.factor_changed_at > now() - make_interval(secs => ${recoveredMs / 1000}))
    ORDER BY coalesce(u.calls, 0) = 0, c.id IS NULL, n.rate_factor, n.account, n.region, n.operation LIMIT ${atMost}`;
  return { lanes: rows.map(({ all, ...lane }) => lane), all: rows[0]?.all ?? 0 };
}
