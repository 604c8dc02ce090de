import type { Limits, PlanView } from '../api/views.ts';
import type { PlanSpec } from './spec.ts';

/** The limits in force of a plan, as an approval binds them. */
export function limitsOf({ spec }: Pick<PlanView, 'spec'>): Limits {
  const { priority, max_in_flight, failure_tolerance = null, windows } = (spec as PlanSpec).options;
  return { priority, max_in_flight, failure_tolerance, windows };
}
