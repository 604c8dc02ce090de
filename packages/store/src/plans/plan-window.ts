import { type MaintenanceWindow, openPlanStates, windowAt } from '@keyferry/core';
import { databaseNow } from '../database-now.ts';
import { statesIn } from '../states-in-sql.ts';
import { type Connection, Prisma, type Store } from '../store.ts';

/**
 * The interval of `plans p` holds all of this time, or it has no windows. One that has passed holds nothing, so that nothing
 * is begun by it however late it is moved on.
 */
export function windowHolds(from: Prisma.Sql, until: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(p.window_closes_at IS NULL OR (p.window_opens_at <= ${from} AND ${until} <= p.window_closes_at))`;
}

/** `plans p` runs, and its interval holds all of this time: what is called then may be called. */
export function runsThrough(from: Prisma.Sql, until: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(p.state = 'running' AND ${windowHolds(from, until)})`;
}

/** A plan's windows with their present interval, or the next, by the database's clock. */
export async function windowColumns(
  db: Connection,
  windows: readonly MaintenanceWindow[],
): Promise<{ windows: Prisma.InputJsonArray; windowOpensAt: Date | null; windowClosesAt: Date | null }> {
  const interval = windowAt(windows, await databaseNow(db));
  return {
    windows: windows as unknown as Prisma.InputJsonArray,
    windowOpensAt: interval?.opensAt ?? null,
    windowClosesAt: interval?.closesAt ?? null,
  };
}

/**
 * Puts the next interval in the place of those that have passed, in plans that are not at their end. Safe to run anywhere
 * at any time: windows that were changed meanwhile keep their own. Answers how many plans got one.
 */
export async function moveWindowsOn(store: Store): Promise<number> {
  const passed = await store.prisma.$queryRaw<
    { id: string; windows: MaintenanceWindow[]; window_closes_at: Date; now: Date }[]
  >`
    SELECT id, windows, window_closes_at, now() FROM plans
    WHERE window_closes_at <= now() AND state IN ${statesIn(openPlanStates)}`;
  let moved = 0;
  for (const { id, windows, window_closes_at: windowClosesAt, now } of passed) {
    const next = windowAt(windows, now);
    const { count } = await store.prisma.plan.updateMany({
      where: { id, windowClosesAt },
      data: { windowOpensAt: next?.opensAt ?? null, windowClosesAt: next?.closesAt ?? null },
    });
    moved += count;
  }
  return moved;
}
