import { finishedCount, type PlanView } from '@keyferry/core';

/** How far a plan is. Before it starts nothing of it is done: replicas that are present or blocked already are no progress. */
export function progressInWords(
  { counts, ...plan }: Pick<PlanView, 'counts' | 'started_at' | 'finished_at'>,
  what?: string,
): string {
  const total = [counts.total.toLocaleString('en'), what].filter(Boolean).join(' ');
  return isYetToStart(plan)
    ? `${counts.pending.toLocaleString('en')} of ${total} pending`
    : `${finishedCount(counts).toLocaleString('en')} of ${total} settled`;
}

export function isYetToStart({ started_at, finished_at }: Pick<PlanView, 'started_at' | 'finished_at'>): boolean {
  return started_at === null && finished_at === null;
}
