import { toReplicaError } from '../errors/index.ts';
import type { CallFailure } from './after-replicate.ts';
import type { Decision, ReplicaLife } from './life.ts';

/**
 * What a watched row becomes once CCKM permanently refuses to report what exists, in every way of asking: waiting would
 * never end. A retry asks first, and goes on from what is there then.
 */
export function afterLookRefused(row: ReplicaLife, failure: CallFailure): Decision {
  const message = `CCKM refuses to list the key, so the outcome is unknown: ${failure.message}`;
  return {
    changes: {
      state: 'failed',
      error: { ...toReplicaError({ ...failure, message }), retryable: false },
      error_since: null,
      unsettled_since: null,
      next_look_at: null,
      lost_answer: row.lost_answer || row.outcome !== 'already_present',
    },
    note: 'CCKM refuses to list the key: given up; a retry reads CCKM first',
  };
}
