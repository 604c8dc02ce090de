import { durationInWords, type PlanView } from '@keyferry/core';
import { atLeast } from './at-least.ts';

type TimedPlan = Pick<PlanView, 'started_at' | 'finished_at' | 'eta_seconds' | 'lower_bound_seconds' | 'counts'>;

/** How long the plan takes or took, and what the AWS quotas alone allow. */
export function timeFigure(plan: TimedPlan): { name: string; value: string; beside: string } {
  const { started_at, finished_at, eta_seconds, lower_bound_seconds: bound, counts } = plan;
  const allowed = `the quotas alone allow ${durationInWords(bound)}`;
  if (started_at !== null && finished_at !== null) {
    const took = (Date.parse(finished_at) - Date.parse(started_at)) / 1_000;
    return { name: 'Time taken', value: durationInWords(took), beside: allowed };
  }
  if (started_at === null) return { name: 'Time needed', value: atLeast(bound), beside: 'by the AWS quotas alone' };
  if (eta_seconds === null) return { name: 'Time left', value: '–', beside: 'nothing is begun at present' };
  const open = counts.pending + counts.queued + counts.replicating;
  const least = counts.total === 0 ? 0 : (bound * open) / counts.total;
  return {
    name: 'Time left',
    value: durationInWords(eta_seconds),
    beside: `${atLeast(least, 'at least')} by the quotas`,
  };
}
