import type { PlanOperation, Way } from '@keyferry/core';
import { type PlanTables, readRowsOf } from '../archive/rows-of-plan.ts';
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
  { prisma }: Store,
  planId: string,
  { from, sliceSeconds }: { from: Date; sliceSeconds: number },
): Promise<SliceCount[]> {
  const counted = (
    { replicas }: PlanTables,
    kind: SliceCount['kind'],
    column: 'accepted_at' | 'usable_at' | 'failed_at',
  ) => {
    const at = Prisma.raw(column);
    return Prisma.sql`
      SELECT ${kind} AS kind,
        greatest(0, extract(epoch FROM s.at - ${from}::timestamptz) / ${sliceSeconds}::int)::int AS slice, s.count
      FROM (
        SELECT date_bin(make_interval(secs => ${sliceSeconds}::int), ${at}, ${from}::timestamptz) AS at, count(*)::int AS count
        FROM ${replicas} r WHERE plan_id = ${planId}::uuid AND ${at} IS NOT NULL GROUP BY 1
      ) s`;
  };
  return readRowsOf(
    prisma,
    planId,
    (tables) => prisma.$queryRaw<SliceCount[]>`
    SELECT kind, slice, sum(count)::int AS count FROM (
      ${counted(tables, 'accepted', 'accepted_at')} UNION ALL ${counted(tables, 'usable', 'usable_at')}
      UNION ALL ${counted(tables, 'failed', 'failed_at')}
    ) counted GROUP BY 1, 2`,
  );
}

/** From where to where a plan copies keys, and how. */
export interface PlanWays {
  /** On which something was, is or will be called. */
  readonly ways: readonly Way[];
  readonly operation: PlanOperation;
  readonly withAlias: boolean;
  readonly sequential: boolean;
}

export async function readWays({ prisma }: Store, planId: string): Promise<PlanWays> {
  const ways = await readRowsOf(
    prisma,
    planId,
    ({ planLanes }) => prisma.$queryRaw<Way[]>`
    SELECT account, primary_region, region, wave FROM ${planLanes} l
    WHERE plan_id = ${planId}::uuid AND account <> ''
      AND pending + queued + replicating + creating + importing + succeeded + failed > 0`,
  );
  const how = await prisma.plan.findUniqueOrThrow({
    where: { id: planId },
    select: { operation: true, withAlias: true, sequential: true },
  });
  return { ways, ...how };
}
