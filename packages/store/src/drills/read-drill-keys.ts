import { type CoverageState, usableStates } from '@keyferry/core';
import type { Connection } from '../store.ts';

/** A key of a drill with how each of its Regions stands. */
export interface DrillKeyRow {
  readonly position: number;
  readonly key_id: string;
  readonly mrk: string | null;
  readonly key_arn: string | null;
  readonly alias: string | null;
  readonly account: string;
  readonly primary_region: string | null;
  readonly cells: readonly {
    readonly region: string;
    readonly before: CoverageState;
    readonly now: CoverageState | null;
    readonly proven_at: string | null;
    readonly replica: string | null;
    readonly plan_id: string | null;
    readonly operation: 'replicate' | 'promote' | null;
    readonly error_code: string | null;
  }[];
}

/**
 * A page of a drill's keys from a place on, each with its Regions: as they were, as the newest check of the drill that is
 * done saw them, and what became of the newest row that a plan of the drill has there.
 */
export function readDrillKeys(
  db: Connection,
  drill: { readonly id: string; readonly baselineCheckId: string },
  { from, limit }: { from: number; limit: number },
): Promise<DrillKeyRow[]> {
  return db.$queryRaw<DrillKeyRow[]>`
    WITH k AS (
      SELECT position, key_id, mrk, key_arn, alias, account, primary_region FROM coverage_keys
      WHERE check_id = ${drill.baselineCheckId}::uuid AND position >= ${from} ORDER BY position LIMIT ${limit}
    ), seen AS (
      SELECT ck.mrk, c.region, (array_agg(c.state ORDER BY h.id DESC))[1] AS state,
        min(h.finished_at) FILTER (WHERE h.proof AND c.state::text = ANY(${[...usableStates]})) AS proven_at
      FROM coverage_checks h JOIN coverage_keys ck ON ck.check_id = h.id
      JOIN coverage_cells c ON c.check_id = ck.check_id AND c.position = ck.position
      WHERE h.drill_id = ${drill.id}::uuid AND h.state = 'done' AND ck.mrk IN (SELECT mrk FROM k WHERE mrk <> '')
      GROUP BY 1, 2
    ), rows AS (
      SELECT DISTINCT ON (r.mrk, r.region) r.mrk, r.region, r.state, r.error, p.id AS plan_id, p.operation
      FROM plans p JOIN replicas r ON r.plan_id = p.id
      WHERE p.drill_id = ${drill.id}::uuid AND r.mrk IN (SELECT mrk FROM k WHERE mrk <> '')
      ORDER BY r.mrk, r.region, p.id DESC
    )
    SELECT k.position, k.key_id, nullif(k.mrk, '') AS mrk, k.key_arn, k.alias, k.account,
      nullif(k.primary_region, '') AS primary_region, (
        SELECT coalesce(jsonb_agg(jsonb_build_object('region', b.region, 'before', b.state, 'now', s.state,
          'proven_at', to_char(s.proven_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'replica', r.state, 'plan_id', r.plan_id,
          'operation', r.operation, 'error_code', r.error ->> 'code') ORDER BY b.region), '[]')
        FROM coverage_cells b LEFT JOIN seen s ON s.mrk = k.mrk AND s.region = b.region
        LEFT JOIN rows r ON r.mrk = k.mrk AND r.region = b.region
        WHERE b.check_id = ${drill.baselineCheckId}::uuid AND b.position = k.position) AS cells
    FROM k ORDER BY k.position`;
}
