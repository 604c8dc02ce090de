import type { Store } from '../store.ts';

/** Whether a worker on this host holds its lease: it runs, and reaches Postgres. */
export async function isWorkerAlive(store: Store, host: string): Promise<boolean> {
  const rows = await store.prisma.$queryRaw<unknown[]>`
    SELECT 1 FROM workers WHERE host = ${host} AND alive_until > now() LIMIT 1`;
  return rows.length > 0;
}
