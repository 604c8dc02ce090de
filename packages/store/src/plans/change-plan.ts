import type { FailureTolerance, MaintenanceWindow, PlanState } from '@keyferry/core';
import { inTransaction, Prisma, type Store } from '../store.ts';
import { voidApprovals } from './approvals.ts';
import { noteProposer } from './note-proposer.ts';
import { windowColumns } from './plan-window.ts';

/** Pauses or cancels a plan that is in one of the `from` states; answers false when it is in another by now (or gone). */
export async function stopPlan(
  store: Store,
  planId: string,
  from: readonly PlanState[],
  to: 'paused' | 'cancelled',
): Promise<boolean> {
  const changed = await inTransaction(
    store,
    (tx) => tx.$executeRaw`
      UPDATE plans SET state = ${to}::plan_state, reason = ${to === 'paused' ? 'Paused by hand.' : 'Cancelled by hand.'}
      WHERE id = ${planId}::uuid AND state::text = ANY(${[...from]})`,
  );
  return changed === 1;
}

/**
 * Lets a paused or halted plan go on; one that has not started waits for its `start_at` where that lies ahead, for its
 * drill where that does not let it run, or for approvals that it lacks by now. Answers false when it is in another state. What has failed so far is accepted: the
 * failure tolerance counts anew from here.
 */
export function resumePlan(store: Store, planId: string, from: readonly PlanState[]): Promise<boolean> {
  const unapproved = Prisma.sql`(p.started_at IS NULL AND NOT is_approved(p))`;
  // One that has not started is looked at before its first call.
  const mustWait = Prisma.sql`(p.start_at > now() OR p.started_at IS NULL)`;
  return inTransaction(store, async (tx) => {
    // Before its approvals are counted: a change of the plan may just be voiding them.
    await tx.$executeRaw`SELECT 1 FROM plans WHERE id = ${planId}::uuid FOR NO KEY UPDATE`;
    const changed = await tx.$executeRaw`
      UPDATE plans p SET reason = NULL, finished_at = NULL,
        state = (CASE WHEN ${unapproved} THEN 'awaiting_approval'
          WHEN ${mustWait} THEN 'scheduled' ELSE 'running' END)::plan_state,
        started_at = CASE WHEN ${unapproved} OR ${mustWait} THEN p.started_at
          ELSE coalesce(p.started_at, now()) END,
        failures_accepted = CASE WHEN p.state = 'halted'
          THEN (SELECT coalesce(sum(l.failed), 0) FROM plan_lanes l WHERE l.plan_id = p.id) ELSE p.failures_accepted END
      WHERE p.id = ${planId}::uuid AND p.state::text = ANY(${[...from]})`;
    return changed === 1;
  });
}

/** What may be changed on a plan that is not at its end. */
export interface PlanLimits {
  readonly priority?: number | undefined;
  readonly maxInFlight?: number | undefined;
  /** Null takes the tolerance away. */
  readonly failureTolerance?: FailureTolerance | null | undefined;
  /** None: at any time. */
  readonly windows?: readonly MaintenanceWindow[] | undefined;
}

/**
 * Changes a plan's limits in one of the `from` states, for `caller`; answers false when it is in another. The limits are
 * part of what was approved: a plan that has not started is to be approved anew.
 */
export function changePlanLimits(
  store: Store,
  planId: string,
  from: readonly PlanState[],
  limits: PlanLimits,
  caller: string,
): Promise<boolean> {
  const { failureTolerance: tolerance } = limits;
  return inTransaction(store, async (tx) => {
    const { count } = await tx.plan.updateMany({
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
        ...(limits.windows === undefined ? {} : await windowColumns(tx, limits.windows)),
      },
    });
    if (count === 0) return false;
    await noteProposer(tx, planId, caller);
    await voidApprovals(tx, planId, caller);
    return true;
  });
}
