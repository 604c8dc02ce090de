import type { Connection, Store } from '../store.ts';

/** Replicas of all plans that were given up for the same reason. */
export interface RecentFailure {
  readonly code: string;
  readonly count: number;
  readonly plans: number;
  readonly last_seen_at: Date;
  /** The one of those plans that was submitted last. */
  readonly newest_plan_id: string;
  readonly newest_plan_name: string;
}

/**
 * What was given up in the last hours and still is, by error code, the most frequent first. From counters of each hour, so
 * the oldest hour counts in full.
 */
export function readRecentFailures(db: Connection, hours: number): Promise<RecentFailure[]> {
  return db.$queryRaw<RecentFailure[]>`
    SELECT f.code, f.count, f.plans, f.last_seen_at, p.id AS newest_plan_id, p.name AS newest_plan_name
    FROM (
      SELECT code, sum(given_up)::int AS count, count(*)::int AS plans, max(last_at) AS last_seen_at,
        max(plan_id::text)::uuid AS newest
      FROM (
        SELECT code, plan_id, sum(given_up) AS given_up, max(last_at) AS last_at
        FROM lane_failure_hours
        WHERE hour >= date_trunc('hour', now() - make_interval(hours => ${hours}::int), 'UTC')
        GROUP BY 1, 2 HAVING sum(given_up) > 0
      ) of_plan GROUP BY 1
    ) f JOIN plans p ON p.id = f.newest
    ORDER BY f.count DESC, f.code`;
}

/** Forgets the counters of hours that nobody asks for any more. */
export async function dropOldFailures({ prisma }: Store): Promise<void> {
  await prisma.$executeRaw`DELETE FROM lane_failure_hours WHERE hour < now() - interval '2 days'`;
}
