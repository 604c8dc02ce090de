import type { CallFailure, ErrorCode, ReplicaIdentity } from '@keyferry/core';

const ofKeyState: readonly ErrorCode[] = [
  'key_creating',
  'key_updating',
  'key_pending_import',
  'key_pending_deletion',
  'key_disabled',
  'invalid_state',
];

/**
 * A refusal for the state of the replica, and not of its primary, says that the replica is there: CCKM makes its alias, or
 * reads it back, in calls of their own. Such a failure may have landed.
 */
export function withNamedReplica(failure: CallFailure, { region, mrk }: ReplicaIdentity): CallFailure {
  const { code, message } = failure;
  const named = ofKeyState.includes(code) && message.includes(`:kms:${region}:`) && message.includes(mrk);
  return named ? { ...failure, mayHaveLanded: true } : failure;
}
