import { expect, it } from 'vitest';
import { newKey } from '../../../../test/models/keys/new-key.ts';
import { newReplica } from '../../../../test/models/replica/new-replica.ts';
import { afterPrimaryCame, afterPrimaryMoved } from './after-primary-moved.ts';
import type { CallFailure } from './after-replicate.ts';

const now = new Date('2026-11-29T12:00:00Z');
const later = (ms: number) => new Date(now.getTime() + ms);
const primary = newKey({ id: 'new', region: 'us-west-2' });
const failure: CallFailure = {
  code: 'not_primary',
  message: 'it is not a multi-Region primary key.',
  httpStatus: 400,
  providerCode: 'UnsupportedOperationException',
  retryAfterMs: null,
  mayHaveLanded: false,
};
const row = { ...newReplica('AWS_KMS', now), state: 'replicating' as const };
const at = (time: Date) => ({ now: time, random: () => 0.5 });

it('a row whose primary has moved waits for a slot of that primary at once, and uses up no attempt for it', () => {
  const { changes, note } = afterPrimaryMoved(row, primary, failure, at(now));
  expect(changes).toMatchObject({ state: 'pending', attempts: 1, not_before: now, error: { code: 'not_primary' } });
  expect(changes.failures).toBeUndefined();
  expect(note).toContain('us-west-2');
  expect(afterPrimaryMoved(row, primary, null, at(now)).changes).toEqual({
    state: 'pending',
    not_before: now,
    look_first: false,
  });
});

it('a row that is led in a circle goes on more slowly, and is given up after three minutes', () => {
  const first = { ...row, ...afterPrimaryMoved(row, primary, failure, at(now)).changes };
  const second = afterPrimaryMoved(first, primary, failure, at(later(1_000))).changes;
  expect(second).toMatchObject({ state: 'pending', error_since: now, look_first: true });
  expect(Number(second.not_before)).toBeGreaterThan(later(1_000).getTime());
  expect(afterPrimaryMoved({ ...first, ...second }, primary, failure, at(later(180_000))).changes).toMatchObject({
    state: 'failed',
    error: { code: 'not_primary', retryable: false },
  });
});

it('a row whose Region has become the primary’s is already present', () => {
  expect(afterPrimaryCame(row, newKey({ region: 'eu-west-1' }), failure).changes).toMatchObject({
    state: 'already_present',
    outcome: 'already_present',
    replica_key_id: 'id',
    key_state: 'Enabled',
    attempts: 1,
    error: null,
  });
});
