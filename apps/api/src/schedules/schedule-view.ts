import type { ScheduleView } from '@keyferry/core';
import { type ScheduleRow, showRow } from '@keyferry/store';

/** A schedule as the API tells it. */
export function scheduleView({ authors, revision, ...schedule }: ScheduleRow): ScheduleView {
  return showRow(schedule);
}
