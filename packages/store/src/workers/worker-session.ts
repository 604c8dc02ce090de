import { newId } from '../new-id.ts';
import type { Store } from '../store.ts';

/** Registers a worker; what it claims from now on is its own until `leaseMs` after its last heartbeat. */
export async function registerWorker(
  store: Store,
  worker: { host: string; pid: number; concurrency: number; leaseMs: number },
): Promise<string> {
  const id = newId();
  await store.prisma.$executeRaw`
    INSERT INTO workers (id, host, pid, concurrency, alive_until)
    VALUES (${id}::uuid, ${worker.host}, ${worker.pid}, ${worker.concurrency},
      now() + make_interval(secs => ${worker.leaseMs / 1000}))`;
  return id;
}

/**
 * Prolongs a worker's lease, and says whether CCKM refuses its login (an error code). Answers the database's clock, or null
 * when the lease had run out and nothing is its own.
 */
export async function heartbeat(
  store: Store,
  workerId: string,
  { leaseMs, cckmError }: { leaseMs: number; cckmError: string | null },
): Promise<Date | null> {
  const [row] = await store.prisma.$queryRaw<{ now: Date }[]>`
    UPDATE workers SET alive_until = now() + make_interval(secs => ${leaseMs / 1000}), heartbeat_at = now(),
      cckm_error = ${cckmError}, cckm_error_since = CASE WHEN ${cckmError}::text IS NULL THEN NULL
        WHEN cckm_error = ${cckmError} THEN cckm_error_since ELSE now() END
    WHERE id = ${workerId}::uuid AND alive_until > now() RETURNING clock_timestamp() AS now`;
  return row?.now ?? null;
}

/** Takes a worker out that has ended in order: what it still holds is free for the sweeper at once. */
export async function removeWorker(store: Store, workerId: string): Promise<void> {
  await store.prisma.$executeRaw`DELETE FROM workers WHERE id = ${workerId}::uuid`;
}
