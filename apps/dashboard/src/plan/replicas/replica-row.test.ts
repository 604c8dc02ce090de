import type { ReplicaView } from '@keyferry/core';
import { expect, test } from 'vitest';
import { inShort } from './replica-row.tsx';

const now = new Date('2026-11-24T12:00:00Z');
const error = { code: 'throttled', message: 'Slow down.', http_status: 400, retryable: true, provider_code: null };
const replica = (given: Partial<ReplicaView>): ReplicaView => ({
  ...({
    state: 'succeeded',
    outcome: 'created',
    error: null,
    not_before: null,
    diff: null,
    warnings: [],
  } as unknown as ReplicaView),
  ...given,
});

test('the end of a replica is told by its error, a pause by when it ends', () => {
  expect(inShort(replica({ state: 'failed', error }), now)).toBe('throttled: Slow down.');
  const waits = { state: 'pending', not_before: '2026-11-24T12:00:30.000Z' } as const;
  expect(inShort(replica({ ...waits, error }), now)).toMatch(/^Next attempt at .+ after throttled$/);
  expect(inShort(replica(waits), new Date('2026-11-24T12:01:00Z'))).toBe('');
});

test('what went well says what was unusual', () => {
  expect(inShort(replica({}), now)).toBe('');
  expect(inShort(replica({ outcome: 'adopted' }), now)).toContain('response was lost');
  expect(inShort(replica({ key_state: 'PendingImport' }), now)).toContain('without key material');
  const diff = [{ field: 'tags' as const, wanted: [], present: [] }];
  expect(inShort(replica({ state: 'already_present', diff }), now)).toBe('Differs in tags');
  const differs = { ...error, code: 'replica_differs', message: 'The replica differs.' };
  expect(inShort(replica({ state: 'failed', error: differs, diff }), now)).toBe('Usable, but differs in tags');
});
