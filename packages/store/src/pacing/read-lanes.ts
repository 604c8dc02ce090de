import { everywhere, type LaneKey, type LaneOperation, type Scope } from '@keyferry/core';
import { givenScope, placeWithin } from '../access/scope.ts';
import { type Connection, inTransaction, Prisma, type Store } from '../store.ts';
import type { CircuitState } from './circuit.ts';

/** A lane with what waits and what is under way in it. */
export interface LaneStatus {
  readonly account: string;
  readonly region: string;
  readonly operation: LaneOperation;
  readonly quota_per_second: number | null;
  readonly rate_factor: number;
  readonly factor_changed_at: Date;
  readonly throttled_total: number;
  readonly circuit: 'closed' | CircuitState;
  /** Null while the circuit is closed. */
  readonly circuit_since: Date | null;
  readonly circuit_reason: string | null;
  readonly in_flight: number;
  readonly pending: number;
}

/** Every lane within a scope that has been used, or whose quota was set. */
export function readAllLanes(store: Store, scope: Scope): Promise<LaneStatus[]> {
  return selectLanes(store.prisma, scope, Prisma.sql`n.account, n.region, n.operation`, null);
}

/** Of the lanes at most so many: first those whose circuit is not closed, then those that were used last. */
export function readLatestLanes(db: Connection, atMost: number): Promise<LaneStatus[]> {
  return selectLanes(db, everywhere, Prisma.sql`coalesce(c.state, 'closed') = 'closed', n.next_slot_at DESC`, atMost);
}

/** `work` is what is under way and what waits, by the places it goes between; `uses` is the same by the lanes it spends. */
function selectLanes(db: Connection, scope: Scope, order: Prisma.Sql, atMost: number | null): Promise<LaneStatus[]> {
  return db.$queryRaw<LaneStatus[]>`
    WITH work AS (
      SELECT r.account, r.primary_region, r.region, p.operation, p.with_alias,
        count(*) FILTER (WHERE r.state NOT IN ('importing', 'creating')) AS calls,
        count(*) FILTER (WHERE r.state = 'importing') AS imports, count(*) FILTER (WHERE r.state = 'creating') AS aliases,
        0 AS calls_due, 0 AS imports_due, 0 AS aliases_due
      FROM replicas r JOIN plans p ON p.id = r.plan_id WHERE r.slot_at IS NOT NULL GROUP BY 1, 2, 3, 4, 5
      UNION ALL
      SELECT l.account, l.primary_region, l.region, p.operation, p.with_alias, 0, 0, 0, sum(l.pending), sum(l.importing),
        sum((SELECT count(*) FROM replicas r WHERE l.creating > 0 AND r.lane_id = l.id AND r.state = 'creating'
          AND r.next_look_at IS NULL AND r.slot_at IS NULL))
      FROM plan_lanes l JOIN plans p ON p.id = l.plan_id AND p.finished_at IS NULL GROUP BY 1, 2, 3, 4, 5
    ), uses AS (
      SELECT w.account, u.region, u.operation, sum(u.calls)::int AS calls, sum(u.due)::int AS due
      FROM work w
      JOIN LATERAL (VALUES
        ('ReplicateKey', 'replicate', w.primary_region, w.calls, w.calls_due),
        ('CreateKey', 'replicate', w.region, w.calls, w.calls_due),
        ('CreateAlias', 'replicate', w.region, w.aliases + CASE WHEN w.with_alias THEN w.calls ELSE 0 END,
          w.aliases_due + CASE WHEN w.with_alias THEN w.calls_due ELSE 0 END),
        ('GetParametersForImport', 'replicate', w.region, w.imports, w.imports_due),
        ('ImportKeyMaterial', 'replicate', w.region, w.imports, w.imports_due),
        ('UpdatePrimaryRegion', 'promote', w.primary_region, w.calls, w.calls_due),
        ('UpdatePrimaryRegion', 'promote', w.region, w.calls, w.calls_due)) AS u(operation, of, region, calls, due)
        ON u.of = w.operation::text
      GROUP BY 1, 2, 3
    )
    SELECT n.account, n.region, n.operation, n.quota_per_second, n.rate_factor,
      n.factor_changed_at, n.throttled_total::int AS throttled_total,
      coalesce(c.state, 'closed') AS circuit, c.changed_at AS circuit_since, c.reason AS circuit_reason,
      coalesce(u.calls, 0) AS in_flight, coalesce(u.due, 0) AS pending
    FROM lanes n
    LEFT JOIN circuits c ON c.state <> 'closed' AND c.id = n.account || ':' || n.region || ':' || n.operation
    LEFT JOIN uses u USING (account, region, operation)
    WHERE ${placeWithin(givenScope(scope), 'n')}
    ORDER BY ${order} LIMIT ${atMost}::int`;
}

/** Sets the quota of a lane, used before or not, in force from the next slot on; null goes back to the default. */
export async function setLaneQuota(store: Store, lane: LaneKey, quotaPerSecond: number | null): Promise<void> {
  await inTransaction(store, (tx) =>
    tx.lane.upsert({
      where: { account_region_operation: { ...lane } },
      create: { ...lane, quotaPerSecond },
      update: { quotaPerSecond },
    }),
  );
}
