import { Prisma, type Store } from '../store.ts';

/** The rows that a worker has claimed and not given back. */
export async function readHeld(store: Store, workerId: string): Promise<string[]> {
  const rows = await store.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM replicas WHERE worker_id = ${workerId}::uuid`;
  return rows.map((row) => row.id);
}

/** A condition on `replicas r` for rows whose worker is gone, or that a living one says it has lost hold of. */
export function abandoned(forgotten: { workerId: string; ids: readonly string[] } | null): Prisma.Sql {
  const dead = Prisma.sql`NOT EXISTS (SELECT 1 FROM workers w WHERE w.id = r.worker_id AND w.alive_until > now())`;
  if (forgotten === null || forgotten.ids.length === 0) return dead;
  return Prisma.sql`(${dead} OR (r.worker_id = ${forgotten.workerId}::uuid AND r.id = ANY(${[...forgotten.ids]}::uuid[])))`;
}
