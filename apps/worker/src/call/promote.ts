import {
  afterAccepted,
  afterRefused,
  beforePromotion,
  blockedError,
  type CckmKey,
  type Decision,
  errorRule,
  promotionStanding,
  promotionUses,
} from '@keyferry/core';
import { type AttemptRecord, type ReplicaToMake, slowLane } from '@keyferry/store';
import { activeSpan, traced } from '@keyferry/tracing';
import { failureOf } from '../cckm/call-failure.ts';
import { findSet } from '../cckm/find-set.ts';
import { refreshKeys } from '../cckm/refresh-keys.ts';
import type { WorkContext } from '../work-context.ts';
import { afterUnanswered } from './after-unanswered.ts';
import { unlessAsResolved } from './as-resolved.ts';
import { answered, failed } from './attempt-record.ts';
import type { HeldCall } from './claims.ts';
import { afterStaleIdentity, followMovedPrimary } from './follow-primary.ts';
import { noteCall } from './note-call.ts';
import { reachSlot } from './reach-slot.ts';
import { callContext } from './rules-of.ts';
import { aboutReplica, linkPlans, noteDecision } from './trace-job.ts';
import { withLostPrimary } from './with-lost-primary.ts';

/**
 * Makes one Region the primary's: claims the released row, reads the set, waits for its slot and calls
 * update-primary-region once for the key that is the primary then. Anything that is to be repeated goes back through the
 * dispatcher; that the move is done is seen by looking at every member.
 */
export async function promote(context: WorkContext, job: { id: string; epoch: number }): Promise<void> {
  const workerId = context.session.id;
  const claimed = await traced('claim', {}, () => context.claims.replica(workerId, job));
  if (!claimed) return;
  const { row } = claimed;
  activeSpan().note({ ...aboutReplica(row), 'keyferry.attempt': row.attempts + 1 });
  await context.held.while([row.id], async () => {
    await linkPlans(context, [row.planId]);
    const attempts: AttemptRecord[] = [];
    const decision =
      keptOut(claimed) ??
      (await unlessAsResolved(context, row, 'blocked')) ??
      (await moveOrKnow(context, claimed, workerId, attempts));
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
async function moveOrKnow(
  context: WorkContext,
  claimed: HeldCall<ReplicaToMake>,
  workerId: string,
  attempts: AttemptRecord[],
): Promise<Decision> {
  const { row } = claimed;
  const { session } = context;
  const asked = { operation: 'reconcile', startedAt: session.now() } as const;
  try {
    const answer = await traced('reconcile', {}, () => findSet(context, row));
    const known = beforePromotion(row, answer.value, await callContext(context, row));
    // Quota and scope are those of the primary's Region, and that may be another than when the plan was resolved.
    const decision = 'decision' in known ? known.decision : await followMovedPrimary(context, row, answer.value);
    if ('call' in known && decision === null) {
      const { target } = promotionStanding(answer.value, row);
      return await traced('promote', {}, () => call(context, claimed, known.call, target, workerId, attempts));
    }
    if (decision === null) throw new Error('A promotion is called for or decided on.');
    attempts.push(answered(session, asked, answer, decision.note));
    return decision;
  } catch (error) {
    const failure = failureOf(error);
    attempts.push(failed(session, asked, error, 'CCKM could not be asked; asked again before any call'));
    return afterUnanswered(context, failure);
  }
}

async function call(
  context: WorkContext,
  claimed: HeldCall<ReplicaToMake>,
  primary: CckmKey,
  target: CckmKey | null,
  workerId: string,
  attempts: AttemptRecord[],
): Promise<Decision> {
  const { session, cckm, store } = context;
  const { row } = claimed;
  // AWS does not say in which of the two Regions it throttled: each counts the call.
  const slow = async () => {
    for (const use of promotionUses(row.account, row.primaryRegion, row.region)) await slowLane(store, use);
  };
  // Some versions of CCKM take the id of the replica that is to become the primary. Source: contract, section 9.
  const byReplica = target !== null && row.error?.code === 'not_primary' && !row.askedByReplica;
  const id = byReplica ? target.id : primary.id;
  let called = { operation: 'promote', startedAt: session.now() } as const;
  try {
    const window = await reachSlot(context, claimed, 'promote', workerId);
    called = { ...called, startedAt: session.now() };
    const answer = await cckm.updatePrimaryRegion(id, row.region, window);
    // The new primary is known by a look: its ids are what they were before.
    const { replicaKeyId, replicaArn } = row;
    const decision = afterAccepted(row, { replicaKeyId, replicaArn }, await callContext(context, row));
    attempts.push(answered(session, called, answer, 'accepted; watched until every member confirms it'));
    await noteCall(context, 'promote', claimed, null, slow);
    return decision;
  } catch (error) {
    const given = withLostPrimary(failureOf(error), 'promote', primary.region ?? row.primaryRegion);
    // Where CCKM takes the primary's id alone, a refusal of the replica's says nothing new.
    const failure =
      byReplica && errorRule(given.code).verdict === 'final' ? { ...given, code: 'not_primary' as const } : given;
    const moved = byReplica ? null : await afterStaleIdentity(context, row, failure);
    const refused = afterRefused(row, failure, await callContext(context, row, { failure, since: called.startedAt }));
    const decision = moved ?? {
      ...refused,
      changes: { ...refused.changes, askedByReplica: row.askedByReplica || byReplica },
    };
    if (failure.code !== 'not_sent') attempts.push(failed(session, called, error, decision.note));
    await noteCall(context, 'promote', claimed, failure, slow);
    return decision;
  }
}
