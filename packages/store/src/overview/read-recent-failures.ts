import type { Connection } from '../store.ts';

/** Replicas of all plans that were given up for the same reason. */
export interface RecentFailure {
  readonly code: string;
  readonly count: number;
  readonly plans: number;
  readonly lastSeenAt: Date;
}

/** What was given up in the last hours and still is, by error code, the most frequent first. */
export function readRecentFailures(db: Connection, hours: number): Promise<RecentFailure[]> {
  return db.$queryRaw<RecentFailure[]>`
    SELECT error->>'code' AS code, count(*)::int AS count, count(DISTINCT plan_id)::int AS plans,
      max(failed_at) AS "lastSeenAt"
    FROM replicas WHERE failed_at > now() - make_interval(hours => ${hours}::int) AND error IS NOT NULL
    GROUP BY 1 ORDER BY 2 DESC, 1`;
}
