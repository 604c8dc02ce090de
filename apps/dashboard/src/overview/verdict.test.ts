import type { HealthCode, OverviewView } from '@keyferry/core';
import { expect, test } from 'vitest';
import { actionFor, workInWords } from './verdict.ts';

const plan = (pending: number) => ({ counts: { pending, queued: 0 } });

test.each([
  ['Nothing is running, and nothing waits.', {}, [], 0],
  ['1 plan is under way. 1,200 replicas to be begun.', { running: 1 }, [plan(1200)], 0],
  [
    '2 plans are under way, 1 waits. 6 replicas to be begun.',
    { running: 1, resolving: 1, paused: 1 },
    [plan(1), plan(2), plan(3)],
    0,
  ],
  ['3 plans wait. 1 replica or more to be begun.', { halted: 3 }, [plan(1)], 2],
  ['1 plan waits.', { awaiting_approval: 1 }, [plan(0)], 0],
])('%s', (expected, by_state, items, more) => {
  expect(workInWords({ by_state, items, more } as unknown as OverviewView['plans'])).toBe(expected);
});

test.each<[HealthCode, string | undefined, string | undefined, string | undefined]>([
  ['plan_halted', '/v1/plans/p', '/plans/p/failures', 'Resume, retry or cancel'],
  ['replicas_failed', '/v1/plans/p', '/plans/p/failures', 'Look at its failures'],
  ['approval_awaited_long', '/v1/plans/p', '/plans/p', 'Review and approve'],
  ['plan_resolving_long', '/v1/plans/p', '/plans/p', 'Look at the plan'],
  ['lane_down', '/v1/lanes', '/lanes?show=trouble', 'Look at the lanes'],
  ['no_worker', undefined, undefined, undefined],
  ['queue_away', '/v1/somewhere', undefined, undefined],
])('%s leads to what answers it', (code, link, href, label) => {
  const action = actionFor({ code, link }, () => true);
  expect([action?.href, action?.label]).toEqual([href, label]);
});

test('who may not act is led to where one can look', () => {
  const label = (code: HealthCode) => actionFor({ code, link: '/v1/plans/p' }, () => false)?.label;
  expect(label('plan_halted')).toBe('Look at its failures');
  expect(label('approval_awaited_long')).toBe('Look at the plan');
});
