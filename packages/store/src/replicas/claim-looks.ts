import type { Store } from '../store.ts';
import { type HeldReplicaRow, othersReplicas, replicaColumns } from './replica-row.ts';

/**
 * Where replicas are due to be looked at, each account and Region once; not where a living worker has a look in hand, so
 * that a Region which answers slowly takes one place of those that look, not all.
 */
export function findLooksDue(store: Store): Promise<{ account: string; region: string }[]> {
  return store.prisma.$queryRaw`
    SELECT d.account, d.region FROM (
      SELECT DISTINCT account, region FROM replicas WHERE next_look_at <= now() AND worker_id IS NULL
    ) d
    WHERE NOT EXISTS (
      SELECT 1 FROM replicas h JOIN workers w ON w.id = h.worker_id AND w.alive_until > now()
      WHERE h.slot_at IS NULL AND h.account = d.account AND h.region = d.region)
    LIMIT 500`;
}

/** Takes the rows of one account and Region that are due to be looked at, at most `limit`, longest due first. */
export function claimLooks(
  store: Store,
  workerId: string,
  place: { account: string; region: string },
  limit: number,
): Promise<HeldReplicaRow[]> {
  return store.prisma.$queryRaw`
    UPDATE replicas r SET worker_id = ${workerId}::uuid, epoch = r.epoch + 1
    WHERE r.id IN (
      SELECT c.id FROM replicas c
      WHERE c.next_look_at <= now() AND c.worker_id IS NULL AND c.account = ${place.account}
        AND c.region = ${place.region}
        AND EXISTS (SELECT 1 FROM workers w WHERE w.id = ${workerId}::uuid AND w.alive_until > now())
      ORDER BY c.next_look_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )
    RETURNING ${replicaColumns}, ${othersReplicas}`;
}
