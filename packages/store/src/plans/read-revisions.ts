import type { Connection } from '../store.ts';

/** The newest revisions of all plans that are not finished, or have finished in the last seconds. */
export async function readLiveRevisions(db: Connection, lately: number): Promise<Map<string, number>> {
  const rows = await db.$queryRaw<{ id: string; revision: number }[]>`
    SELECT p.id, r.revision::float8 AS revision FROM plans p JOIN plan_revisions r ON r.plan_id = p.id
    WHERE p.finished_at IS NULL OR p.finished_at > now() - make_interval(secs => ${lately}::int)
    ORDER BY p.id DESC`;
  return new Map(rows.map(({ id, revision }) => [id, revision]));
}
