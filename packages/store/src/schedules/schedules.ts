import { type InputError, nextCronTime, type PlanSpec, type Schedule, type Scope } from '@keyferry/core';
import { givenScope, scopeColumn, scopeData, within } from '../access/scope.ts';
import { databaseNow } from '../database-now.ts';
import { newId } from '../new-id.ts';
import { closeSpec, openSpec } from '../seal/policies.ts';
import { type Connection, inTransaction, Prisma, type Store } from '../store.ts';

/** A schedule as it is stored. */
export interface ScheduleRow {
  readonly id: string;
  readonly name: string;
  readonly cron: string;
  readonly time_zone: string;
  readonly plan: PlanSpec;
  readonly enabled: boolean;
  readonly overlap: 'skip' | 'allow';
  /** Of who made it, whoever changes it; its plans have the same. */
  readonly scope: Scope;
  readonly created_by: string;
  readonly created_at: Date;
  /** Who has written what it said before. */
  readonly authors: readonly string[];
  readonly updated_by: string;
  readonly updated_at: Date;
  /** Raised by every change, so that a run that was begun from an older one is not kept. */
  readonly revision: number;
  /** Null: it is not enabled. */
  readonly next_run_at: Date | null;
  readonly last_run_at: Date | null;
  readonly last_plan_id: string | null;
  readonly last_skipped_at: Date | null;
  readonly last_skip_reason: string | null;
  readonly last_error: { readonly at: string; readonly errors: readonly InputError[] } | null;
}

/** Reads schedules by a condition on `schedules s`, newest first. */
async function selectSchedules({ prisma, seal }: Store, where: Prisma.Sql, limit: number): Promise<ScheduleRow[]> {
  const rows = await prisma.$queryRaw<ScheduleRow[]>`
    SELECT s.id, s.name, s.cron, s.time_zone, s.plan, s.enabled, s.overlap::text AS overlap, ${scopeColumn('s')}, s.created_by,
      s.created_at, s.authors, s.updated_by, s.updated_at, s.revision, s.next_run_at, s.last_run_at, s.last_plan_id,
      s.last_skipped_at, s.last_skip_reason, s.last_error
    FROM schedules s WHERE ${where} ORDER BY s.id DESC LIMIT ${limit}`;
  return rows.map((row) => ({ ...row, plan: openSpec(seal, row.plan, placeOf(row.id)) }));
}

export async function readSchedule(store: Store, id: string): Promise<ScheduleRow | null> {
  const [row] = await selectSchedules(store, Prisma.sql`s.id = ${id}::uuid`, 1);
  return row ?? null;
}

/** A page of the schedules within a scope, newest first; `before` is the id of the last one seen. */
export function listSchedules(
  store: Store,
  scope: Scope,
  { limit, before }: { limit: number; before: string | null },
): Promise<ScheduleRow[]> {
  const older = before === null ? Prisma.sql`true` : Prisma.sql`s.id < ${before}::uuid`;
  return selectSchedules(store, Prisma.sql`${within(givenScope(scope), 's')} AND ${older}`, limit);
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
      row.enabled && schedule.enabled && row.cron === schedule.cron && row.time_zone === schedule.time_zone;
    const changes = {
      ...columnsOf(store, id, schedule),
      authors: authorsOf(row),
      updatedBy,
      updatedAt: await databaseNow(store.prisma),
      revision: { increment: 1 },
      nextRunAt: sameTimes ? row.next_run_at : await nextRun(store.prisma, schedule),
      lastError: Prisma.DbNull,
    };
    const where = { id, revision: row.revision };
    const { count } = await inTransaction(store, (tx) => tx.schedule.updateMany({ where, data: changes }));
    if (count === 1) return true;
  }
}

/** Who has ever written what a schedule says. */
export function authorsOf({ authors, created_by: createdBy, updated_by: updatedBy }: ScheduleRow): string[] {
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
  readonly time_zone: string;
}

/** The times of all schedules that are enabled. */
export function readRunTimes(store: Store): Promise<RunTimes[]> {
  return store.prisma.$queryRaw`SELECT id, cron, time_zone FROM schedules WHERE next_run_at IS NOT NULL`;
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
