import { countsOf, type PlanView } from '@keyferry/core';
import { expect, test } from 'vitest';
import {
  changedLimits,
  effectOfCancel,
  effectOfChange,
  effectOfExecute,
  effectOfPause,
  effectOfResume,
  effectOfRetry,
} from './effect-of.ts';

const now = new Date('2026-11-24T12:00:00Z');
const options = { priority: 0, max_in_flight: 50, windows: [], start_at: null };

function plan(given: Partial<PlanView>): PlanView {
  const counts = countsOf({ pending: 380, queued: 8, creating: 12, succeeded: 100, failed: 3, blocked: 4 });
  const started = '2026-11-24T11:00:00.000Z';
  return {
    ...{ state: 'running', counts, started_at: started, finished_at: null, window: null, spec: { options } },
    ...{ approvals: [], approvals_required: 0 },
    ...given,
  } as PlanView;
}

const approval = (expires: string) => ({ voided_at: null, expires_at: expires }) as PlanView['approvals'][number];

test('a cancel says what finishes, what is taken back and what stays', () => {
  expect(effectOfCancel(plan({}))).toEqual([
    '12 replicas in flight finish.',
    '388 pending are cancelled.',
    '100 replicas created so far will stay.',
    'This cannot be undone.',
  ]);
  expect(effectOfCancel(plan({ started_at: null, counts: countsOf({ pending: 1 }) }))[0]).toBe(
    '1 pending is cancelled. Nothing has been created, and nothing will be.',
  );
  expect(effectOfCancel(plan({ state: 'resolving' }))[0]).toContain('Resolving stops');
});

test('a pause is another thing before the start', () => {
  expect(effectOfPause(plan({}))).toEqual([
    '12 replicas in flight finish.',
    '388 pending replicas wait until the plan is resumed.',
  ]);
  expect(effectOfPause(plan({ state: 'scheduled', started_at: null }))[0]).toContain('does not start');
});

test('resuming a halted plan accepts its failures', () => {
  const tolerant = { options: { ...options, failure_tolerance: { count: 2 } } };
  expect(effectOfResume(plan({ state: 'halted', spec: tolerant }), now)[0]).toContain('3 failures so far');
  expect(effectOfResume(plan({ state: 'paused', spec: tolerant }), now)).toEqual(['388 pending replicas continue.']);
});

test('what starts says why not at once', () => {
  const window = { open: false, opens_at: '2026-11-27T21:00:00.000Z', closes_at: '2026-11-28T05:00:00.000Z' };
  const unstarted = { state: 'paused', started_at: null } as const;
  expect(effectOfResume(plan({ window }), now)[1]).toContain('maintenance window');
  const later = { options: { ...options, start_at: '2026-11-25T12:00:00Z' } };
  expect(effectOfResume(plan({ ...unstarted, window, spec: later }), now)[1]).toContain('start time');
  expect(effectOfResume(plan({ ...unstarted, approvals_required: 1 }), now)).toEqual([
    'It lacks approvals: it waits for them again.',
  ]);
});

test('executing says what is left out, and who has to approve', () => {
  const previewed = { state: 'previewed', started_at: null } as const;
  expect(effectOfExecute(plan({ ...previewed }), now)).toEqual([
    '388 replicas are created, exactly as previewed.',
    'Left out: 4 blocked.',
  ]);
  expect(effectOfExecute(plan({ ...previewed, approvals_required: 2 }), now)[2]).toContain('2 other people have');
});

test('a retry of a plan that has ended needs its approvals still', () => {
  const ended = { state: 'completed_with_failures', finished_at: '2026-11-24T11:30:00.000Z' } as const;
  expect(effectOfRetry(plan(ended), 7, now)).toEqual([
    '7 replicas are set back to pending and retried.',
    'The plan runs again.',
    expect.stringContaining('CCKM is asked first'),
  ]);
  const expired = { ...ended, approvals_required: 1, approvals: [approval('2026-11-24T11:59:59.000Z')] };
  expect(effectOfRetry(plan(expired), 7, now)[1]).toContain('waits for new ones');
  const inForce = { ...ended, approvals_required: 1, approvals: [approval('2026-11-25T00:00:00.000Z')] };
  expect(effectOfRetry(plan(inForce), 7, now)[1]).toBe('The plan runs again.');
  expect(effectOfRetry(plan({ state: 'failed' }), 0, now)).toEqual([expect.stringContaining('resolved again')]);
  expect(effectOfRetry(plan({ state: 'halted' }), 1, now)[1]).toContain('stays halted');
});

test('a change voids approvals before the start, and afterwards where it loosens what was approved', () => {
  const approved = { approvals_required: 1, approvals: [approval('2026-11-25T00:00:00.000Z')] };
  expect(effectOfChange(plan({ ...approved, started_at: null }), [], now)[0]).toContain('1 approval becomes void');
  expect(effectOfChange(plan(approved), [], now)).toEqual([]);
  expect(effectOfChange(plan(approved), ['priority'], now)[0]).toContain('Pause the plan first');
  const halted = plan({ ...approved, state: 'halted' });
  expect(effectOfChange(halted, ['priority'], now)[0]).toContain('1 approval becomes void: it waits for new ones when');
  expect(effectOfChange(plan({}), ['priority'], now)).toEqual([]);
  const voided = { ...approved, approvals: approved.approvals.map((one) => ({ ...one, voided_at: 'then' })) };
  expect(effectOfResume(plan({ ...voided, state: 'paused' }), now)).toEqual([
    'It lacks approvals: it waits for them again.',
  ]);
});

const before = { priority: 0, max_in_flight: 50, failure_tolerance: { count: 10 } };

test('only what differs is sent, and shown', () => {
  expect(changedLimits(before, { ...before, failure_tolerance: { count: 10 } })).toEqual({ options: {}, told: [] });
  expect(changedLimits(before, { ...before, priority: 90 })).toEqual({
    options: { priority: 90 },
    told: ['Priority 0 becomes 90.'],
  });
});

test('a tolerance can be taken away and given', () => {
  const away = changedLimits(before, { ...before, failure_tolerance: null });
  expect(away.options).toEqual({ failure_tolerance: null });
  expect(away.told[0]).toBe('Never halts on failures; so far: halts when more than 10 fail.');
  const given = changedLimits({ ...before, failure_tolerance: null }, { ...before, failure_tolerance: { percent: 5 } });
  expect(given.told[0]).toBe('Halts when more than 5 % fail; so far: never halts on failures.');
});
