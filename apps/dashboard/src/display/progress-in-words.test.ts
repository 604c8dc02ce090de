import type { PlanView } from '@keyferry/core';
import { expect, test } from 'vitest';
import { progressInWords } from './progress-in-words.ts';

const counts = { total: 1200, pending: 900, blocked: 100, already_present: 200 };
const progress = (started_at: string | null, finished_at: string | null) => {
  const none = { queued: 0, replicating: 0, creating: 0, importing: 0, succeeded: 0, failed: 0, cancelled: 0 };
  return progressInWords({ counts: { ...none, ...counts }, started_at, finished_at } satisfies Partial<PlanView>);
};

test('a plan that has not started has no progress, whatever is present or blocked already', () => {
  expect(progress(null, null)).toBe('900 of 1,200 pending');
});

test('the progress of a plan that has started, or ended without starting, is its finished replicas', () => {
  expect(progress('2026-12-01T10:00:00.000Z', null)).toBe('300 of 1,200 finished');
  expect(progress(null, '2026-12-01T10:00:00.000Z')).toBe('300 of 1,200 finished');
});
