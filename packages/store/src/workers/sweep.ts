import { dropEndedSessions } from '../access/sessions.ts';
import { endDeadReadings } from '../inventory/inventory-reading.ts';
import { isPermanentFailure } from '../is-permanent.ts';
import { dropDeadManifests } from '../manifests/manifest-rows.ts';
import { slotHolds } from '../replicas/claim-replicas.ts';
import { inTransaction, Prisma, type Store } from '../store.ts';
import { abandoned } from './held-replicas.ts';

/** How long after its slot a released row may wait for a worker, seconds: later its job is taken for lost. */
const lostJobSeconds = 3;

/** What one sweep found and put back. */
export interface Swept {
  readonly lostJobs: number;
  readonly heldByDead: number;
}

/**
 * Puts back what a crash, a lost queue or a stopped plan left behind:
 * - released rows that no worker took in time, those of plans that do not run, and those whose slot lies in no window any
 *   more wait for another slot;
 * - rows that a dead worker held, or that a living one has `forgotten` (its claim was committed, the answer was lost): where replicate-key may have been called, CCKM is asked before anything else;
 * - manifests whose upload died, what dead workers have read of CCKM's inventory, and sessions that have ended, are taken
 *   away.
 */
export async function sweep(
  store: Store,
  forgotten: { workerId: string; ids: readonly string[] } | null = null,
): Promise<Swept> {
  const lostJobs = await inTransaction(store, async (tx) => {
    const replicas = await tx.$executeRaw`
      WITH lost AS (
        SELECT r.id FROM replicas r JOIN plans p ON p.id = r.plan_id
        WHERE r.state = 'queued' AND r.slot_at IS NOT NULL
          AND (NOT ${slotHolds}
            OR r.slot_at < now() - make_interval(secs => ${lostJobSeconds}))
        ORDER BY r.id LIMIT 2000 FOR UPDATE OF r SKIP LOCKED
      )
      UPDATE replicas r SET state = 'pending', epoch = r.epoch + 1, slot_at = NULL FROM lost WHERE r.id = lost.id`;
    const finishing = await tx.$executeRaw`
      WITH lost AS (
        SELECT id FROM replicas
        WHERE state IN ('importing', 'creating') AND worker_id IS NULL
          AND slot_at < now() - make_interval(secs => ${lostJobSeconds})
        ORDER BY id LIMIT 2000 FOR UPDATE SKIP LOCKED
      )
      UPDATE replicas r SET epoch = r.epoch + 1, slot_at = NULL FROM lost WHERE r.id = lost.id`;
    return replicas + finishing;
  });
  await dropDeadManifests(store);
  await endDeadReadings(store);
  await dropEndedSessions(store);
  return { lostJobs, heldByDead: await freeHeldByDead(store, forgotten) };
}

/**
 * Frees what no live worker holds. Where Postgres permanently refuses a row of it, the others are freed one by one: a row that no
 * transition fits must not keep them.
 */
async function freeHeldByDead(
  store: Store,
  forgotten: { workerId: string; ids: readonly string[] } | null,
): Promise<number> {
  try {
    return await freeHeld(store, forgotten, null);
  } catch (error) {
    if (!isPermanentFailure(error)) throw error;
    const rows = await store.prisma.$queryRaw<{ id: string }[]>`
      SELECT r.id FROM replicas r WHERE r.worker_id IS NOT NULL AND ${abandoned(forgotten)} ORDER BY r.id LIMIT 2000`;
    let freed = 0;
    for (const { id } of rows) {
      freed += await freeHeld(store, forgotten, id).catch((again: unknown) => {
        if (!isPermanentFailure(again)) throw again;
        return 0;
      });
    }
    if (freed === 0) throw error;
    return freed;
  }
}

/** All of them, or one. */
function freeHeld(
  store: Store,
  forgotten: { workerId: string; ids: readonly string[] } | null,
  id: string | null,
): Promise<number> {
  const one = id === null ? Prisma.sql`true` : Prisma.sql`r.id = ${id}::uuid`;
  return inTransaction(store, async (tx) => {
    const freed = await tx.$executeRaw`
      WITH orphan AS (
        SELECT r.id, r.worker_id, r.epoch, r.slot_at, r.operation,
          (r.state = 'replicating' AND r.unsettled_since IS NULL) AS called,
          (r.state = 'importing' AND r.slot_at IS NOT NULL) AS imported,
          (r.state = 'creating' AND r.slot_at IS NOT NULL) AS aliased
        FROM replicas r
        WHERE r.worker_id IS NOT NULL AND ${abandoned(forgotten)} AND ${one}
        ORDER BY r.id LIMIT 2000 FOR UPDATE OF r SKIP LOCKED
      ), logged AS (
        INSERT INTO attempts (replica_id, epoch, worker_id, operation, started_at, error, note)
        SELECT id, epoch, worker_id, (CASE WHEN called THEN operation::text WHEN imported THEN 'import' ELSE 'alias' END)::attempt_operation,
          least(slot_at, now()),
          '{"code": "lease_expired", "message": "The worker that held this replica was lost; it is not known whether its call landed.", "http_status": null, "retryable": true, "provider_code": null}'::jsonb,
          'the call may have landed: CCKM is read before any call is repeated'
        FROM orphan WHERE called OR imported OR aliased
      )
      UPDATE replicas r SET worker_id = NULL, slot_at = NULL, epoch = r.epoch + 1, next_look_at = now(),
        attempts = r.attempts + CASE WHEN o.called THEN 1 ELSE 0 END,
        lost_answer = r.lost_answer OR o.called,
        lost_call_at = CASE WHEN o.called THEN now() ELSE r.lost_call_at END,
        unsettled_since = CASE WHEN o.called THEN now() ELSE r.unsettled_since END,
        looks = CASE WHEN o.called THEN 0 ELSE r.looks END,
        absences = CASE WHEN o.called THEN 0 ELSE r.absences END,
        import_called_at = CASE WHEN o.imported THEN now() ELSE r.import_called_at END,
        alias_called_at = CASE WHEN o.aliased THEN now() ELSE r.alias_called_at END
      FROM orphan o WHERE r.id = o.id`;
    await tx.$executeRaw`DELETE FROM workers w WHERE w.alive_until < now() - interval '1 hour'
      AND NOT EXISTS (SELECT 1 FROM replicas r WHERE r.worker_id = w.id)`;
    return freed;
  });
}
