import type { AttemptView, ReplicaDetailView } from '@keyferry/core';
import { expect, test } from 'vitest';
import { stepsOf } from './replica-steps.tsx';

const at = (second: number) => `2026-11-24T12:00:${String(second).padStart(2, '0')}.000Z`;
const call = (second: number, ended = true): AttemptView => ({
  n: 1,
  started_at: at(second),
  finished_at: ended ? at(second + 1) : null,
  operation: 'replicate',
  http_status: 200,
  error: null,
  request_id: null,
  note: null,
});
const steps = (replica: Partial<ReplicaDetailView>) =>
  stepsOf({
    created_at: at(0),
    accepted_at: null,
    usable_at: null,
    attempt_log: [],
    ...replica,
  } as ReplicaDetailView).map(({ label, at: time }) => [label, time]);

test('a replica that waits is on its way to its first call', () => {
  expect(steps({ state: 'pending' })).toEqual([
    ['Planned', at(0)],
    ['First call', null],
  ]);
});

test('one that is usable has come by all steps', () => {
  expect(steps({ state: 'succeeded', attempt_log: [call(5)], accepted_at: at(6), usable_at: at(15) })).toEqual([
    ['Planned', at(0)],
    ['First call', at(5)],
    ['Accepted', at(6)],
    ['Usable', at(15)],
  ]);
});

test('one that failed ends where its last call ended, one that preflight blocked at the plan', () => {
  expect(steps({ state: 'failed', attempt_log: [call(5), call(20)] }).at(-1)).toEqual(['Failed', at(21)]);
  expect(steps({ state: 'blocked' })).toEqual([['Planned', at(0)]]);
});

test('one that waits for its next try has been called already', () => {
  expect(steps({ state: 'pending', attempt_log: [call(5)] })).toEqual([
    ['Planned', at(0)],
    ['First call', at(5)],
    ['Accepted', null],
  ]);
});
