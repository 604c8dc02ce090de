import type { CoverageCounts } from '@keyferry/core';
import type { Connection } from '../store.ts';

/** What the newest check of a policy that is done found. */
export interface CoverageFigures {
  readonly policy: string;
  readonly counts: CoverageCounts;
  readonly finishedAt: Date;
}

/** Of the first policies by name. */
export function readCoverageFigures(db: Connection, limit: number): Promise<CoverageFigures[]> {
  return db.$queryRaw<CoverageFigures[]>`
    SELECT p.name AS policy, c.counts, c.finished_at AS "finishedAt"
    FROM (SELECT name FROM coverage_policies ORDER BY name LIMIT ${limit}) p
    CROSS JOIN LATERAL (
      SELECT counts, finished_at FROM coverage_checks c
      WHERE c.policy_name = p.name AND c.drill_id IS NULL AND c.state = 'done' ORDER BY c.id DESC LIMIT 1) c
    ORDER BY p.name`;
}
