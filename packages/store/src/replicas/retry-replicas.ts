import { staleIdentityCodes, unsuccessfulReplicaStates } from '@keyferry/core';
import { appendEntry } from '../audit/entries.ts';
import { newId } from '../new-id.ts';
import { goesOn } from '../plans/goes-on.ts';
import { noteProposer } from '../plans/note-proposer.ts';
import { resolveAgain } from '../plans/resolve-plan.ts';
import { statesIn } from '../states-in-sql.ts';
import { inTransaction, Prisma, type Store, type Transaction } from '../store.ts';

/** Failed and blocked replicas of a plan: all, or those of one error code or Region. */
export interface RetryFilter {
  readonly errorCode?: string | undefined;
  readonly region?: string | undefined;
}

/** Replicas that one transaction looks at. */
const atOnce = 5_000;

/** The rows of the plan are in its archive, and stay as they are. */
export class PlanArchived extends Error {
  override readonly name = 'PlanArchived';
}

/**
 * Puts a plan's failed and blocked replicas back to `pending`, all or those of one error code or Region; answers how
 * many, of the first 5,000: the workers go on with the rest (continueRetry). Where a call of ours may have made the replica
 * already, or the primary may have moved, CCKM is asked first. A plan that has ended runs again, for `caller`, or waits for
 * the approvals that it lacks by now; one that could not be resolved is resolved again. Throws PlanArchived.
 */
export function retryReplicas(store: Store, planId: string, filter: RetryFilter, caller: string): Promise<number> {
  return inTransaction(store, async (tx) => {
    await lockPlan(tx, planId);
    if (await resolveAgain(tx, planId)) {
      await noteRetry(tx, planId, filter, caller, true);
      return 0;
    }
    const { retried, next } = await retryBatch(tx, planId, filter, null);
    if (next !== null) {
      const { errorCode = null, region = null } = filter;
      await tx.planRetry.create({ data: { id: newId(), planId, errorCode, region, caller, afterId: next } });
    }
    if (retried > 0 || next !== null) await runAgain(tx, planId, filter, caller);
    return retried;
  });
}

/**
 * Goes on with one retry that was too large for its command; answers whether there may be more to do. What is left of the
 * retry of a plan that was cancelled meanwhile is dropped.
 */
export function continueRetry(store: Store): Promise<boolean> {
  return inTransaction(store, async (tx) => {
    const [left] = await tx.$queryRaw<{ id: string; plan_id: string; after_id: string }[]>`
      SELECT id, plan_id, after_id FROM plan_retries ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`;
    if (left === undefined) return false;
    const { id, plan_id: planId, after_id: afterId } = left;
    await tx.$executeRaw`SELECT 1 FROM plans WHERE id = ${planId}::uuid FOR NO KEY UPDATE`;
    const { errorCode, region, plan } = await tx.planRetry.findUniqueOrThrow({
      where: { id },
      select: { errorCode: true, region: true, plan: { select: { state: true } } },
    });
    const filter = { errorCode: errorCode ?? undefined, region: region ?? undefined };
    const next = plan.state === 'cancelled' ? null : (await retryBatch(tx, planId, filter, afterId)).next;
    if (next === null) await tx.planRetry.delete({ where: { id } });
    else await tx.planRetry.update({ where: { id }, data: { afterId: next } });
    return true;
  });
}

/** Before its replicas, as where plans are ended, so that the two do not miss each other. Throws PlanArchived. */
async function lockPlan(tx: Transaction, planId: string): Promise<void> {
  const [plan] = await tx.$queryRaw<{ archived_at: Date | null }[]>`
    SELECT archived_at FROM plans WHERE id = ${planId}::uuid FOR NO KEY UPDATE`;
  if (plan?.archived_at) throw new PlanArchived(`plan ${planId} is archived`);
}

/** By id, so that a row which fails again meanwhile is not put back twice. `next`: null once all were looked at. */
async function retryBatch(
  tx: Transaction,
  planId: string,
  { errorCode, region }: RetryFilter,
  after: string | null,
): Promise<{ retried: number; next: string | null }> {
  const rows = await tx.$queryRaw<{ id: string; retried: boolean }[]>`
    WITH looked_at AS (
      SELECT r.id, r.mrk <> ''
        AND ${errorCode === undefined ? Prisma.sql`true` : Prisma.sql`coalesce(r.error->>'code' = ${errorCode}, false)`}
        AND ${region === undefined ? Prisma.sql`true` : Prisma.sql`r.region = ${region}`} AS meant
      FROM replicas r
      WHERE r.plan_id = ${planId}::uuid AND r.state IN ${statesIn(unsuccessfulReplicaStates)}
        AND ${after === null ? Prisma.sql`true` : Prisma.sql`r.id > ${after}::uuid`}
      ORDER BY r.id NULLS FIRST LIMIT ${atOnce} FOR UPDATE OF r
    ), retried AS (
      UPDATE replicas r SET state = 'pending', error = NULL, error_since = NULL, failures = 0, imports = 0,
        epoch = r.epoch + 1, not_before = now(), unsettled_since = NULL, next_look_at = NULL, looks = 0, absences = 0,
        look_first = r.lost_answer OR r.accepted_at IS NOT NULL OR r.attempts > 0 OR r.state = 'blocked'
          OR coalesce(r.error->>'code' = ANY(${[...staleIdentityCodes]}::text[]), false),
        asked_by_replica = false,
        lost_answer = r.lost_answer OR coalesce(r.outcome IN ('created', 'adopted'), false),
        enabled_since = NULL, pending_import_since = NULL, import_called_at = NULL, accepted_at = NULL, outcome = NULL,
        usable_at = NULL, differs_since = NULL, alias_due = NULL, alias_called_at = NULL, alias_calls = 0, diff = NULL, failed_at = NULL
      WHERE r.id = ANY(ARRAY(SELECT id FROM looked_at WHERE meant))
      RETURNING r.id
    )
    SELECT l.id, l.id IN (SELECT id FROM retried) AS retried FROM looked_at l ORDER BY l.id`;
  return {
    retried: rows.filter((row) => row.retried).length,
    next: rows.length < atOnce ? null : (rows.at(-1)?.id ?? null),
  };
}

/** Opens a plan that has ended. */
async function runAgain(tx: Transaction, planId: string, filter: RetryFilter, caller: string): Promise<void> {
  const again = await tx.$executeRaw`
    UPDATE plans p SET reason = NULL, finished_at = NULL, state = ${goesOn()}
    WHERE id = ${planId}::uuid AND state = 'completed_with_failures'`;
  await noteRetry(tx, planId, filter, caller, again === 1);
}

/** Notes the command: replicas alone leave no entry in the audit log. `again`: a plan that had ended goes on for it. */
async function noteRetry(
  tx: Transaction,
  planId: string,
  filter: RetryFilter,
  caller: string,
  again: boolean,
): Promise<void> {
  if (again) await noteProposer(tx, planId, caller);
  const { state, specSha256, resolvedSha256 } = await tx.plan.findUniqueOrThrow({
    where: { id: planId },
    select: { state: true, specSha256: true, resolvedSha256: true },
  });
  const hashes = { spec_sha256: specSha256, resolved_sha256: resolvedSha256 };
  const detail = { error_code: filter.errorCode, region: filter.region, state, ...hashes };
  await appendEntry(tx, { object: { type: 'plan', id: planId }, action: 'plan.retry', detail });
}
