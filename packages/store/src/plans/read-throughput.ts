import type { PlanOperation, Way } from '@keyferry/core';
import { Prisma, type Store } from '../store.ts';

/** What happened to how many replicas of a plan in one slice of time. */
export interface SliceCount {
  readonly kind: 'accepted' | 'usable' | 'failed';
  /** From 0. */
  readonly slice: number;
  readonly count: number;
}

/**
 * Counts what became of a plan's replicas by slices of time from `from` on; what was before belongs to the first. It looks
 * at all of them.
 */
export function readThroughput(
  store: Store,
  planId: string,
  { from, sliceSeconds }: { from: Date; sliceSeconds: number },
): Promise<SliceCount[]> {
  const counted = (kind: SliceCount['kind'], column: 'accepted_at' | 'usable_at' | 'failed_at') => {
    const at = Prisma.raw(column);
    return Prisma.sql`
      SELECT ${kind} AS kind,
        greatest(0, extract(epoch FROM s.at - ${from}::timestamptz) / ${sliceSeconds}::int)::int AS slice, s.count
      FROM (
        SELECT date_bin(make_interval(secs => ${sliceSeconds}::int), ${at}, ${from}::timestamptz) AS at, count(*)::int AS count
        FROM replicas WHERE plan_id = ${planId}::uuid AND ${at} IS NOT NULL GROUP BY 1
      ) s`;
  };
  return store.prisma.$queryRaw<SliceCount[]>`
    SELECT kind, slice, sum(count)::int AS count FROM (
      ${counted('accepted', 'accepted_at')} UNION ALL ${counted('usable', 'usable_at')}
      UNION ALL ${counted('failed', 'failed_at')}
    ) counted GROUP BY 1, 2`;
}

/** From where to where a plan copies keys, and how. */
export interface PlanWays {
  /** On which something was, is or will be called. */
  readonly ways: readonly Way[];
  readonly operation: PlanOperation;
  readonly withAlias: boolean;
  readonly sequential: boolean;
}

export async function readWays(store: Store, planId: string): Promise<PlanWays> {
  const ways = await store.prisma.$queryRaw<Way[]>`
    SELECT account, primary_region AS "primaryRegion", region, wave FROM plan_lanes
    WHERE plan_id = ${planId}::uuid AND account <> ''
      AND pending + queued + replicating + creating + importing + succeeded + failed > 0`;
  const how = await store.prisma.plan.findUniqueOrThrow({
    where: { id: planId },
    select: { operation: true, withAlias: true, sequential: true },
  });
  return { ways, ...how };
}
