import { durationInWords, type PlanView, type ThroughputView } from '@keyferry/core';
import { atLeast } from './at-least.ts';

type TimedPlan = Pick<PlanView, 'started_at' | 'finished_at' | 'eta_seconds' | 'lower_bound_seconds' | 'counts'>;

interface TimeFigure {
  readonly name: string;
  readonly value: string;
  readonly beside: string;
}

const byQuotas = 'by the AWS quotas';

/** How long the plan takes or took, and what the AWS quotas alone allow. `run`: of a finished plan, without later retries. */
export function timeFigure(plan: TimedPlan, run?: ThroughputView['run']): TimeFigure {
  const { started_at, finished_at, lower_bound_seconds: bound } = plan;
  if (started_at !== null && finished_at !== null) {
    const took = run?.seconds ?? (Date.parse(finished_at) - Date.parse(started_at)) / 1_000;
    return { name: 'Time taken', value: durationInWords(took), beside: `${durationInWords(bound)} ${byQuotas}` };
  }
  if (started_at === null) return { name: 'Time needed', value: atLeast(bound), beside: byQuotas };
  return { name: 'Time left', ...timeLeft(plan) };
}

/** Until the rate is measured the API answers what the quotas allow: that is no estimate, and is not shown as one. */
function timeLeft({ eta_seconds: eta, lower_bound_seconds: bound, counts }: TimedPlan): Omit<TimeFigure, 'name'> {
  if (eta === null) return { value: '–', beside: 'no progress at present' };
  const waiting = counts.pending + counts.queued + counts.replicating;
  if (waiting === 0) return { value: '–', beside: 'all called, not all usable yet' };
  const least = (bound * waiting) / counts.total;
  const isMeasured = eta > least + 0.01;
  return isMeasured
    ? { value: durationInWords(eta), beside: `${atLeast(least)} ${byQuotas}` }
    : { value: atLeast(least), beside: byQuotas };
}
