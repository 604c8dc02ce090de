import { after, type CallFailure, type Decision, errorRule, toReplicaError } from '@keyferry/core';
import type { WorkContext } from '../work-context.ts';

/** How long after a question that failed it is asked again, on average. */
const askAgainMs = 5_000;

/**
 * What becomes of a row when CCKM could not be asked something before its call: only the question failed, nothing was called,
 * and no attempt of the replica is used up.
 */
export function afterUnanswered({ session, random }: WorkContext, failure: CallFailure): Decision {
  if (errorRule(failure.code).verdict === 'final') {
    const error = { ...toReplicaError(failure), retryable: false };
    return { changes: { state: 'failed', error }, note: 'CCKM could not be read' };
  }
  const delay = Math.max(failure.retryAfterMs ?? 0, askAgainMs * (0.5 + random()));
  return { changes: { state: 'pending', not_before: after(session.now(), delay) }, note: 'read again later' };
}
