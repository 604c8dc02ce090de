import { type Connection, Prisma } from '../store.ts';

/** Where the rows of a plan are read from, for `FROM`: an alias may follow. */
export interface PlanTables {
  readonly replicas: Prisma.Sql;
  readonly attempts: Prisma.Sql;
  readonly planKeys: Prisma.Sql;
  readonly planLanes: Prisma.Sql;
}

const live: PlanTables = {
  replicas: Prisma.sql`replicas`,
  attempts: Prisma.sql`attempts`,
  planKeys: Prisma.sql`plan_keys`,
  planLanes: Prisma.sql`plan_lanes`,
};

/** The parts of an archive from one to another; all, unless told otherwise. */
export interface PartRange {
  readonly from: number;
  readonly to: number;
}

const allParts: PartRange = { from: 0, to: 2 ** 31 - 1 };

/** The same rows, of the same columns, out of the archive. */
export function archivedTables(planId: string, { from, to }: PartRange = allParts): PlanTables {
  return {
    replicas: Prisma.sql`archived_replicas(${planId}::uuid, ${from}::int, ${to}::int)`,
    attempts: Prisma.sql`archived_attempts(${planId}::uuid, ${from}::int, ${to}::int)`,
    planKeys: Prisma.sql`archived_plan_keys(${planId}::uuid)`,
    planLanes: Prisma.sql`archived_plan_lanes(${planId}::uuid)`,
  };
}

/**
 * Reads rows of a plan: from their tables, or from its archive. The tables are read first: rows leave them only
 * once the plan is marked, so what was read before the mark is whole.
 */
export async function readRowsOf<T>(
  db: Connection,
  planId: string,
  read: (tables: PlanTables) => Promise<T>,
  readArchived: () => Promise<T> = () => read(archivedTables(planId)),
): Promise<T> {
  const found = await read(live);
  return (await isArchived(db, planId)) ? readArchived() : found;
}

async function isArchived(db: Connection, planId: string): Promise<boolean> {
  const archived = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM plans WHERE id = ${planId}::uuid AND archived_at IS NOT NULL`;
  return archived.length > 0;
}
