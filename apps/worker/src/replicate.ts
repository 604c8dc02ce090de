import { setTimeout as wait } from 'node:timers/promises';
import { CckmError } from '@keyferry/cckm';
import {
  after,
  afterAccepted,
  afterLook,
  afterRefused,
  blockedError,
  checkBlock,
  type Decision,
  errorRule,
  replicaBlockFor,
  toReplicaError,
} from '@keyferry/core';
import {
  type AttemptRecord,
  claimReplicas,
  type HeldReplicaRow,
  type ReplicaToMake,
  slotToleranceMs,
  slowLane,
  throttledLane,
} from '@keyferry/store';
import { activeSpan, traced } from '@keyferry/tracing';
import { answered, failed } from './attempt-record.ts';
import { callLane } from './call-budgets.ts';
import { failureOf } from './call-failure.ts';
import { asFound } from './found-replica.ts';
import { noteCall } from './note-call.ts';
import { callContext, lookContext } from './rules-of.ts';
import { aboutReplica, linkPlans, noteDecision } from './trace-job.ts';
import type { WorkContext } from './work-context.ts';

/** What is left of the lease when a call may still be started: the call itself is watched by heartbeats. */
const leaseMarginMs = 500;
/** How long after a question that failed it is asked again, on average. */
const askAgainMs = 5_000;

/**
 * Makes one replica: claims the released row, waits for its slot, calls replicate-key once and records what came of it.
 * Anything that is to be repeated goes back through the dispatcher, so that every call to AWS is paced.
 */
export async function replicate(context: WorkContext, job: { id: string; epoch: number }): Promise<void> {
  const workerId = context.session.id;
  const [claimed] = await traced('claim', {}, () => claimReplicas(context.store, workerId, [job]));
  if (!claimed) return;
  const { row } = claimed;
  activeSpan().note({ ...aboutReplica(row), 'keyferry.attempt': row.attempts + 1 });
  await context.held.while([row.id], async () => {
    await linkPlans(context, [row.planId]);
    const attempts: AttemptRecord[] = [];
    const known =
      keptOut(claimed) ??
      (row.lookFirst ? await traced('reconcile', {}, () => lookFirst(context, row, attempts)) : null);
    const decision = known ?? (await traced('replicate', {}, () => call(context, claimed, attempts)));
    noteDecision(decision);
    // Asked and not there: once is enough, should this call miss its slot.
    const changes = row.lookFirst && known === null ? { lookFirst: false, ...decision.changes } : decision.changes;
    await traced('record', {}, () => context.outcomes.write(workerId, { row, changes, attempts }));
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
  const { session, cckm } = context;
  const asked = { operation: 'reconcile', startedAt: session.now() } as const;
  try {
    const answer = await cckm.findMembers(row.mrk, { region: row.region });
    const found = answer.value.find((member) => member.region === row.region && !member.gone);
    const decision = found
      ? afterLook(
          { ...row, unsettledSince: asked.startedAt },
          await asFound(context, row, found),
          await lookContext(context, row),
        )
      : null;
    attempts.push(answered(session, asked, answer, decision?.note ?? 'not there: called'));
    return decision;
  } catch (error) {
    const failure = failureOf(error);
    attempts.push(failed(session, asked, error, 'asked again later'));
    // Only the question failed: nothing was called, and no attempt of the replica is used up.
    if (errorRule(failure.code).verdict === 'final') {
      const replicaError = { ...toReplicaError(failure), retryable: false };
      return { changes: { state: 'failed', error: replicaError }, note: 'CCKM cannot be asked' };
    }
    const delay = Math.max(failure.retryAfterMs ?? 0, askAgainMs * (0.5 + context.random()));
    return { changes: { state: 'pending', notBefore: after(session.now(), delay) }, note: 'asked again later' };
  }
}

async function call(context: WorkContext, claimed: ReplicaToMake, attempts: AttemptRecord[]): Promise<Decision> {
  const { session, cckm, store } = context;
  const { row, delayMs } = claimed;
  const spec = await context.plans.specOf(row.planId);
  const pair = replicaBlockFor(spec, { ...row, arn: row.keyArn ?? '' }, row.region, row.settings);
  const broken = checkBlock(pair);
  // A retry of a row that preflight had blocked: nothing has changed that could make it pass.
  if (broken)
    return { changes: { state: 'blocked', error: blockedError(broken.code, broken.message) }, note: 'not called' };
  const { block } = pair;
  const lane = callLane('replicate', row);
  const slow = async () => slowLane(store, await throttledLane(store, row));
  const slotAt = Date.now() + delayMs;
  activeSpan().note({ 'keyferry.slot.wait_ms': Math.max(0, Math.round(delayMs)) });
  if (delayMs > 0) await wait(delayMs);
  const called = { operation: 'replicate', startedAt: session.now() } as const;
  try {
    if (session.remainingMs() < leaseMarginMs) throw leaseLost();
    const answer = await cckm.replicateKey(
      row.keyId,
      { region: row.region, block, origin: row.origin },
      { sendBefore: slotAt + slotToleranceMs },
    );
    const made = { replicaKeyId: answer.value.id, replicaArn: answer.value.arn };
    const decision = afterAccepted(row, made, await callContext(context, row));
    attempts.push(answered(session, called, answer, decision.note));
    await noteCall(context, lane, claimed, null, slow);
    return decision;
  } catch (error) {
    const failure = failureOf(error);
    const withAlias = block.aws_param?.Alias !== undefined;
    const decision = afterRefused(row, failure, await callContext(context, row, { failure, since: called.startedAt }), {
      withAlias,
    });
    if (failure.code !== 'not_sent') attempts.push(failed(session, called, error, decision.note));
    await noteCall(context, lane, claimed, failure.code, slow);
    return decision;
  }
}

function leaseLost(): CckmError {
  return new CckmError({ code: 'not_sent', message: 'The lease ran out before the call.', mayHaveLanded: false });
}
