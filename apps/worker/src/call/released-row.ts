import { blockedError, type Decision } from '@keyferry/core';
import { type AttemptRecord, type CallKind, finishingStates, type HeldReplicaRow } from '@keyferry/store';
import { activeSpan, traced } from '@keyferry/tracing';
import { refreshKeys } from '../cckm/refresh-keys.ts';
import type { WorkContext } from '../work-context.ts';
import { unlessAsResolved } from './as-resolved.ts';
import type { HeldCall } from './claims.ts';
import { aboutReplica, linkPlans, noteDecision } from './trace-job.ts';

/** A row that the dispatcher released, in the hands of this worker. */
export type ReleasedRow = HeldCall & {
  readonly kind: CallKind;
  readonly workerId: string;
  /** For the attempt log of its replica. */
  readonly attempts: AttemptRecord[];
};

/**
 * Claims a released row, decides what becomes of it and records that with the attempts that were made. Anything that is to be
 * repeated goes back through the dispatcher, so that every call to AWS is paced.
 */
export async function withReleasedRow(
  context: WorkContext,
  kind: CallKind,
  job: { id: string; epoch: number },
  decide: (released: ReleasedRow) => Promise<Decision>,
): Promise<void> {
  const workerId = context.session.id;
  const claimed = await traced('claim', {}, () => context.claims.of(kind, workerId, job));
  if (!claimed) return;
  const { row } = claimed;
  const attempts: AttemptRecord[] = [];
  activeSpan().note({ ...aboutReplica(row, kind), 'keyferry.attempt': failuresOf(row, kind) + 1 });
  await context.held.while([row.id], async () => {
    await linkPlans(context, [row.plan_id]);
    const decision =
      keptOut(claimed, kind) ??
      (await unlessAsResolved(context, row, kind in finishingStates ? 'failed' : 'blocked')) ??
      (await decide({ ...claimed, kind, workerId, attempts }));
    noteDecision(decision);
    const { changes, refresh = [] } = decision;
    await traced('record', {}, () => context.outcomes.write(workerId, { row, changes, attempts }));
    await refreshKeys(context, refresh);
  });
}

/** How many calls of a kind have failed for a row. */
function failuresOf({ attempts, imports, alias_calls: aliasCalls }: HeldReplicaRow, kind: CallKind): number {
  return { replicate: attempts, promote: attempts, import: imports, alias: aliasCalls }[kind];
}

/** The last look at the plan's scope before any call: nothing that became of the row or the plan since leads past it. */
function keptOut({ row, out_of_scope: outOfScope }: HeldCall, kind: CallKind): Decision | null {
  if (!outOfScope) return null;
  const regions = kind === 'promote' ? `${row.primary_region} or ${row.region}` : row.region;
  const message = `${regions} of account ${row.account} is outside the scope of this plan.`;
  return { changes: { state: 'blocked', error: blockedError('out_of_scope', message) }, note: 'not called' };
}
