import { type Decision, laneId } from '@keyferry/core';
import type { CallKind, ReplicaRow } from '@keyferry/store';
import { activeSpan, isTracing } from '@keyferry/tracing';
import { callLane } from '../dispatch/call-budgets.ts';
import type { WorkContext } from '../work-context.ts';

/** What a span tells of the replica that it is about. */
export function aboutReplica(row: ReplicaRow, kind: CallKind = row.operation): Record<string, string> {
  return {
    'keyferry.plan.id': row.plan_id,
    'keyferry.replica.id': row.id,
    'keyferry.lane': laneId(callLane(kind, row)),
  };
}

/** Points from the active span at the requests that submitted these plans. A plan that cannot be read now is left out. */
export async function linkPlans({ store }: Pick<WorkContext, 'store'>, planIds: Iterable<string>): Promise<void> {
  if (!isTracing()) return;
  const span = activeSpan();
  for (const id of new Set(planIds)) {
    const plan = await store.plans.of(id).catch(() => null);
    span.link(plan?.traceparent ?? null);
  }
}

/** Tells in the active span what was decided about its replica. */
export function noteDecision({ changes }: Decision): void {
  const span = activeSpan();
  if (changes.state) span.note({ 'keyferry.replica.state': changes.state });
  if (changes.error) span.fail(changes.error.code);
}
