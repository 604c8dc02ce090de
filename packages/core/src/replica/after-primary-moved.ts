import { backoffDelayMs, errorRule, toReplicaError } from '../errors/index.ts';
import type { CckmKey } from '../keys/cckm-key.ts';
import { keyName } from '../keys/resolved-key.ts';
import type { CallFailure } from './after-replicate.ts';
import { after, type Decision, type ReplicaIdentity, type ReplicaLife } from './life.ts';

/** A set whose primary moves on and on, or records that lead in circles, are followed no longer than this. */
const followedMs = 180_000;
const followBackoff = { baseMs: 500, capMs: 10_000 };

interface Moving {
  readonly now: Date;
  readonly random: () => number;
}

/**
 * What a row becomes once its set was read again and has its primary in the row's own Region: the key is there, and there
 * is nothing to make.
 */
export function afterPrimaryCame(row: ReplicaLife, primary: CckmKey, failure: CallFailure | null): Decision {
  return {
    changes: {
      state: 'already_present',
      outcome: 'already_present',
      attempts: row.attempts + (failure === null ? 0 : 1),
      replica_key_id: primary.id,
      replica_arn: primary.arn,
      key_state: primary.keyState,
      error: null,
      error_since: null,
      accepted_at: null,
      unsettled_since: null,
      look_first: false,
      next_look_at: null,
    },
    note: `${primary.region} is now the Region of the primary: the key is present`,
  };
}

/**
 * What a row becomes once its set has its primary elsewhere than it was called, or was to be: it waits for a slot in the
 * lanes of that primary. `failure`: what the call was refused with; null: nothing was called.
 */
export function afterPrimaryMoved(
  row: ReplicaIdentity & ReplicaLife,
  primary: CckmKey,
  failure: CallFailure | null,
  { now, random }: Moving,
): Decision {
  const note = `the primary is now ${keyName(primary)} in ${primary.region}: it is called instead`;
  if (failure === null) return { changes: { state: 'pending', not_before: now, look_first: false }, note };
  const error = toReplicaError(failure);
  const since = row.error?.code === failure.code && row.error_since !== null ? row.error_since : null;
  const attempts = row.attempts + (errorRule(failure.code).sent ? 1 : 0);
  if (since !== null && now.getTime() - since.getTime() >= followedMs) {
    const final = { ...error, retryable: false };
    return {
      changes: { state: 'failed', attempts, error: final, error_since: null },
      note: 'the primary moved for three minutes, and no call was accepted: given up',
    };
  }
  // Followed at once the first time; records that lag may lead in a circle for a while.
  const delay = since === null ? 0 : backoffDelayMs(Math.max(1, attempts), followBackoff, random);
  return {
    changes: {
      state: 'pending',
      attempts,
      error: { ...error, retryable: true },
      error_since: since ?? now,
      not_before: after(now, delay),
      look_first: since !== null,
    },
    note,
  };
}
