import { appendEntry } from '../audit/entries.ts';
import { noteProposer } from '../plans/note-proposer.ts';
import { inTransaction, Prisma, type Store } from '../store.ts';

/**
 * Puts a plan's failed and blocked replicas back to `pending`, all or those of one error code or Region; answers how
 * many. Where a call of ours may have made the replica already, CCKM is asked first. A plan that has ended runs again, for
 * `caller`, or waits for the approvals that it lacks by now.
 */
export async function retryReplicas(
  store: Store,
  planId: string,
  filter: { errorCode?: string | undefined; region?: string | undefined },
  caller: string,
): Promise<number> {
  let retried = 0;
  let after: string | null = null;
  for (;;) {
    const batch: { id: string }[] = await retryBatch(store, planId, filter, caller, after);
    retried += batch.length;
    after = batch.reduce((last, { id }) => (id > last ? id : last), after ?? '');
    if (batch.length < retriedAtOnce) return retried;
  }
}

const retriedAtOnce = 5_000;

/**
 * By id, so that a row which fails again meanwhile is not put back twice. The plan is locked before its replicas, as where
 * plans are ended, so that the two do not miss each other.
 */
function retryBatch(
  store: Store,
  planId: string,
  filter: { errorCode?: string | undefined; region?: string | undefined },
  caller: string,
  after: string | null,
): Promise<{ id: string }[]> {
  return inTransaction(store, async (tx) => {
    await tx.$executeRaw`SELECT 1 FROM plans WHERE id = ${planId}::uuid FOR NO KEY UPDATE`;
    const retried = await tx.$queryRaw<{ id: string }[]>`
      WITH chosen AS (
        SELECT r.id FROM replicas r
        WHERE r.plan_id = ${planId}::uuid AND r.state IN ('failed', 'blocked') AND r.mrk <> ''
          AND ${after === null ? Prisma.sql`true` : Prisma.sql`r.id > ${after}::uuid`}
          AND ${filter.errorCode === undefined ? Prisma.sql`true` : Prisma.sql`r.error->>'code' = ${filter.errorCode}`}
          AND ${filter.region === undefined ? Prisma.sql`true` : Prisma.sql`r.region = ${filter.region}`}
        ORDER BY r.id LIMIT ${retriedAtOnce} FOR UPDATE OF r
      )
      UPDATE replicas r SET state = 'pending', error = NULL, error_since = NULL, failures = 0, imports = 0,
        epoch = r.epoch + 1, not_before = now(), unsettled_since = NULL, next_look_at = NULL, looks = 0, absences = 0,
        look_first = r.lost_answer OR r.accepted_at IS NOT NULL OR r.state = 'blocked',
        lost_answer = r.lost_answer OR coalesce(r.outcome IN ('created', 'adopted'), false),
        enabled_since = NULL, pending_import_since = NULL, import_called_at = NULL, accepted_at = NULL, outcome = NULL,
        failed_at = NULL
      FROM chosen WHERE r.id = chosen.id RETURNING r.id`;
    if (retried.length > 0) {
      const again = await tx.$executeRaw`
        UPDATE plans p SET reason = NULL, finished_at = NULL, state = (CASE WHEN NOT is_approved(p) THEN 'awaiting_approval'
          WHEN p.started_at IS NULL THEN 'scheduled' ELSE 'running' END)::plan_state
        WHERE id = ${planId}::uuid AND state = 'completed_with_failures'`;
      if (again === 1) await noteProposer(tx, planId, caller);
      // Replicas alone leave no entry; the first batch notes the command.
      if (after === null) {
        const { state, specSha256, resolvedSha256 } = await tx.plan.findUniqueOrThrow({
          where: { id: planId },
          select: { state: true, specSha256: true, resolvedSha256: true },
        });
        const hashes = { spec_sha256: specSha256, resolved_sha256: resolvedSha256 };
        const detail = { error_code: filter.errorCode, region: filter.region, state, ...hashes };
        await appendEntry(tx, { object: { type: 'plan', id: planId }, action: 'plan.retry', detail });
      }
    }
    return retried;
  });
}
