import type { Limits } from '../plan/limits.ts';
import type { PlanSpec } from '../plan/spec.ts';
import type { PlanView } from './views.ts';

/** The limits in force of a plan, as an approval binds them. */
export function limitsOf({ spec }: Pick<PlanView, 'spec'>): Limits {
  const { priority, max_in_flight, failure_tolerance = null, windows } = (spec as PlanSpec).options;
  return { priority, max_in_flight, failure_tolerance, windows };
}
