import { blockedError, type Decision, type ReplicaState, replicaBlockFor, wantedAliases } from '@keyferry/core';
import { type HeldReplicaRow, haltChanged, isAsResolved, specChanged } from '@keyferry/store';
import { failureOf } from '../cckm/call-failure.ts';
import type { WorkContext } from '../work-context.ts';
import { afterUnanswered } from './after-unanswered.ts';

/**
 * The last look, before any call, at whether a row and its plan are those that were resolved and approved. Where somebody has
 * changed one past Keyferry the plan halts, and the row is not called for. Null: they are.
 */
export async function unlessAsResolved(
  context: WorkContext,
  row: HeldReplicaRow,
  state: Extract<ReplicaState, 'blocked' | 'failed'>,
): Promise<Decision | null> {
  const { store } = context;
  const plan = await store.plans.of(row.plan_id);
  if (!plan.isAsSubmitted()) return halt(context, row, state, specChanged);
  if (!isAsResolved(plan, row)) return halt(context, row, state, rowChanged(row));
  // What finishes a replica is called for the replica.
  if (state === 'failed' || row.named_as === null || row.named_as[0] === row.key_id) return null;
  // Its primary has moved since, says the row: the key that it names now must be of the same set.
  try {
    const { value: key } = await context.cckm.findById(row.key_id);
    const same = key !== null && key.keyId === row.mrk && key.account === row.account;
    return same ? null : halt(context, row, state, rowChanged(row));
  } catch (error) {
    return afterUnanswered(context, failureOf(error));
  }
}

/**
 * What finishes a replica is called for what was found out since, which no SHA-256 covers: the replica, and the alias that is
 * due. The one must be a key of the row's set in its Region, says CCKM; the other one of those that its plan asks for. Null: they
 * are. Throws CckmError.
 */
export async function unlessItsReplica(context: WorkContext, row: HeldReplicaRow): Promise<Decision | null> {
  const changed = () => halt(context, row, 'failed', rowChanged(row));
  if (row.alias_due !== null) {
    const spec = await context.store.plans.specOf(row.plan_id);
    const { block } = replicaBlockFor(spec, { ...row, arn: row.key_arn ?? '' }, row.region, row.settings);
    if (!wantedAliases(block).includes(row.alias_due)) return changed();
  }
  const { value: key } = await context.cckm.findById(row.replica_key_id ?? '');
  // A key that CCKM does not know it refuses by itself.
  if (key === null) return null;
  // What a record leaves out is not compared.
  const differs = (told: string | null, own: string) => told !== null && told !== own;
  const isOther = differs(key.keyId, row.mrk) || differs(key.account, row.account) || differs(key.region, row.region);
  return isOther ? changed() : null;
}

async function halt(
  { store, log }: WorkContext,
  row: HeldReplicaRow,
  state: ReplicaState,
  changed: string,
): Promise<Decision> {
  await haltChanged(store, row.plan_id, changed);
  log.error(
    { plan: row.plan_id, replica: row.id },
    'a plan or row was changed in the database: no calls are made for it',
  );
  return { changes: { state, error: blockedError('not_as_resolved', changed) }, note: 'not called' };
}

const rowChanged = ({ region, mrk }: HeldReplicaRow): string =>
  `The row of ${mrk} in ${region} was changed in the database after it was resolved. No call is made for it. Find out who changed it, then submit a new plan.`;
