import { setTimeout as wait } from 'node:timers/promises';
import { CckmError } from '@keyferry/cckm';
import {
  after,
  afterAccepted,
  afterRefused,
  beforePromotion,
  blockedError,
  type CckmKey,
  type Decision,
  errorRule,
  lostPrimary,
  promotionUses,
  toReplicaError,
} from '@keyferry/core';
import { type AttemptRecord, claimReplicas, type ReplicaToMake, slotToleranceMs, slowLane } from '@keyferry/store';
import { activeSpan, traced } from '@keyferry/tracing';
import { answered, failed } from './attempt-record.ts';
import { callLane } from './call-budgets.ts';
import { failureOf } from './call-failure.ts';
import { noteCall } from './note-call.ts';
import { refreshKeys } from './refresh-keys.ts';
import { callContext } from './rules-of.ts';
import { aboutReplica, linkPlans, noteDecision } from './trace-job.ts';
import type { WorkContext } from './work-context.ts';

/** What is left of the lease when a call may still be started: the call itself is watched by heartbeats. */
const leaseMarginMs = 500;
/** How long after a question that failed it is asked again, on average. */
const askAgainMs = 5_000;

/**
 * Makes one Region the primary's: claims the released row, reads the set, waits for its slot and calls
 * update-primary-region once for the key that is the primary then. Anything that is to be repeated goes back through the
 * dispatcher; that the move is done is seen by looking at every member.
 */
export async function promote(context: WorkContext, job: { id: string; epoch: number }): Promise<void> {
  const workerId = context.session.id;
  const [claimed] = await traced('claim', {}, () => claimReplicas(context.store, workerId, [job]));
  if (!claimed) return;
  const { row } = claimed;
  activeSpan().note({ ...aboutReplica(row), 'keyferry.attempt': row.attempts + 1 });
  await context.held.while([row.id], async () => {
    await linkPlans(context, [row.planId]);
    const attempts: AttemptRecord[] = [];
    const decision = keptOut(claimed) ?? (await moveOrKnow(context, claimed, attempts));
    noteDecision(decision);
    const { changes, refresh = [] } = decision;
    await traced('record', {}, () => context.outcomes.write(workerId, { row, changes, attempts }));
    await refreshKeys(context, refresh);
  });
}

function keptOut({ row, outOfScope }: ReplicaToMake): Decision | null {
  if (!outOfScope) return null;
  const message = `${row.primaryRegion} or ${row.region} of account ${row.account} is outside the scope of this plan.`;
  return { changes: { state: 'blocked', error: blockedError('out_of_scope', message) }, note: 'not called' };
}

/** Asks CCKM for the set, always: somebody may have moved the primary, or a call of ours may have. */
async function moveOrKnow(context: WorkContext, claimed: ReplicaToMake, attempts: AttemptRecord[]): Promise<Decision> {
  const { row, delayMs } = claimed;
  const slotAt = Date.now() + delayMs;
  const { session, cckm } = context;
  const asked = { operation: 'reconcile', startedAt: session.now() } as const;
  try {
    const answer = await traced('reconcile', {}, () => cckm.findMembers(row.mrk));
    const known = beforePromotion(row, answer.value, await callContext(context, row));
    if ('decision' in known) {
      attempts.push(answered(session, asked, answer, known.decision.note));
      return known.decision;
    }
    return await traced('promote', {}, () => call(context, claimed, known.call, slotAt, attempts));
  } catch (error) {
    const failure = failureOf(error);
    attempts.push(failed(session, asked, error, 'CCKM could not be asked; asked again before any call'));
    if (errorRule(failure.code).verdict === 'final') {
      return { changes: { state: 'failed', error: toReplicaError(failure) }, note: 'CCKM could not be asked' };
    }
    const delay = Math.max(failure.retryAfterMs ?? 0, askAgainMs * (0.5 + context.random()));
    return { changes: { state: 'pending', notBefore: after(session.now(), delay) }, note: 'asked again later' };
  }
}

async function call(
  context: WorkContext,
  claimed: ReplicaToMake,
  primary: CckmKey,
  slotAt: number,
  attempts: AttemptRecord[],
): Promise<Decision> {
  const { session, cckm, store } = context;
  const { row } = claimed;
  const lane = callLane('promote', row);
  // AWS does not say in which of the two Regions it throttled: each counts the call.
  const slow = async () => {
    for (const use of promotionUses(row.account, row.primaryRegion, row.region)) await slowLane(store, use);
  };
  await wait(Math.max(0, slotAt - Date.now()));
  const called = { operation: 'promote', startedAt: session.now() } as const;
  try {
    if (session.remainingMs() < leaseMarginMs) throw leaseLost();
    const answer = await cckm.updatePrimaryRegion(primary.id, row.region, { sendBefore: slotAt + slotToleranceMs });
    // The new primary is known by a look: its ids are what they were before.
    const { replicaKeyId, replicaArn } = row;
    const decision = afterAccepted(row, { replicaKeyId, replicaArn }, await callContext(context, row));
    attempts.push(answered(session, called, answer, 'accepted; watched until every member confirms it'));
    await noteCall(context, lane, claimed, null, slow);
    return decision;
  } catch (error) {
    const failure = withLostPrimary(failureOf(error), primary.region ?? row.primaryRegion);
    const decision = afterRefused(row, failure, await callContext(context, row, { failure, since: called.startedAt }));
    if (failure.code !== 'not_sent') attempts.push(failed(session, called, error, decision.note));
    await noteCall(context, lane, claimed, failure.code, slow);
    return decision;
  }
}

/** Says what a failure means that speaks of the Region of the primary. */
function withLostPrimary(failure: ReturnType<typeof failureOf>, region: string): ReturnType<typeof failureOf> {
  if (errorRule(failure.code).outage !== 'lane') return failure;
  return { ...failure, message: `${failure.message} If it goes on: ${lostPrimary(region)}` };
}

function leaseLost(): CckmError {
  return new CckmError({ code: 'not_sent', message: 'The lease ran out before the call.', mayHaveLanded: false });
}
