import type { Store } from '../store.ts';

/** What has changed on a plan since a revision. */
export interface PlanChanges {
  /** The newest revision. */
  readonly revision: number;
  readonly replicaIds: readonly string[];
  /** More replicas changed than are named. */
  readonly truncated: boolean;
}

/** The newest revision of a plan. */
export async function readRevision(store: Store, planId: string): Promise<number> {
  const row = await store.prisma.planRevision.findUnique({ where: { planId } });
  return Number(row?.revision ?? 0);
}

/** Everything that changed on a plan after `since`, folded into one; null when nothing did. At most 200 revisions. */
export async function readChanges(store: Store, planId: string, since: number): Promise<PlanChanges | null> {
  const rows = await store.prisma.$queryRaw<{ revision: bigint; replicaIds: string[]; truncated: boolean }[]>`
    SELECT revision, replica_ids::text[] AS "replicaIds", truncated FROM plan_changes
    WHERE plan_id = ${planId}::uuid AND revision > ${since} ORDER BY revision LIMIT 200`;
  const newest = rows.at(-1);
  if (!newest) return null;
  const ids = new Set(rows.flatMap((row) => row.replicaIds));
  return {
    revision: Number(newest.revision),
    replicaIds: [...ids],
    truncated: rows.some((row) => row.truncated),
  };
}
