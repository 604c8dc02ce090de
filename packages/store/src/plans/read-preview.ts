import { type PlannedWork, unsuccessfulReplicaStates } from '@keyferry/core';
import { archivedTables, readRowsOf } from '../archive/rows-of-plan.ts';
import { statesIn } from '../states-in-sql.ts';
import type { Store } from '../store.ts';

/** A code, and for how many rows of a plan it is told. */
export interface CodeCount {
  readonly code: string;
  readonly count: number;
}

/** Why rows of a plan are blocked or have failed, the most frequent first. */
export function readReasons({ prisma }: Store, planId: string): Promise<CodeCount[]> {
  return readRowsOf(
    prisma,
    planId,
    () => prisma.$queryRaw`
    SELECT f.code, sum(f.failed + f.blocked)::int AS count FROM plan_lanes l JOIN plan_failures f ON f.lane_id = l.id
    WHERE l.plan_id = ${planId}::uuid AND f.failed + f.blocked > 0
    GROUP BY 1 ORDER BY 2 DESC, 1`,
    () => prisma.$queryRaw`
    SELECT error->>'code' AS code, count(*)::int AS count FROM ${archivedTables(planId).replicas} r
    WHERE plan_id = ${planId}::uuid AND state IN ${statesIn(unsuccessfulReplicaStates)} AND error IS NOT NULL
    GROUP BY 1 ORDER BY 2 DESC, 1`,
  );
}

/** What is warned of in a plan, the most frequent first. */
export function readWarnings({ prisma }: Store, planId: string): Promise<CodeCount[]> {
  return readRowsOf(
    prisma,
    planId,
    ({ replicas }) => prisma.$queryRaw`
    SELECT w->>'code' AS code, count(*)::int AS count
    FROM ${replicas} r CROSS JOIN LATERAL jsonb_array_elements(r.warnings) w
    WHERE r.plan_id = ${planId}::uuid
    GROUP BY 1 ORDER BY 2 DESC, 1`,
  );
}

/** What a resolved plan will call, by plan lane: for its lower bound. */
export function readPlannedWork({ prisma }: Store, planId: string): Promise<PlannedWork[]> {
  return readRowsOf(
    prisma,
    planId,
    ({ replicas, planLanes }) => prisma.$queryRaw`
    SELECT r.account, r.primary_region, r.region, l.wave, count(*)::int AS replicas,
      (count(*) FILTER (WHERE r.origin = 'EXTERNAL'))::int AS external
    FROM ${replicas} r JOIN ${planLanes} l ON l.id = r.lane_id
    WHERE r.plan_id = ${planId}::uuid AND r.state NOT IN ('blocked', 'already_present', 'cancelled')
    GROUP BY r.account, r.primary_region, r.region, l.wave`,
  );
}
