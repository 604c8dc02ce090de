import { type InputError, nextCronTime, type PlanSpec, type Schedule, type Scope } from '@keyferry/core';
import { givenScope, scopeData, scopeOfData, within } from '../access/scope.ts';
import { databaseNow } from '../database-now.ts';
import { newId } from '../new-id.ts';
import { closeSpec, openSpec } from '../seal/policies.ts';
import { type Connection, inTransaction, Prisma, type Store } from '../store.ts';

/** A schedule as it is stored. */
export interface ScheduleRow {
  readonly id: string;
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly plan: PlanSpec;
  readonly enabled: boolean;
  readonly overlap: 'skip' | 'allow';
  /** Of who made it, whoever changes it; its plans have the same. */
  readonly scope: Scope;
  readonly createdBy: string;
  readonly createdAt: Date;
  /** Who has written what it said before. */
  readonly authors: readonly string[];
  readonly updatedBy: string;
  readonly updatedAt: Date;
  /** Raised by every change, so that a run that was begun from an older one is not kept. */
  readonly revision: number;
  /** Null: it is not enabled. */
  readonly nextRunAt: Date | null;
  readonly lastRunAt: Date | null;
  readonly lastPlanId: string | null;
  readonly lastSkippedAt: Date | null;
  readonly lastSkipReason: string | null;
  readonly lastError: { readonly at: string; readonly errors: readonly InputError[] } | null;
}

export async function readSchedule(store: Store, id: string): Promise<ScheduleRow | null> {
  const row = await store.prisma.schedule.findUnique({ where: { id } });
  return row && scheduleRow(store, row);
}

/** A page of the schedules within a scope, newest first; `before` is the id of the last one seen. */
export async function listSchedules(
  store: Store,
  scope: Scope,
  { limit, before }: { limit: number; before: string | null },
): Promise<ScheduleRow[]> {
  const page = await store.prisma.$queryRaw<{ id: string }[]>`
    SELECT s.id FROM schedules s
    WHERE ${within(givenScope(scope), 's')} AND ${before === null ? Prisma.sql`true` : Prisma.sql`s.id < ${before}::uuid`}
    ORDER BY s.id DESC LIMIT ${limit}`;
  const rows = await store.prisma.schedule.findMany({
    where: { id: { in: page.map(({ id }) => id) } },
    orderBy: { id: 'desc' },
  });
  return rows.map((row) => scheduleRow(store, row));
}

/** A schedule as Prisma reads it. */
function scheduleRow({ seal }: Store, row: { id: string; accounts: string[]; regions: string[] }): ScheduleRow {
  const { accounts, regions, ...read } = row;
  const schedule = read as unknown as Omit<ScheduleRow, 'scope'>;
  return {
    ...schedule,
    scope: scopeOfData({ accounts, regions }),
    plan: openSpec(seal, schedule.plan, placeOf(row.id)),
  };
}

/** Makes a schedule and answers its id. */
export async function insertSchedule(
  store: Store,
  schedule: Schedule,
  { createdBy, scope }: { createdBy: string; scope: Scope },
): Promise<string> {
  const id = newId();
  const nextRunAt = await nextRun(store.prisma, schedule);
  const data = {
    id,
    ...columnsOf(store, id, schedule),
    ...scopeData(scope),
    nextRunAt,
    createdBy,
    updatedBy: createdBy,
  };
  await inTransaction(store, (tx) => tx.schedule.create({ data }));
  return id;
}

/**
 * Puts another schedule in the place of what this one says; answers false when it is gone. A run that is due keeps being
 * due, unless the times themselves were changed.
 */
export async function replaceSchedule(
  store: Store,
  id: string,
  schedule: Schedule,
  updatedBy: string,
): Promise<boolean> {
  for (;;) {
    const row = await readSchedule(store, id);
    if (row === null) return false;
    const sameTimes =
      row.enabled && schedule.enabled && row.cron === schedule.cron && row.timeZone === schedule.time_zone;
    const changes = {
      ...columnsOf(store, id, schedule),
      authors: authorsOf(row),
      updatedBy,
      updatedAt: await databaseNow(store.prisma),
      revision: { increment: 1 },
      nextRunAt: sameTimes ? row.nextRunAt : await nextRun(store.prisma, schedule),
      lastError: Prisma.DbNull,
    };
    const where = { id, revision: row.revision };
    const { count } = await inTransaction(store, (tx) => tx.schedule.updateMany({ where, data: changes }));
    if (count === 1) return true;
  }
}

/** Who has ever written what a schedule says. */
export function authorsOf({ authors, createdBy, updatedBy }: ScheduleRow): string[] {
  return [...new Set([createdBy, ...authors, updatedBy])];
}

/** Answers false when there is no such schedule. Its plans stay. */
export async function deleteSchedule(store: Store, id: string): Promise<boolean> {
  const { count } = await inTransaction(store, (tx) => tx.schedule.deleteMany({ where: { id } }));
  return count === 1;
}

/** When a schedule that is enabled runs. */
export interface RunTimes {
  readonly id: string;
  readonly cron: string;
  readonly timeZone: string;
}

/** The times of all schedules that are enabled. */
export function readRunTimes(store: Store): Promise<RunTimes[]> {
  return store.prisma.schedule.findMany({
    where: { nextRunAt: { not: null } },
    select: { id: true, cron: true, timeZone: true },
  });
}

/** By the database's clock; null while it is not enabled. */
async function nextRun(db: Connection, { enabled, cron, time_zone }: Schedule): Promise<Date | null> {
  if (!enabled) return null;
  return nextCronTime(cron, time_zone, await databaseNow(db));
}

const placeOf = (id: string) => ({ table: 'schedules', id }) as const;

function columnsOf({ seal }: Store, id: string, { name, cron, time_zone, plan, enabled, overlap }: Schedule) {
  const sealed = closeSpec(seal, plan, placeOf(id)) as unknown as Prisma.InputJsonObject;
  return { name, cron, timeZone: time_zone, plan: sealed, enabled, overlap };
}
