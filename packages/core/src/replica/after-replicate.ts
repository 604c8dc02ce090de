import { backoffDelayMs, type ErrorCode, errorRule, toReplicaError } from '../errors/index.ts';
import { after, type Decision, nextLook, type ReplicaLife, reconcileRules, type WatchRules } from './life.ts';

/** A call to CCKM that did not succeed, as the CCKM client tells it. */
export interface CallFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly httpStatus: number | null;
  readonly providerCode: string | null;
  readonly retryAfterMs: number | null;
  /** Whether KMS may have done the work all the same. */
  readonly mayHaveLanded: boolean;
}

export interface CallContext {
  readonly now: Date;
  readonly random: () => number;
  readonly maxAttempts: number;
  readonly watch: WatchRules;
  /** All calls to CCKM fail just now: one that fails with them says nothing of its replica and uses up no attempt. */
  readonly cckmSeemsDown: boolean;
}

/** Waits between calls for one replica, milliseconds. */
const callBackoff = { baseMs: 1_000, capMs: 60_000 };

/**
 * What a replica becomes after CCKM took the call. The answer says that KMS has begun, not that the key is usable, and
 * its Region and state are not to be trusted (CCKM contract, section 7): the row is looked at from now on.
 */
export function afterAccepted(
  life: ReplicaLife,
  answer: { readonly replicaKeyId: string | null; readonly replicaArn: string | null },
  { now, random, watch }: CallContext,
): Decision {
  return {
    changes: {
      state: 'creating',
      outcome: 'created',
      attempts: life.attempts + 1,
      replicaKeyId: answer.replicaKeyId,
      replicaArn: answer.replicaArn,
      error: null,
      errorSince: null,
      unsettledSince: null,
      lookFirst: false,
      acceptedAt: now,
      looks: 0,
      absences: 0,
      nextLookAt: nextLook(now, 0, watch, random),
    },
    note: 'accepted; watched until it is usable',
  };
}

/** What a replica becomes after replicate-key failed, by the error catalogue. */
export function afterRefused(life: ReplicaLife, failure: CallFailure, context: CallContext): Decision {
  const { now, random, maxAttempts, watch, cckmSeemsDown } = context;
  const rule = errorRule(failure.code);
  const burns = rule.burnsAttempt && !(rule.outage === 'cckm' && cckmSeemsDown);
  const called = failure.mayHaveLanded || rule.burnsAttempt;
  const attempts = life.attempts + (called ? 1 : 0);
  const failures = life.failures + (burns ? 1 : 0);
  const error = toReplicaError(failure);

  if (rule.verdict === 'reconcile' || failure.mayHaveLanded) {
    return {
      changes: {
        attempts,
        failures,
        error,
        unsettledSince: now,
        lostAnswer: life.lostAnswer || failure.mayHaveLanded,
        looks: 0,
        absences: 0,
        nextLookAt: nextLook(now, 0, reconcileRules(watch), random),
      },
      note: failure.mayHaveLanded
        ? 'the call may have landed: CCKM is asked before anything is called again'
        : 'KMS says that there is a replica: CCKM is asked what it is',
    };
  }

  const sameErrorSince = life.error?.code === failure.code && life.errorSince ? life.errorSince : now;
  const windowOver =
    rule.verdict === 'retry_briefly' && now.getTime() - sameErrorSince.getTime() >= (rule.windowMs ?? 120_000);
  if (rule.verdict === 'final' || windowOver || failures >= maxAttempts) {
    return {
      changes: { state: 'failed', attempts, failures, error: { ...error, retryable: false }, errorSince: null },
      note: rule.verdict === 'final' ? 'not retried: it would fail again' : 'given up',
    };
  }

  const delay = Math.max(failure.retryAfterMs ?? 0, backoffDelayMs(Math.max(1, failures), callBackoff, random));
  return {
    changes: {
      state: 'pending',
      attempts,
      failures,
      error,
      errorSince: sameErrorSince,
      notBefore: after(now, failure.code === 'not_sent' ? 0 : delay),
    },
    note: failure.code === 'not_sent' ? 'not sent in its slot; it gets another' : 'tried again later',
  };
}
