import type { HealthCode, OverviewView } from '@keyferry/core';
import { expect, test } from 'vitest';
import { actionFor, workInWords } from './verdict.ts';

const plan = (pending: number) => ({ counts: { pending, queued: 0 } });

test.each([
  ['No plan is running or waiting.', {}, [], 0],
  ['1 plan running. 1,200 replicas pending.', { running: 1 }, [plan(1200)], 0],
  [
    '2 plans running, 1 waiting. 6 replicas pending.',
    { running: 1, resolving: 1, paused: 1 },
    [plan(1), plan(2), plan(3)],
    0,
  ],
  ['3 plans waiting. 1 replica or more pending.', { halted: 3 }, [plan(1)], 2],
  ['2 plans waiting, 1 of them for approval.', { awaiting_approval: 1, paused: 1 }, [plan(0), plan(0)], 0],
])('%s', (expected, by_state, items, more) => {
  expect(workInWords({ plans: { by_state, items, more } as unknown as OverviewView['plans'] })).toBe(expected);
});

test('drills that wait for a person are counted beside the plans', () => {
  const plans = { by_state: {}, items: [], more: 0 };
  const drill = { id: 'd', name: 'evacuation', waits_for: 'decision' as const, since: '2026-12-01T10:00:00.000Z' };
  expect(workInWords({ plans, drills: { items: [drill], more: 0 } })).toBe(
    'No plan is running or waiting. 1 drill waiting for a person.',
  );
});

test.each<[HealthCode, string | undefined, string | undefined, string | undefined]>([
  ['plan_halted', '/v1/plans/p', '/plans/p/failures', 'Resume, retry or cancel'],
  ['replicas_failed', '/v1/plans/p', '/plans/p/failures', 'Show failures'],
  ['replicas_failed_lately', '/v1/plans/p', '/plans/p/failures', 'Show failures'],
  ['approval_awaited_long', '/v1/plans/p', '/plans/p', 'Review and approve'],
  ['plan_resolving_long', '/v1/plans/p', '/plans/p', 'Open the plan'],
  ['drill_waiting', '/v1/drills/d', '/drills/d', 'Open the drill'],
  ['lane_down', '/v1/lanes', '/lanes?show=trouble', 'Show lanes'],
  ['no_worker', undefined, undefined, undefined],
  ['queue_away', '/v1/somewhere', undefined, undefined],
])('%s leads to what answers it', (code, link, href, label) => {
  const action = actionFor({ code, link }, () => true);
  expect([action?.href, action?.label]).toEqual([href, label]);
});

test('callers who may not act are led to what they may see', () => {
  const label = (code: HealthCode) => actionFor({ code, link: '/v1/plans/p' }, () => false)?.label;
  expect(label('plan_halted')).toBe('Show failures');
  expect(label('approval_awaited_long')).toBe('Open the plan');
});
