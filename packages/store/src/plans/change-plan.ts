import {
  type FailureTolerance,
  type Limits,
  loosenedLimits,
  type MaintenanceWindow,
  type PlanState,
  underWayPlanStates,
} from '@keyferry/core';
import { inTransaction, type Store } from '../store.ts';
import { voidApprovals } from './approvals.ts';
import { goesOn, keepsApproved } from './goes-on.ts';
import { noteProposer } from './note-proposer.ts';
import { windowColumns } from './plan-window.ts';

/** Pauses or cancels a plan in one of the `from` states, for the caller `by`; false: it is in another state by now, or gone. */
export async function stopPlan(
  store: Store,
  planId: string,
  from: readonly PlanState[],
  to: 'paused' | 'cancelled',
  by: string,
): Promise<boolean> {
  const done = `${to === 'paused' ? 'Paused' : 'Cancelled'} by ${by} at `;
  const changed = await inTransaction(
    store,
    (tx) => tx.$executeRaw`
      UPDATE plans SET state = ${to}::plan_state, reason = ${done}::text || event_time(now()) || '.'
      WHERE id = ${planId}::uuid AND state::text = ANY(${[...from]})`,
  );
  return changed === 1;
}

/** Cancels a plan that waits for approval, with what its approver says; answers false when it is in another state by now (or gone). */
export async function rejectPlan(
  store: Store,
  planId: string,
  from: readonly PlanState[],
  { caller, comment }: { caller: string; comment: string | null },
): Promise<boolean> {
  const reason = comment === null ? `Rejected by ${caller}.` : `Rejected by ${caller}: ${comment}`;
  const changed = await inTransaction(
    store,
    (tx) => tx.$executeRaw`
      UPDATE plans SET state = 'cancelled', reason = ${reason}
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
  return inTransaction(store, async (tx) => {
    // Before its approvals are counted: a change of the plan may just be voiding them.
    await tx.$executeRaw`SELECT 1 FROM plans WHERE id = ${planId}::uuid FOR NO KEY UPDATE`;
    const changed = await tx.$executeRaw`
      UPDATE plans p SET reason = NULL, finished_at = NULL, state = ${goesOn(keepsApproved)},
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

/** What became of a change: `loosens` names the limits that a plan which runs under approvals cannot have loosened. */
export type LimitsChanged = 'changed' | 'wrong_state' | { readonly loosens: readonly (keyof Limits)[] };

/**
 * Changes a plan's limits in one of the `from` states, for `caller`. The limits are part of what was approved: a plan that has
 * not started is to be approved anew. One that has started may have them tightened at any time, and loosened while it
 * stands still: then it is to be approved anew, too. Those of a plan of a drill were approved with that.
 */
export function changePlanLimits(
  store: Store,
  planId: string,
  from: readonly PlanState[],
  limits: PlanLimits,
  caller: string,
): Promise<LimitsChanged> {
  const { failureTolerance: tolerance } = limits;
  return inTransaction(store, async (tx) => {
    const [plan] = await tx.$queryRaw<LockedLimits[]>`
      SELECT p.state::text AS state, p.drill_id IS NOT NULL AS of_drill, p.started_at IS NOT NULL AS has_started,
        coalesce((SELECT d.approvals_required FROM drills d WHERE d.id = p.drill_id), p.approvals_required) > 0 AS is_approved,
        plan_limits(p.priority, p.max_in_flight, p.windows, p.tolerance_count, p.tolerance_percent) AS limits
      FROM plans p WHERE p.id = ${planId}::uuid FOR NO KEY UPDATE OF p`;
    if (plan === undefined || !from.includes(plan.state)) return 'wrong_state';
    const goesOn = plan.of_drill || (plan.has_started && underWayPlanStates.includes(plan.state));
    const loosens = plan.is_approved && goesOn ? loosenedLimits(plan.limits, { ...plan.limits, ...named(limits) }) : [];
    if (loosens.length > 0 && (plan.of_drill || plan.state === 'running')) return { loosens };
    await tx.plan.update({
      where: { id: planId },
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
      select: { id: true },
    });
    await noteProposer(tx, planId, caller);
    if (!goesOn || loosens.length > 0) await voidApprovals(tx, planId, caller);
    return 'changed';
  });
}

interface LockedLimits {
  readonly state: PlanState;
  /** It needed approvals, or its drill did. */
  readonly is_approved: boolean;
  readonly of_drill: boolean;
  readonly has_started: boolean;
  readonly limits: Limits;
}

/** The limits that a change names, as an approval binds them. */
function named({ priority, maxInFlight, failureTolerance, windows }: PlanLimits): Partial<Limits> {
  return {
    ...(priority === undefined ? {} : { priority }),
    ...(maxInFlight === undefined ? {} : { max_in_flight: maxInFlight }),
    ...(failureTolerance === undefined ? {} : { failure_tolerance: failureTolerance }),
    ...(windows === undefined ? {} : { windows: [...windows] }),
  };
}
