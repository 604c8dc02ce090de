import { inTransaction, Prisma, type Store } from '../store.ts';

/** Rows that are cancelled in one transaction, so that what runs beside it gets its turn. */
const atOnce = 5_000;

/**
 * Cancels some of the rows that wait in cancelled plans, or in this one; answers whether there may be more. Takes them lane
 * by lane from the index of those that wait, so that it costs the same in a plan of any size, whatever Postgres knows of it.
 */
export async function cancelWaiting(store: Store, planId: string | null = null): Promise<boolean> {
  const chosen = planId === null ? Prisma.sql`true` : Prisma.sql`p.id = ${planId}::uuid`;
  const cancelled = await inTransaction(
    store,
    (tx) => tx.$executeRaw`
      WITH waiting AS (
        SELECT r.id FROM plans p
        JOIN plan_lanes l ON l.plan_id = p.id AND l.pending > 0
        CROSS JOIN LATERAL (
          SELECT w.id FROM replicas w WHERE w.lane_id = l.id AND w.state = 'pending'
          ORDER BY w.not_before, w.id LIMIT ${atOnce} FOR UPDATE SKIP LOCKED
        ) r
        WHERE p.state = 'cancelled' AND p.finished_at IS NULL AND ${chosen}
        LIMIT ${atOnce}
      )
      UPDATE replicas r SET state = 'cancelled', epoch = r.epoch + 1, slot_at = NULL, next_look_at = NULL
      WHERE r.id = ANY(ARRAY(SELECT id FROM waiting))`,
  );
  return cancelled === atOnce;
}
