import { type Connection, Prisma } from '../store.ts';

/** Failed and blocked replicas of one error code. */
export interface LastDayFailure {
  readonly code: string;
  readonly failed: number;
  readonly blocked: number;
}

export interface LastDay {
  /** The most frequent code first. */
  readonly failures: readonly LastDayFailure[];
  readonly plans: number;
  /** The one of these plans that was submitted last; null: there is none. */
  readonly newest_plan_id: string | null;
  readonly newest_plan_name: string | null;
}

/** Nothing is missing where this is the cause: the primary itself is in the Region. */
const harmless = 'same_region';

/** Of those that finished, and of those that run, the latest so many are looked at. */
const mostPlans = 50;

/**
 * What plans that finished within the last hours have left failed or blocked, and what is blocked in plans that run: those
 * report their failures themselves. By counters of their lanes.
 */
export async function readLastDay(db: Connection, hours: number): Promise<LastDay> {
  const rows = Prisma.sql`
    SELECT p.id AS plan_id, f.code, CASE WHEN p.finished_at IS NULL THEN 0 ELSE f.failed END AS failed, f.blocked
    FROM (
      (SELECT id, finished_at FROM plans
        WHERE state = 'completed_with_failures' AND finished_at > now() - make_interval(hours => ${hours}::int)
        ORDER BY finished_at DESC LIMIT ${mostPlans})
      UNION ALL
      (SELECT id, finished_at FROM plans
        WHERE finished_at IS NULL AND state IN ('running', 'paused', 'halted') AND started_at IS NOT NULL
        ORDER BY id DESC LIMIT ${mostPlans})
    ) p
    CROSS JOIN LATERAL (
      SELECT f.code, sum(f.failed) AS failed, sum(f.blocked) AS blocked
      FROM plan_lanes l JOIN plan_failures f ON f.lane_id = l.id
      WHERE l.plan_id = p.id AND l.failed + l.blocked > 0 AND f.code <> ${harmless} GROUP BY 1
    ) f`;
  const [found] = await db.$queryRaw<LastDay[]>`
    WITH rows AS MATERIALIZED (SELECT * FROM (${rows}) r WHERE failed + blocked > 0),
      newest AS (SELECT count(DISTINCT plan_id)::int AS plans, max(plan_id::text)::uuid AS id FROM rows)
    SELECT n.plans, n.id AS newest_plan_id, p.name AS newest_plan_name,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('code', c.code, 'failed', c.failed, 'blocked', c.blocked)
          ORDER BY c.failed + c.blocked DESC, c.code), '[]')
        FROM (SELECT code, sum(failed)::int AS failed, sum(blocked)::int AS blocked FROM rows GROUP BY 1) c) AS failures
    FROM newest n LEFT JOIN plans p ON p.id = n.id`;
  return found ?? { failures: [], plans: 0, newest_plan_id: null, newest_plan_name: null };
}
