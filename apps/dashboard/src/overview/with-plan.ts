import type { OverviewView, PlanView } from '@keyferry/core';

/**
 * An overview with what the stream tells of a plan in it; null when that is not all that has changed, and it is to be read
 * again: a plan that is new, over or in another state changes what it waits for, and the verdict.
 */
export function withPlan(overview: OverviewView, plan: Omit<PlanView, 'spec'>): OverviewView | null {
  const { items } = overview.plans;
  const known = items.find(({ id }) => id === plan.id);
  if (known === undefined || known.state !== plan.state || known.reason !== plan.reason) return null;
  const { counts, window, eta_seconds, lower_bound_seconds, replicas_per_second, started_at } = plan;
  const now = { ...known, counts, window, eta_seconds, lower_bound_seconds, replicas_per_second, started_at };
  return { ...overview, plans: { ...overview.plans, items: items.map((one) => (one === known ? now : one)) } };
}
