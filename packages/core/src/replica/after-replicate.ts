import { backoffDelayMs, type ErrorCode, errorRule, toReplicaError } from '../errors/index.ts';
import { after, type Decision, nextLook, type ReplicaLife, reconcileRules, type WatchRules } from './life.ts';

/** A failed call to CCKM, as the CCKM client reports it. */
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
  /** CCKM itself is down: a call that fails then says nothing of its replica and uses up no attempt. */
  readonly cckmIsDown: boolean;
}

/** Waits between calls for one replica, milliseconds; what has a window of time is tried a dozen times within it. */
const callBackoff = { baseMs: 1_000, capMs: 60_000 };
const briefBackoff = { baseMs: 1_000, capMs: 15_000 };

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
      replica_key_id: answer.replicaKeyId,
      replica_arn: answer.replicaArn,
      error: null,
      error_since: null,
      unsettled_since: null,
      look_first: false,
      accepted_at: now,
      looks: 0,
      absences: 0,
      next_look_at: nextLook(now, 0, watch, random),
    },
    note: 'accepted; watched until it is usable',
  };
}

const later = (a: Date, b: Date): Date => (a > b ? a : b);

/** Whether a failed call counts against `max_attempts`. */
export function burnsAttempt({ code }: CallFailure, { cckmIsDown }: CallContext): boolean {
  const { burnsAttempt, outage } = errorRule(code);
  return burnsAttempt && !(outage === 'cckm' && cckmIsDown);
}

/**
 * What a replica becomes after replicate-key failed, by the error catalogue. `withAlias`: the call asked for an alias,
 * which CCKM gives once the replica is made, so that some errors may come from a replica that is there.
 */
export function afterRefused(
  life: ReplicaLife,
  failure: CallFailure,
  context: CallContext,
  { withAlias }: { withAlias: boolean } = { withAlias: false },
): Decision {
  const { now, random, maxAttempts, watch } = context;
  const rule = errorRule(failure.code);
  const burns = burnsAttempt(failure, context);
  const attempts = life.attempts + (rule.sent ? 1 : 0);
  const failures = life.failures + (burns ? 1 : 0);
  const error = toReplicaError(failure);
  const sameErrorSince = life.error?.code === failure.code && life.error_since ? life.error_since : now;
  const windowOver = rule.verdict === 'retry_briefly' && now.getTime() - sameErrorSince.getTime() >= rule.windowMs;
  const givenUp = rule.verdict === 'final' || windowOver || (burns && failures >= maxAttempts);
  const perhapsMade = withAlias && rule.fromAlias;

  if (rule.verdict === 'reconcile' || failure.mayHaveLanded || (givenUp && perhapsMade)) {
    return {
      changes: {
        attempts,
        failures,
        error,
        error_since: null,
        unsettled_since: now,
        lost_answer: life.lost_answer || failure.mayHaveLanded || perhapsMade,
        lost_call_at: failure.mayHaveLanded || perhapsMade ? now : life.lost_call_at,
        looks: 0,
        absences: 0,
        next_look_at: later(nextLook(now, 0, reconcileRules(watch), random), after(now, failure.retryAfterMs ?? 0)),
      },
      note: failure.mayHaveLanded
        ? 'the call may have landed: CCKM is read before any call is repeated'
        : perhapsMade
          ? 'the alias may have been refused after the replica was created: CCKM is asked for the replica'
          : 'KMS reports an existing replica: CCKM is asked for it',
    };
  }

  const seen: Partial<ReplicaLife> = perhapsMade
    ? { attempts, failures, look_first: true, lost_answer: true, lost_call_at: now }
    : { attempts, failures };
  if (givenUp) {
    return {
      changes: { ...seen, state: 'failed', error: { ...error, retryable: false }, error_since: null },
      note: rule.verdict === 'final' ? 'not retried: it would fail again' : 'given up',
    };
  }

  const backoff = rule.verdict === 'retry_briefly' ? briefBackoff : callBackoff;
  const delay = Math.max(failure.retryAfterMs ?? 0, backoffDelayMs(Math.max(1, attempts), backoff, random));
  return {
    changes: {
      ...seen,
      state: 'pending',
      error,
      error_since: sameErrorSince,
      // The set is read before the next call: its primary may have moved meanwhile.
      ...(failure.code === 'not_primary' ? { look_first: true } : {}),
      not_before: after(now, failure.code === 'not_sent' ? 0 : delay),
    },
    note: failure.code === 'not_sent' ? 'not sent in its slot; gets another slot' : 'retried later',
  };
}
