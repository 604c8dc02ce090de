import type { Store } from '../store.ts';

/** Failed and blocked replicas of a plan with the same error in the same Region. */
export interface FailureGroup {
  readonly code: string;
  readonly region: string;
  readonly failed: number;
  readonly blocked: number;
  /** The first of them, in order; none of keys that could not be found. */
  readonly accounts: readonly string[];
  readonly accountCount: number;
  readonly exampleId: string;
  readonly exampleMessage: string;
}

/** Groups what failed in a plan, or is blocked, by code and Region, the most frequent first. */
export function readFailures(store: Store, planId: string, mostAccounts: number): Promise<FailureGroup[]> {
  return store.prisma.$queryRaw<FailureGroup[]>`
    WITH groups AS (
      SELECT error->>'code' AS code, region, count(*) FILTER (WHERE state = 'failed') AS failed,
        count(*) FILTER (WHERE state = 'blocked') AS blocked, coalesce(array_agg(DISTINCT account) FILTER (WHERE account <> ''), '{}') AS accounts,
        (array_agg(id ORDER BY id DESC))[1] AS example
      FROM replicas WHERE plan_id = ${planId}::uuid AND state IN ('failed', 'blocked') AND error IS NOT NULL
      GROUP BY 1, 2
    )
    SELECT g.code, g.region, g.failed::int AS failed, g.blocked::int AS blocked,
      g.accounts[:${mostAccounts}::int] AS accounts, cardinality(g.accounts) AS "accountCount",
      g.example::text AS "exampleId", r.error->>'message' AS "exampleMessage"
    FROM groups g JOIN replicas r ON r.id = g.example
    ORDER BY g.failed + g.blocked DESC, g.code, g.region`;
}
