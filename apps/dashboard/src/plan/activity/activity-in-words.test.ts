import type { PlanActivityView } from '@keyferry/core';
import { expect, test } from 'vitest';
import { activityInWords } from './activity-in-words.ts';

const before = { priority: 0, max_in_flight: 50, failure_tolerance: null, windows: [] };
const words = (given: Partial<PlanActivityView>): string =>
  activityInWords({
    ...{ at: '2026-12-01T10:00:00.000Z', actor: 'anna', role: 'operator', action: 'plan.pause' },
    ...{ from: null, state: null, comment: null, reason: null, retried: null, limits: null, ...given },
  });

test.each<[string, Partial<PlanActivityView>]>([
  ['paused', { state: 'paused' }],
  ['Completed with failures', { action: 'plan.completed_with_failures', state: 'completed_with_failures' }],
  ['retried all failures', { action: 'plan.retry', retried: { error_code: null, region: null } }],
  [
    'retried access_denied in eu-west-1',
    { action: 'plan.retry', retried: { error_code: 'access_denied', region: 'eu-west-1' } },
  ],
  [
    'changed the limits: Max in flight: 50 becomes 10.',
    { action: 'plan.patch', limits: { before, after: { ...before, max_in_flight: 10 } } },
  ],
  ['plan.unheard_of', { action: 'plan.unheard_of' }],
])('%s', (expected, given) => {
  expect(words(given)).toBe(expected);
});
