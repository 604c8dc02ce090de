import type { Connection } from '../store.ts';

export interface ScheduleFigures {
  readonly schedulesEnabled: number;
  readonly schedulesDisabled: number;
  /** Of the enabled ones: the last run could not make a plan. */
  readonly schedulesFailing: number;
  /** Of the enabled ones: the last run was skipped, because the plan before was not finished. */
  readonly schedulesSkipping: number;
  /** How long the run has been due that is due the longest; 0: none is. */
  readonly oldestDueRunSeconds: number;
}

export async function readScheduleFigures(db: Connection): Promise<ScheduleFigures> {
  const [row] = await db.$queryRaw<ScheduleFigures[]>`
    SELECT count(*) FILTER (WHERE enabled)::int AS "schedulesEnabled",
      count(*) FILTER (WHERE NOT enabled)::int AS "schedulesDisabled",
      count(*) FILTER (WHERE enabled AND last_error IS NOT NULL)::int AS "schedulesFailing",
      count(*) FILTER (WHERE enabled AND last_skipped_at > coalesce(last_run_at, '-infinity'))::int AS "schedulesSkipping",
      coalesce(greatest(0, extract(epoch FROM now() - min(next_run_at))), 0)::float8 AS "oldestDueRunSeconds"
    FROM schedules`;
  return (
    row ?? {
      ...{ schedulesEnabled: 0, schedulesDisabled: 0, schedulesFailing: 0, schedulesSkipping: 0 },
      oldestDueRunSeconds: 0,
    }
  );
}
