import type { PlanOperation } from '@keyferry/core';
import type { Store } from '../store.ts';

/** What plans of the last 30 days say of an account, and of the Region that they went to. */
export interface PermissionEvidence {
  readonly account: string;
  readonly region: string;
  readonly primary_region: string;
  readonly operation: PlanOperation;
  /** Replicas made, or keys promoted, and when the last call was let through. */
  readonly succeeded: number;
  readonly last_slot_at: Date | null;
  /** Replicas that AWS or CCKM denied and that stand so, since the last plan that succeeded. */
  readonly denied: number;
  readonly last_denied_at: Date | null;
  readonly last_message: string | null;
}

/**
 * What became of calls by account and Region, within `timeoutMs` or not at all. Counters of plans, and failures by their
 * index: no query looks at every replica. A denial that is older than a plan that succeeded there is past.
 */
export function readPermissionEvidence(
  store: Store,
  { codes, timeoutMs }: { codes: readonly string[]; timeoutMs: number },
): Promise<PermissionEvidence[]> {
  return store.prisma.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT set_config('statement_timeout', ${String(timeoutMs)}, true)`;
      return tx.$queryRaw<PermissionEvidence[]>`
        WITH made AS (
          SELECT l.account, l.region, l.primary_region, p.operation, sum(l.succeeded)::int AS succeeded,
            max(l.last_slot_at) AS last_slot_at, max(p.created_at) FILTER (WHERE l.succeeded > 0) AS good_plan_at
          FROM plan_lanes l JOIN plans p ON p.id = l.plan_id
          WHERE l.account <> '' AND (l.last_slot_at > now() - interval '30 days' OR p.finished_at IS NULL)
          GROUP BY 1, 2, 3, 4
        )
        SELECT m.account, m.region, m.primary_region, m.operation::text AS operation, m.succeeded,
          m.last_slot_at, count(f.id)::int AS denied, max(f.failed_at) AS last_denied_at,
          (array_agg(f.error ->> 'message' ORDER BY f.failed_at DESC))[1] AS last_message
        FROM made m
        LEFT JOIN replicas f ON f.failed_at > now() - interval '30 days' AND f.error ->> 'code' = ANY(${[...codes]}::text[])
          AND f.account = m.account AND f.region = m.region AND f.primary_region = m.primary_region
          AND f.operation = m.operation AND (m.good_plan_at IS NULL OR f.failed_at > m.good_plan_at)
        GROUP BY m.account, m.region, m.primary_region, m.operation, m.succeeded, m.last_slot_at
        ORDER BY 1, 2, 3, 4`;
    },
    { maxWait: timeoutMs, timeout: timeoutMs + 1_000 },
  );
}

/** The Regions that coverage policies want keys in, those of Region groups left out. */
export async function readPolicyRegions(store: Store): Promise<string[]> {
  const rows = await store.prisma.coveragePolicy.findMany({ select: { spec: true } });
  return [...new Set(rows.flatMap(({ spec }) => regionsOf(spec)))].sort();
}

function regionsOf(spec: unknown): string[] {
  const { regions } = (spec ?? {}) as { regions?: unknown };
  return Array.isArray(regions)
    ? regions.filter((region): region is string => typeof region === 'string' && !region.startsWith('group:'))
    : [];
}
