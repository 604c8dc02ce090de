import type { Store } from '../store.ts';
import { type HeldReplicaRow, heldColumns, openHeld, replicaColumns } from './replica-row.ts';

/** Whether a replica is due to be looked at, anywhere. */
export async function isLookDue(store: Store): Promise<boolean> {
  const [found] = await store.prisma.$queryRaw<{ due: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM replicas WHERE next_look_at <= now() AND worker_id IS NULL) AS due`;
  return found?.due ?? false;
}

/** Takes rows that are due to be looked at, of all accounts and Regions, at most `limit`, longest due first. */
export async function claimLooks(store: Store, workerId: string, limit: number): Promise<HeldReplicaRow[]> {
  const rows = await store.prisma.$queryRaw<HeldReplicaRow[]>`
    UPDATE replicas r SET worker_id = ${workerId}::uuid, epoch = r.epoch + 1
    WHERE r.id = ANY(ARRAY(
      SELECT c.id FROM replicas c
      WHERE c.next_look_at <= now() AND c.worker_id IS NULL
        AND EXISTS (SELECT 1 FROM workers w WHERE w.id = ${workerId}::uuid AND w.alive_until > now())
      ORDER BY c.next_look_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ))
    RETURNING ${replicaColumns}, ${heldColumns}`;
  return openHeld(store.seal, rows);
}
