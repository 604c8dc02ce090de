import type { ScheduleView } from '@keyferry/core';
import type { ScheduleRow } from '@keyferry/store';
import { showRow } from '../http/show-row.ts';

/** A schedule as the API tells it. */
export function scheduleView({ authors, revision, ...schedule }: ScheduleRow): ScheduleView {
  return showRow(schedule);
}
