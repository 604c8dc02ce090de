import { inTransaction, Prisma, type Store } from '../store.ts';

/**
 * Puts a plan's failed and blocked replicas back to `pending`, all or those of one error code or Region; answers how
 * many. Where a call of ours may have made the replica already, CCKM is asked first.
 */
export function retryReplicas(
  store: Store,
  planId: string,
  filter: { errorCode?: string | undefined; region?: string | undefined },
): Promise<number> {
  return inTransaction(
    store,
    (tx) => tx.$executeRaw`
      WITH chosen AS (
        SELECT r.id FROM replicas r
        WHERE r.plan_id = ${planId}::uuid AND r.state IN ('failed', 'blocked') AND r.mrk <> ''
          AND ${filter.errorCode === undefined ? Prisma.sql`true` : Prisma.sql`r.error->>'code' = ${filter.errorCode}`}
          AND ${filter.region === undefined ? Prisma.sql`true` : Prisma.sql`r.region = ${filter.region}`}
        ORDER BY r.id FOR UPDATE OF r
      )
      UPDATE replicas r SET state = 'pending', error = NULL, error_since = NULL, failures = 0, imports = 0,
        epoch = r.epoch + 1, not_before = now(), unsettled_since = NULL, next_look_at = NULL, looks = 0, absences = 0,
        look_first = r.lost_answer OR r.accepted_at IS NOT NULL OR r.state = 'blocked',
        lost_answer = r.lost_answer OR coalesce(r.outcome IN ('created', 'adopted'), false),
        enabled_since = NULL, pending_import_since = NULL, import_called_at = NULL, accepted_at = NULL, outcome = NULL
      FROM chosen WHERE r.id = chosen.id`,
  );
}
