import { unsuccessfulReplicaStates } from '@keyferry/core';
import { archivedTables, readRowsOf } from '../archive/rows-of-plan.ts';
import { statesIn } from '../states-in-sql.ts';
import type { Store } from '../store.ts';

/** Failed and blocked replicas of a plan with the same error in the same Region. */
export interface FailureGroup {
  readonly code: string;
  readonly region: string;
  readonly failed: number;
  readonly blocked: number;
  /** The first of them, in order; none of keys that could not be found. */
  readonly accounts: readonly string[];
  readonly account_count: number;
  readonly example_id: string;
  readonly example_message: string;
}

/** Groups what failed in a plan, or is blocked, by code and Region, the most frequent first. */
export function readFailures({ prisma }: Store, planId: string, mostAccounts: number): Promise<FailureGroup[]> {
  return readRowsOf(
    prisma,
    planId,
    () => prisma.$queryRaw<FailureGroup[]>`
    WITH groups AS (
      SELECT f.code, l.region, sum(f.failed)::int AS failed, sum(f.blocked)::int AS blocked,
        coalesce(array_agg(DISTINCT l.account) FILTER (WHERE l.account <> ''), '{}') AS accounts
      FROM plan_lanes l JOIN plan_failures f ON f.lane_id = l.id
      WHERE l.plan_id = ${planId}::uuid AND l.failed + l.blocked > 0 AND f.failed + f.blocked > 0
      GROUP BY 1, 2
    )
    SELECT g.code, g.region, g.failed, g.blocked, g.accounts[:${mostAccounts}::int] AS accounts,
      cardinality(g.accounts) AS account_count, e.id::text AS example_id, e.message AS example_message
    FROM groups g CROSS JOIN LATERAL (
      SELECT r.id, r.error->>'message' AS message FROM replicas r
      WHERE r.plan_id = ${planId}::uuid AND r.error IS NOT NULL AND r.error->>'code' = g.code AND r.region = g.region
        AND r.state IN ${statesIn(unsuccessfulReplicaStates)}
      ORDER BY r.id DESC NULLS LAST LIMIT 1
    ) e
    ORDER BY g.failed + g.blocked DESC, g.code, g.region`,
    // Of an archive every group would be looked for anew.
    () => prisma.$queryRaw<FailureGroup[]>`
    WITH groups AS (
      SELECT error->>'code' AS code, region, count(*) FILTER (WHERE state = 'failed') AS failed,
        count(*) FILTER (WHERE state = 'blocked') AS blocked, coalesce(array_agg(DISTINCT account) FILTER (WHERE account <> ''), '{}') AS accounts,
        (array_agg(id ORDER BY id DESC))[1] AS example
      FROM ${archivedTables(planId).replicas} r WHERE plan_id = ${planId}::uuid AND state IN ${statesIn(unsuccessfulReplicaStates)} AND error IS NOT NULL
      GROUP BY 1, 2
    )
    SELECT g.code, g.region, g.failed::int AS failed, g.blocked::int AS blocked,
      g.accounts[:${mostAccounts}::int] AS accounts, cardinality(g.accounts) AS account_count,
      g.example::text AS example_id, r.error->>'message' AS example_message
    FROM groups g JOIN ${archivedTables(planId).replicas} r ON r.id = g.example
    ORDER BY g.failed + g.blocked DESC, g.code, g.region`,
  );
}
