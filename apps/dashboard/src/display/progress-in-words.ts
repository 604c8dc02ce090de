import { finishedCount, type PlanView } from '@keyferry/core';

/** The progress of a plan. Before it starts there is none: replicas that are present or blocked already do not count. */
export function progressInWords(
  { counts, ...plan }: Pick<PlanView, 'counts' | 'started_at' | 'finished_at'>,
  what?: string,
): string {
  const total = [counts.total.toLocaleString('en'), what].filter(Boolean).join(' ');
  return isYetToStart(plan)
    ? `${counts.pending.toLocaleString('en')} of ${total} pending`
    : `${finishedCount(counts).toLocaleString('en')} of ${total} finished`;
}

export function isYetToStart({ started_at, finished_at }: Pick<PlanView, 'started_at' | 'finished_at'>): boolean {
  return started_at === null && finished_at === null;
}
