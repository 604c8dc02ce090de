import type { Connection } from '../store.ts';

/** Replicas of all plans that were given up for the same reason. */
export interface RecentFailure {
  readonly code: string;
  readonly count: number;
  readonly plans: number;
  readonly lastSeenAt: Date;
  /** The one of those plans that was submitted last. */
  readonly newestPlanId: string;
  readonly newestPlanName: string;
}

/** What was given up in the last hours and still is, by error code, the most frequent first. */
export function readRecentFailures(db: Connection, hours: number): Promise<RecentFailure[]> {
  // Every row with an error has a code. Said like this it leads to no index: that of the time is enough.
  return db.$queryRaw<RecentFailure[]>`
    SELECT f.code, f.count, f.plans, f.last_seen_at AS "lastSeenAt", p.id AS "newestPlanId", p.name AS "newestPlanName"
    FROM (
      SELECT error->>'code' AS code, count(*)::int AS count, count(DISTINCT plan_id)::int AS plans,
        max(failed_at) AS last_seen_at, max(plan_id::text)::uuid AS newest
      FROM replicas WHERE failed_at > now() - make_interval(hours => ${hours}::int) AND coalesce(error->>'code', '') <> '' GROUP BY 1
    ) f JOIN plans p ON p.id = f.newest
    ORDER BY f.count DESC, f.code`;
}
