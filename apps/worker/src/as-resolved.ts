import { blockedError, type Decision, type ReplicaState } from '@keyferry/core';
import { type HeldReplicaRow, haltChanged, isAsResolved, specChanged } from '@keyferry/store';
import type { WorkContext } from './work-context.ts';

/**
 * The last look, before any call, at whether a row and its plan are those that were resolved and approved. Where somebody has
 * changed one past Keyferry the plan halts, and the row is not called for. Null: they are.
 */
export async function unlessAsResolved(
  { store, log }: WorkContext,
  row: HeldReplicaRow,
  state: Extract<ReplicaState, 'blocked' | 'failed'>,
): Promise<Decision | null> {
  const plan = await store.plans.of(row.planId);
  const changed = !plan.isAsSubmitted() ? specChanged : isAsResolved(plan, row) ? null : rowChanged(row);
  if (changed === null) return null;
  await haltChanged(store, row.planId, changed);
  log.error(
    { plan: row.planId, replica: row.id },
    'a plan or a row was changed in the database: nothing is called for it',
  );
  return { changes: { state, error: blockedError('not_as_resolved', changed) }, note: 'not called' };
}

const rowChanged = ({ region, mrk }: HeldReplicaRow): string =>
  `The row of ${mrk} and ${region} is not the one that was resolved: somebody has changed it in the database. Nothing is called for it. Find out who, then submit the plan anew.`;
