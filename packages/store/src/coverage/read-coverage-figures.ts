import type { CoverageCounts } from '@keyferry/core';
import type { Connection } from '../store.ts';

/** What the newest check of a policy that is done found. */
export interface CoverageFigures {
  readonly policy: string;
  readonly counts: CoverageCounts;
  readonly finished_at: Date;
  /** Since then. */
  readonly ageSeconds: number;
}

/** Of all policies. */
export interface CoverageCheckFigures {
  /** The newest check of the policy failed. */
  readonly policiesFailing: number;
  readonly policiesNeverChecked: number;
  /** Longest time that a scheduled check has been due; 0: none. */
  readonly oldestDueCheckSeconds: number;
}

/** Of the first policies by name. */
export function readCoverageFigures(db: Connection, limit: number): Promise<CoverageFigures[]> {
  return db.$queryRaw<CoverageFigures[]>`
    SELECT p.name AS policy, c.counts, c.finished_at,
      greatest(0, extract(epoch FROM now() - c.finished_at))::float8 AS "ageSeconds"
    FROM (SELECT name FROM coverage_policies ORDER BY name LIMIT ${limit}) p
    CROSS JOIN LATERAL (
      SELECT counts, finished_at FROM coverage_checks c
      WHERE c.policy_name = p.name AND c.drill_id IS NULL AND c.state = 'done' ORDER BY c.id DESC LIMIT 1) c
    ORDER BY p.name`;
}

export async function readCoverageCheckFigures(db: Connection): Promise<CoverageCheckFigures> {
  const [row] = await db.$queryRaw<CoverageCheckFigures[]>`
    SELECT count(*) FILTER (WHERE newest.state = 'failed')::int AS "policiesFailing",
      count(*) FILTER (WHERE newest.state IS NULL)::int AS "policiesNeverChecked",
      coalesce(greatest(0, extract(epoch FROM now() - min(p.next_check_at))), 0)::float8 AS "oldestDueCheckSeconds"
    FROM coverage_policies p
    LEFT JOIN LATERAL (
      SELECT state FROM coverage_checks c
      WHERE c.policy_name = p.name AND c.drill_id IS NULL AND c.state IN ('done', 'failed')
      ORDER BY c.id DESC LIMIT 1) newest ON true`;
  return row ?? { policiesFailing: 0, policiesNeverChecked: 0, oldestDueCheckSeconds: 0 };
}
