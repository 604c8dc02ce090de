import type { PlanView } from '@keyferry/core';

/** How often what depends on a plan's replicas is asked for: while it moves, every five seconds. */
export function whileItMoves({ state, finished_at }: PlanView): number | false {
  return finished_at === null && state !== 'previewed' && state !== 'awaiting_approval' ? 5_000 : false;
}
