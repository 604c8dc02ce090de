import { countsOf, type PlanView, planStates } from '@keyferry/core';
import { expect, test } from 'vitest';
import { stateNotice } from './state-notice.ts';

const plan = (given: Partial<PlanView>): PlanView =>
  ({
    ...{ state: 'running', reason: null, window: null, spec: { options: { start_at: null } } },
    counts: countsOf({ pending: 5, failed: 2, blocked: 1 }),
    ...given,
  }) as PlanView;

test('a plan that makes progress, or has succeeded, needs no notice', () => {
  const silent = planStates.filter((state) => stateNotice(plan({ state })) === null);
  expect(silent).toEqual(['running', 'succeeded']);
});

test('a running plan without progress says why', () => {
  const window = { open: false, opens_at: '2026-11-28T21:00:00.000Z', closes_at: '2026-11-29T05:00:00.000Z' };
  expect(stateNotice(plan({ reason: 'Resting.', window }))?.title).toContain('maintenance windows');
  expect(stateNotice(plan({ reason: 'Waiting for CCKM.' }))).toMatchObject({
    tone: 'waits',
    text: 'Waiting for CCKM.',
  });
});

test('what failed leads to the failures', () => {
  expect(stateNotice(plan({ state: 'halted' }))?.tab).toBe('failures');
  expect(stateNotice(plan({ state: 'completed_with_failures' }))).toMatchObject({
    title: '3 replicas were not created',
    tab: 'failures',
  });
});
