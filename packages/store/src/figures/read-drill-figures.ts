import type { DrillState } from '@keyferry/core';
import type { Connection } from '../store.ts';

export interface DrillFigures {
  readonly drills: ReadonlyMap<DrillState, number>;
  /** Longest time that a drill or step has waited for approval; 0: none. */
  readonly oldestDrillApprovalSeconds: number;
  /** When a drill of the mode last reached its end, with findings or without; left out: never. */
  readonly drillsCompletedAt: readonly { readonly mode: 'live' | 'rehearse'; readonly at: Date }[];
}

export async function readDrillFigures(db: Connection): Promise<DrillFigures> {
  const states = await db.$queryRaw<{ state: DrillState; drills: number }[]>`
    SELECT state::text AS state, count(*)::int AS drills FROM drills GROUP BY 1`;
  const [oldest] = await db.$queryRaw<{ seconds: number }[]>`
    SELECT coalesce(extract(epoch FROM now() - min(since)), 0)::float8 AS seconds FROM (
      SELECT declared_at AS since FROM drills WHERE state = 'awaiting_approval'
      UNION ALL
      SELECT s.started_at FROM drills d JOIN drill_steps s ON s.drill_id = d.id
      WHERE d.state = 'running' AND s.state = 'awaiting_approval') waiting`;
  const drillsCompletedAt = await db.$queryRaw<{ mode: 'live' | 'rehearse'; at: Date }[]>`
    SELECT mode::text AS mode, max(finished_at) AS at FROM drills
    WHERE state IN ('succeeded', 'completed_with_findings') AND finished_at IS NOT NULL GROUP BY 1 ORDER BY 1`;
  return {
    drills: new Map(states.map(({ state, drills }) => [state, drills])),
    oldestDrillApprovalSeconds: oldest?.seconds ?? 0,
    drillsCompletedAt,
  };
}
