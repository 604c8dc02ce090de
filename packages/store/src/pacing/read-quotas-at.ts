import type { Store } from '../store.ts';

/**
 * The quotas of those of these lanes that were changed after a time, as they were then, by lane id, from the audit log. Null: the
 * configured one. A lane that is not there has the same quota since.
 */
export async function readQuotasAt(
  { prisma }: Store,
  laneIds: readonly string[],
  at: Date,
): Promise<ReadonlyMap<string, number | null>> {
  const rows = await prisma.$queryRaw<{ id: string; quota: number | null }[]>`
    SELECT DISTINCT ON (e.object_id) e.object_id AS id, (e.detail->>'quota_before')::float8 AS quota
    FROM audit_entries e
    WHERE e.object_id = ANY(${[...laneIds]}) AND e.object_type = 'lane' AND e.action = 'lane.patch' AND e.outcome = 'done'
      AND e.at > ${at}
    ORDER BY e.object_id, e.seq`;
  return new Map(rows.map(({ id, quota }) => [id, quota]));
}
