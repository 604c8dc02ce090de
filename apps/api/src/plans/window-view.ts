import { type OpenInterval, openPlanStates, type PlanWindowView, windowAt } from '@keyferry/core';
import type { PlanStatusRow } from '@keyferry/store';

/** The maintenance window of a plan that is open at `now`, or the next; null when it has none or is at its end. */
export function windowView(plan: PlanStatusRow, now: number): PlanWindowView | null {
  if (!openPlanStates.includes(plan.state)) return null;
  const interval = intervalAt(plan, new Date(now));
  return (
    interval && {
      open: interval.opensAt.getTime() <= now,
      opens_at: interval.opensAt.toISOString(),
      closes_at: interval.closesAt.toISOString(),
    }
  );
}

/** As it stands in the plan, unless it has passed and no worker has moved it on yet. */
function intervalAt(
  { windows, window_opens_at: windowOpensAt, window_closes_at: windowClosesAt }: PlanStatusRow,
  now: Date,
): OpenInterval | null {
  if (windowOpensAt === null || windowClosesAt === null) return null;
  return windowClosesAt > now ? { opensAt: windowOpensAt, closesAt: windowClosesAt } : windowAt(windows, now);
}
