import { type ScheduleView, scopeView } from '@keyferry/core';
import type { ScheduleRow } from '@keyferry/store';

/** A schedule as the API tells it. */
export function scheduleView(schedule: ScheduleRow): ScheduleView {
  return {
    id: schedule.id,
    name: schedule.name,
    cron: schedule.cron,
    time_zone: schedule.timeZone,
    plan: schedule.plan,
    enabled: schedule.enabled,
    overlap: schedule.overlap,
    scope: scopeView(schedule.scope),
    created_by: schedule.createdBy,
    created_at: schedule.createdAt.toISOString(),
    updated_by: schedule.updatedBy,
    updated_at: schedule.updatedAt.toISOString(),
    next_run_at: schedule.nextRunAt?.toISOString() ?? null,
    last_run_at: schedule.lastRunAt?.toISOString() ?? null,
    last_plan_id: schedule.lastPlanId,
    last_skipped_at: schedule.lastSkippedAt?.toISOString() ?? null,
    last_skip_reason: schedule.lastSkipReason,
    last_error: schedule.lastError && { at: schedule.lastError.at, errors: [...schedule.lastError.errors] },
  };
}
