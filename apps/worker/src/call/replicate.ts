import {
  afterAccepted,
  afterLook,
  afterRefused,
  blockedError,
  checkBlock,
  checkOrigin,
  type Decision,
  replicaBlockFor,
} from '@keyferry/core';
import { type AttemptRecord, type HeldReplicaRow, type ReplicaToMake, slowLane, throttledLane } from '@keyferry/store';
import { activeSpan, traced } from '@keyferry/tracing';
import { failureOf } from '../cckm/call-failure.ts';
import { findSet } from '../cckm/find-set.ts';
import { asFound } from '../cckm/found-replica.ts';
import { refreshKeys } from '../cckm/refresh-keys.ts';
import type { WorkContext } from '../work-context.ts';
import { afterUnanswered } from './after-unanswered.ts';
import { unlessAsResolved } from './as-resolved.ts';
import { answered, failed } from './attempt-record.ts';
import type { HeldCall } from './claims.ts';
import { afterStaleIdentity, followMovedPrimary } from './follow-primary.ts';
import { withNamedReplica } from './names-replica.ts';
import { noteCall } from './note-call.ts';
import { reachSlot } from './reach-slot.ts';
import { callContext, lookContext } from './rules-of.ts';
import { aboutReplica, linkPlans, noteDecision } from './trace-job.ts';
import { withLostPrimary } from './with-lost-primary.ts';

/**
 * Makes one replica: claims the released row, waits for its slot, calls replicate-key once and records what came of it.
 * Anything that is to be repeated goes back through the dispatcher, so that every call to AWS is paced.
 */
export async function replicate(context: WorkContext, job: { id: string; epoch: number }): Promise<void> {
  const workerId = context.session.id;
  const claimed = await traced('claim', {}, () => context.claims.replica(workerId, job));
  if (!claimed) return;
  const { row } = claimed;
  activeSpan().note({ ...aboutReplica(row), 'keyferry.attempt': row.attempts + 1 });
  await context.held.while([row.id], async () => {
    await linkPlans(context, [row.planId]);
    const attempts: AttemptRecord[] = [];
    const known =
      keptOut(claimed) ??
      (await unlessAsResolved(context, row, 'blocked')) ??
      (row.lookFirst ? await traced('reconcile', {}, () => lookFirst(context, row, attempts)) : null);
    const decision = known ?? (await traced('replicate', {}, () => call(context, claimed, workerId, attempts)));
    noteDecision(decision);
    // Asked and not there: once is enough, should this call miss its slot.
    const changes = row.lookFirst && known === null ? { lookFirst: false, ...decision.changes } : decision.changes;
    await traced('record', {}, () => context.outcomes.write(workerId, { row, changes, attempts }));
    await refreshKeys(context, decision.refresh ?? []);
  });
}

/** The last look at the plan's scope before any call: nothing that became of the row or the plan since leads past it. */
function keptOut({ row, outOfScope }: ReplicaToMake): Decision | null {
  if (!outOfScope) return null;
  const message = `${row.region} of account ${row.account} is outside the scope of this plan.`;
  return { changes: { state: 'blocked', error: blockedError('out_of_scope', message) }, note: 'not called' };
}

/** Asks CCKM before the call; null when there is nothing and the call is to be made. */
async function lookFirst(
  context: WorkContext,
  row: HeldReplicaRow,
  attempts: AttemptRecord[],
): Promise<Decision | null> {
  const { session } = context;
  const asked = { operation: 'reconcile', startedAt: session.now() } as const;
  try {
    const answer = await findSet(context, row);
    const found = answer.value.find((member) => member.region === row.region && !member.gone);
    const decision = found
      ? afterLook(
          { ...row, unsettledSince: asked.startedAt },
          await asFound(context, row, found),
          await lookContext(context, row),
        )
      : await followMovedPrimary(context, row, answer.value);
    attempts.push(answered(session, asked, answer, decision?.note ?? 'not there: called'));
    return decision;
  } catch (error) {
    const failure = failureOf(error);
    attempts.push(failed(session, asked, error, 'asked again later'));
    return afterUnanswered(context, failure);
  }
}

async function call(
  context: WorkContext,
  claimed: HeldCall<ReplicaToMake>,
  workerId: string,
  attempts: AttemptRecord[],
): Promise<Decision> {
  const { session, cckm, store } = context;
  const { row } = claimed;
  const spec = await context.store.plans.specOf(row.planId);
  const pair = replicaBlockFor(spec, { ...row, arn: row.keyArn ?? '' }, row.region, row.settings);
  const broken = checkBlock(pair) ?? checkOrigin(pair.block, row.origin);
  // A retry of a row that preflight had blocked: nothing has changed that could make it pass.
  if (broken)
    return { changes: { state: 'blocked', error: blockedError(broken.code, broken.message) }, note: 'not called' };
  const { block } = pair;
  const slow = async () => slowLane(store, await throttledLane(store, row));
  activeSpan().note({ 'keyferry.slot.wait_ms': Math.max(0, Math.round(claimed.slot.at - Date.now())) });
  let called = { operation: 'replicate', startedAt: session.now() } as const;
  try {
    const window = await reachSlot(context, claimed, 'replicate', workerId);
    called = { ...called, startedAt: session.now() };
    const answer = await cckm.replicateKey(row.keyId, { region: row.region, block, origin: row.origin }, window);
    const made = { replicaKeyId: answer.value.id, replicaArn: answer.value.arn };
    const decision = afterAccepted(row, made, await callContext(context, row));
    attempts.push(answered(session, called, answer, decision.note));
    await noteCall(context, 'replicate', claimed, null, slow);
    return decision;
  } catch (error) {
    const failure = withNamedReplica(withLostPrimary(failureOf(error), 'replicate', row.primaryRegion), row);
    const moved = await afterStaleIdentity(context, row, failure);
    if (moved !== null) {
      attempts.push(failed(session, called, error, moved.note));
      await noteCall(context, 'replicate', claimed, failure, slow);
      return moved;
    }
    const withAlias = block.aws_param?.Alias !== undefined;
    const decision = afterRefused(row, failure, await callContext(context, row, { failure, since: called.startedAt }), {
      withAlias,
    });
    if (failure.code !== 'not_sent') attempts.push(failed(session, called, error, decision.note));
    await noteCall(context, 'replicate', claimed, failure, slow);
    return decision;
  }
}
