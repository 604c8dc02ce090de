import {
  afterAccepted,
  afterRefused,
  beforePromotion,
  type CckmKey,
  type Decision,
  errorRule,
  promotionStanding,
} from '@keyferry/core';
import type { ClaimJob } from '@keyferry/store';
import { traced } from '@keyferry/tracing';
import { failureOf } from '../cckm/call-failure.ts';
import { findSet } from '../cckm/find-set.ts';
import type { WorkContext } from '../work-context.ts';
import { afterUnanswered } from './after-unanswered.ts';
import { answered, failed } from './attempt-record.ts';
import { afterStaleIdentity, followMovedPrimary } from './follow-primary.ts';
import { makeCall } from './paced-call.ts';
import { type ReleasedRow, withReleasedRow } from './released-row.ts';
import { callContext } from './rules-of.ts';
import { withLostPrimary } from './with-lost-primary.ts';

/**
 * Makes one Region the primary's by one call of update-primary-region for the key that is the primary then; that the move is
 * done is seen by looking at every member.
 */
export function promote(context: WorkContext, job: ClaimJob): Promise<void> {
  return withReleasedRow(context, 'promote', job, (released) => moveOrKnow(context, released));
}

/** Always reads the set from CCKM: the primary may have moved, by another caller or by an earlier call of ours. */
async function moveOrKnow(context: WorkContext, released: ReleasedRow): Promise<Decision> {
  const { row, attempts } = released;
  const { session } = context;
  const asked = { operation: 'reconcile', started_at: session.now() } as const;
  try {
    const answer = await traced('reconcile', {}, () => findSet(context, row));
    const known = beforePromotion(row, answer.value, await callContext(context, row));
    // Quota and scope are those of the primary's Region, and that may be another than when the plan was resolved.
    const decision = 'decision' in known ? known.decision : await followMovedPrimary(context, row, answer.value);
    if ('call' in known && decision === null) {
      const { target } = promotionStanding(answer.value, row);
      return await call(context, released, known.call, target);
    }
    if (decision === null) throw new Error('A promotion is called for or decided on.');
    attempts.push(answered(session, asked, answer, decision.note));
    return decision;
  } catch (error) {
    const failure = failureOf(error);
    attempts.push(failed(session, asked, error, 'CCKM could not be read; read again before any call'));
    return afterUnanswered(context, failure);
  }
}

function call(
  context: WorkContext,
  released: ReleasedRow,
  primary: CckmKey,
  target: CckmKey | null,
): Promise<Decision> {
  const { row } = released;
  // Some versions of CCKM take the id of the replica that is to become the primary. Source: contract, section 9.
  const byReplica = target !== null && row.error?.code === 'not_primary' && !row.asked_by_replica;
  return makeCall(context, released, {
    prepare: async () => (byReplica ? target.id : primary.id),
    send: (id, window) => context.cckm.updatePrimaryRegion(id, row.region, window),
    // The new primary is known by a look: its ids are what they were before.
    accepted: (_value, rules) => ({
      ...afterAccepted(row, { replicaKeyId: row.replica_key_id, replicaArn: row.replica_arn }, rules),
      note: 'accepted; watched until every member confirms it',
    }),
    read: (failure) => {
      const given = withLostPrimary(failure, 'promote', primary.region ?? row.primary_region);
      // Where CCKM takes the primary's id alone, a refusal of the replica's says nothing new.
      return byReplica && errorRule(given.code).verdict === 'final' ? { ...given, code: 'not_primary' } : given;
    },
    refused: async (failure, rules) => {
      const moved = byReplica ? null : await afterStaleIdentity(context, row, failure);
      if (moved !== null) return moved;
      const refused = afterRefused(row, failure, await rules());
      return { ...refused, changes: { ...refused.changes, asked_by_replica: row.asked_by_replica || byReplica } };
    },
  });
}
