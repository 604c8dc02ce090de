import type { Connection, Store } from '../store.ts';

/** Whether a worker on this host holds its lease: it runs, and reaches Postgres. */
export async function isWorkerAlive(store: Store, host: string): Promise<boolean> {
  const rows = await store.prisma.$queryRaw<unknown[]>`
    SELECT 1 FROM workers WHERE host = ${host} AND alive_until > now() LIMIT 1`;
  return rows.length > 0;
}

/** How many workers hold their lease. */
export async function countLivingWorkers(db: Connection): Promise<number> {
  const [row] = await db.$queryRaw<{ alive: number }[]>`
    SELECT count(*)::int AS alive FROM workers WHERE alive_until > now()`;
  return row?.alive ?? 0;
}
