import { checkInput, type InputError, nextCronTime, type PlanSpec, planOfRun, planSpecSchema } from '@keyferry/core';
import { databaseNow } from '../database-now.ts';
import { addPlan } from '../plans/insert-plan.ts';
import { fixRegionGroups } from '../regions/fix-region-groups.ts';
import { inTransaction, Prisma, type Store, type Transaction } from '../store.ts';
import { authorsOf, readSchedule, type ScheduleRow } from './schedules.ts';

/** What came of a run that was due, or asked for. */
export type Run =
  | { readonly outcome: 'submitted'; readonly planId: string }
  /** An earlier plan of it is not finished. */
  | { readonly outcome: 'skipped'; readonly unfinished: string }
  /** Its plan is none any more. */
  | { readonly outcome: 'invalid'; readonly errors: readonly InputError[] };

/** Schedules whose time has come, the longest due first. */
export async function findDueSchedules(store: Store): Promise<string[]> {
  const rows = await store.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM schedules WHERE next_run_at <= now() ORDER BY next_run_at LIMIT 100`;
  return rows.map(({ id }) => id);
}

/**
 * Makes the run of a schedule that is due. Of any number of workers one makes it; null for the others, and where it is not
 * due. However many times have passed since it was due, one run is made for all of them.
 */
export async function runDueSchedule(store: Store, id: string): Promise<Run | null> {
  const now = await databaseNow(store.prisma);
  const schedule = await readSchedule(store, id);
  if (!schedule?.next_run_at || schedule.next_run_at > now) return null;
  const { cron, time_zone: timeZone, next_run_at: nextRunAt } = schedule;
  return makeRun(store, schedule, { now, scheduledFor: nextRunAt, nextRunAt: nextCronTime(cron, timeZone, now) });
}

/** Makes a run now for `caller`, whenever its next one is due; null when there is no such schedule. */
export async function runScheduleNow(store: Store, id: string, caller: string): Promise<Run | null> {
  for (;;) {
    const schedule = await readSchedule(store, id);
    if (schedule === null) return null;
    const now = await databaseNow(store.prisma);
    const { next_run_at: nextRunAt } = schedule;
    const run = await makeRun(store, schedule, { now, scheduledFor: null, nextRunAt, askedBy: caller });
    if (run !== null) return run;
  }
}

/**
 * Submits the plan of a run and moves the schedule on, in one transaction; null when the schedule has been changed or run
 * since it was read, or when the plan of this time is there already.
 */
async function makeRun(
  store: Store,
  schedule: ScheduleRow,
  {
    now,
    scheduledFor,
    nextRunAt,
    askedBy,
  }: { now: Date; scheduledFor: Date | null; nextRunAt: Date | null; askedBy?: string },
): Promise<Run | null> {
  const plan = await readPlanOfRun(store, schedule, scheduledFor ?? now);
  return inTransaction(store, async (tx) => {
    const { id, revision, overlap, scope, updated_by: updatedBy } = schedule;
    const moved = await tx.schedule.updateMany({
      where: { id, revision },
      data: { revision: { increment: 1 }, nextRunAt },
    });
    if (moved.count === 0) return null;
    const note = (data: Prisma.ScheduleUpdateInput) => tx.schedule.update({ where: { id }, data });
    if (scheduledFor !== null && (await tx.plan.count({ where: { scheduleId: id, scheduledFor } })) > 0) return null;
    const unfinished = overlap === 'skip' ? await findUnfinished(tx, id) : null;
    if (unfinished !== null) {
      const reason = `Plan ${unfinished} of this schedule was not finished.`;
      await note({ lastSkippedAt: now, lastSkipReason: reason });
      return { outcome: 'skipped', unfinished };
    }
    if ('errors' in plan) {
      const error = { at: now.toISOString(), errors: [...plan.errors] };
      await note({ lastError: error as unknown as Prisma.InputJsonObject });
      return { outcome: 'invalid', errors: plan.errors };
    }
    // None of those who have a part in it may approve it.
    const by = {
      createdBy: updatedBy,
      alsoBy: [...authorsOf(schedule), ...(askedBy === undefined ? [] : [askedBy])],
      scope,
    };
    const planId = await addPlan(store, tx, { spec: plan.spec, ...by, schedule: { id, scheduledFor } });
    await note({ lastRunAt: now, lastPlanId: planId, lastError: Prisma.DbNull });
    return { outcome: 'submitted', planId };
  });
}

/** As it is valid by now: by this version's rules, with what its Region groups stand for, and within its scope. */
async function readPlanOfRun(
  store: Store,
  { plan, time_zone: timeZone, scope }: ScheduleRow,
  at: Date,
): Promise<{ spec: PlanSpec } | { errors: readonly InputError[] }> {
  const checked = checkInput(planSpecSchema, planOfRun({ plan, time_zone: timeZone }, at));
  return 'errors' in checked ? checked : fixRegionGroups(store, checked.data, scope);
}

/** A plan of the schedule that is under way; a preview that waits to be executed is not. */
async function findUnfinished(tx: Transaction, scheduleId: string): Promise<string | null> {
  const plan = await tx.plan.findFirst({
    where: { scheduleId, finishedAt: null, state: { not: 'previewed' } },
    select: { id: true },
    orderBy: { id: 'desc' },
  });
  return plan?.id ?? null;
}
