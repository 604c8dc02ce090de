import type { FailureTolerance, PlanState } from '@keyferry/core';
import type { Store } from '../store.ts';

/** Pauses or cancels a plan that is in one of the `from` states; answers false when it is in another by now (or gone). */
export async function stopPlan(
  store: Store,
  planId: string,
  from: readonly PlanState[],
  to: 'paused' | 'cancelled',
): Promise<boolean> {
  const changed = await store.prisma.$executeRaw`
    UPDATE plans SET state = ${to}::plan_state, reason = ${to === 'paused' ? 'Paused by hand.' : 'Cancelled by hand.'}
    WHERE id = ${planId}::uuid AND state::text = ANY(${[...from]})`;
  return changed === 1;
}

/**
 * Lets a paused or halted plan go on, or wait for its `start_at` where that lies ahead; answers false when it is in another
 * state. What has failed so far is accepted: the failure tolerance counts anew from here.
 */
export async function resumePlan(store: Store, planId: string, from: readonly PlanState[]): Promise<boolean> {
  const changed = await store.prisma.$executeRaw`
    UPDATE plans p SET reason = NULL, finished_at = NULL,
      state = (CASE WHEN p.start_at > now() THEN 'scheduled' ELSE 'running' END)::plan_state,
      started_at = CASE WHEN p.start_at > now() THEN p.started_at ELSE coalesce(p.started_at, now()) END,
      failures_accepted = CASE WHEN p.state = 'halted'
        THEN (SELECT coalesce(sum(l.failed), 0) FROM plan_lanes l WHERE l.plan_id = p.id) ELSE p.failures_accepted END
    WHERE p.id = ${planId}::uuid AND p.state::text = ANY(${[...from]})`;
  return changed === 1;
}

/** What may be changed on a plan that is not at its end. */
export interface PlanLimits {
  readonly priority?: number | undefined;
  readonly maxInFlight?: number | undefined;
  /** Null takes the tolerance away. */
  readonly failureTolerance?: FailureTolerance | null | undefined;
}

/** Changes a plan's limits in one of the `from` states; answers false when it is in another. */
export async function changePlanLimits(
  store: Store,
  planId: string,
  from: readonly PlanState[],
  limits: PlanLimits,
): Promise<boolean> {
  const { failureTolerance: tolerance } = limits;
  const { count } = await store.prisma.plan.updateMany({
    where: { id: planId, state: { in: [...from] } },
    data: {
      ...(limits.priority === undefined ? {} : { priority: limits.priority }),
      ...(limits.maxInFlight === undefined ? {} : { maxInFlight: limits.maxInFlight }),
      ...(tolerance === undefined
        ? {}
        : {
            toleranceCount: tolerance && 'count' in tolerance ? tolerance.count : null,
            tolerancePercent: tolerance && 'percent' in tolerance ? tolerance.percent : null,
          }),
    },
  });
  return count === 1;
}
