import { describe, expect, it } from 'vitest';
import { newReplica } from '../../../../test/models/replica/new-replica.ts';
import { type ErrorCode, errorRule } from '../errors/index.ts';
import { afterAccepted, afterRefused, type CallContext, type CallFailure } from './after-replicate.ts';
import type { ReplicaLife } from './life.ts';

const now = new Date('2026-11-24T12:00:00.000Z');
const ago = (ms: number) => new Date(now.getTime() - ms);
const context: CallContext = {
  now,
  random: () => 1,
  maxAttempts: 3,
  watch: { pollMs: 15_000, timeoutMs: 20 * 60_000 },
  cckmIsDown: false,
};

const claimed: ReplicaLife = { ...newReplica('AWS_KMS', now), state: 'replicating' };

const failure = (code: ErrorCode, more: Partial<CallFailure> = {}): CallFailure => ({
  code,
  message: code,
  httpStatus: 400,
  providerCode: null,
  retryAfterMs: null,
  mayHaveLanded: errorRule(code).mayHaveLanded,
  ...more,
});
const refused = (code: ErrorCode, life: Partial<ReplicaLife> = {}, more: Partial<CallFailure> = {}) =>
  afterRefused({ ...claimed, ...life }, failure(code, more), context).changes;

describe('an accepted call', () => {
  it('is creating, not succeeded: the row is looked at from then on', () => {
    const { changes } = afterAccepted(claimed, { replicaKeyId: 'new', replicaArn: null }, context);
    expect(changes).toMatchObject({ state: 'creating', outcome: 'created', attempts: 1, accepted_at: now });
    expect(changes.next_look_at?.getTime()).toBeGreaterThan(now.getTime());
    expect(changes.usable_at).toBeUndefined();
  });
});

describe('a refused call', () => {
  it('goes back to pending with a growing pause when it is throttled', () => {
    const pauses = [0, 1].map((failures) => {
      const changes = refused('throttled', { failures, attempts: failures });
      expect(changes).toMatchObject({ state: 'pending', failures: failures + 1, attempts: failures + 1 });
      return (changes.not_before?.getTime() ?? 0) - now.getTime();
    });
    expect(pauses[0]).toBeGreaterThan(0);
    expect(pauses[1]).toBeGreaterThan(pauses[0] ?? 0);
  });

  it('waits at least as long as Retry-After says', () => {
    const { not_before: notBefore } = refused('rate_limited', {}, { retryAfterMs: 90_000 });
    expect(notBefore?.getTime()).toBeGreaterThanOrEqual(now.getTime() + 90_000);
  });

  it('is not asked about before Retry-After has passed, when it may have landed', () => {
    const { next_look_at: nextLookAt } = refused('cckm_unavailable', {}, { retryAfterMs: 90_000 });
    expect(nextLookAt?.getTime()).toBeGreaterThanOrEqual(now.getTime() + 90_000);
  });

  it('uses up no attempt when AWS did not answer, and may have landed', () => {
    expect(refused('kms_unreachable', { failures: 2, attempts: 2 })).toMatchObject({
      attempts: 3,
      failures: 2,
      lost_answer: true,
      unsettled_since: now,
    });
  });

  it('that Keyferry does not know is reconciled, and not final', () => {
    const changes = refused('unknown');
    expect(changes.state).toBeUndefined();
    expect(changes).toMatchObject({ failures: 1, lost_answer: true, unsettled_since: now });
  });

  it('fails with what happened once max_attempts calls failed', () => {
    expect(refused('throttled', { failures: 2, attempts: 2 })).toMatchObject({
      state: 'failed',
      attempts: 3,
      error: { code: 'throttled', retryable: false },
    });
  });

  it.each<ErrorCode>(['limit_exceeded', 'key_disabled', 'access_denied', 'unsupported_operation', 'invalid_tag'])(
    'is final at once: %s',
    (code) => {
      expect(refused(code)).toMatchObject({ state: 'failed', attempts: 1, error: { code, retryable: false } });
    },
  );

  it('is tried for two minutes when KMS does not take the policy, counted from the first refusal', () => {
    const error = { code: 'malformed_policy', message: '', http_status: 400, retryable: true, provider_code: null };
    const first = refused('malformed_policy');
    expect(first).toMatchObject({ state: 'pending', error_since: now });
    expect(refused('malformed_policy', { error, error_since: ago(119_000) })).toMatchObject({
      state: 'pending',
      error_since: ago(119_000),
    });
    expect(refused('malformed_policy', { error, error_since: ago(120_000) }).state).toBe('failed');
  });

  it('burns no attempt when it never left', () => {
    for (const code of ['not_sent', 'connection_refused', 'cckm_login_unavailable'] as const) {
      expect(refused(code, { failures: 2, attempts: 2 })).toMatchObject({ state: 'pending', failures: 2, attempts: 2 });
    }
  });

  it('burns no attempt, but is one, when CCKM did not take it on', () => {
    for (const code of ['rate_limited', 'cckm_unauthorized'] as const) {
      expect(refused(code, { failures: 2, attempts: 2 })).toMatchObject({ state: 'pending', failures: 2, attempts: 3 });
    }
  });

  it.each<[ErrorCode, number]>([
    ['malformed_policy', 120_000],
    ['not_primary', 180_000],
    ['key_creating', 20 * 60_000],
    ['key_updating', 20 * 60_000],
  ])('that passes by itself has a window of time, not a number of attempts: %s', (code, windowMs) => {
    const error = { code, message: '', http_status: 400, retryable: true, provider_code: null };
    const life = { error, failures: 0, attempts: 50 };
    expect(refused(code, { ...life, error_since: ago(windowMs - 1_000) })).toMatchObject({
      state: 'pending',
      failures: 0,
    });
    expect(refused(code, { ...life, error_since: ago(windowMs) })).toMatchObject({ state: 'failed' });
  });

  it('asks first before it is called again when it asked for an alias, the second call to AWS', () => {
    const { changes } = afterRefused(claimed, failure('throttled'), context, { withAlias: true });
    expect(changes).toMatchObject({ state: 'pending', look_first: true, lost_answer: true });
    expect(
      afterRefused(claimed, failure('key_disabled'), context, { withAlias: true }).changes.lost_answer,
    ).toBeUndefined();
    expect(refused('throttled').look_first).toBeUndefined();
  });

  it('burns no attempt in an outage of CCKM, but is looked up all the same when it may have landed', () => {
    const { changes } = afterRefused(claimed, failure('cckm_unavailable'), { ...context, cckmIsDown: true });
    expect(changes).toMatchObject({ attempts: 1, failures: 0, unsettled_since: now, lost_answer: true });
    expect(afterRefused(claimed, failure('throttled'), { ...context, cckmIsDown: true }).changes.failures).toBe(1);
  });

  it('gets another slot at once when it missed its own', () => {
    expect(refused('not_sent').not_before).toEqual(now);
  });
});

describe('a call that may have landed', () => {
  it.each<ErrorCode>(['connection_lost', 'call_timeout', 'cckm_internal', 'cckm_unavailable', 'kms_internal'])(
    'stays replicating and is looked up before anything is called again: %s',
    (code) => {
      const changes = refused(code);
      expect(changes).toMatchObject({ attempts: 1, unsettled_since: now, lost_answer: true });
      expect(changes.state).toBeUndefined();
      expect(changes.next_look_at).not.toBeNull();
    },
  );

  it('is looked up even when the attempts are used up: the last may be the one that worked', () => {
    expect(refused('connection_lost', { failures: 2, attempts: 2 })).toMatchObject({
      unsettled_since: now,
      failures: 3,
    });
  });

  it('is not counted as ours when KMS says that there is a replica already', () => {
    expect(refused('already_exists')).toMatchObject({ unsettled_since: now, lost_answer: false });
    expect(refused('already_exists', { lost_answer: true })).toMatchObject({ lost_answer: true });
  });
});
