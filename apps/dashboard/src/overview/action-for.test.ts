import type { HealthCode } from '@keyferry/core';
import { expect, test } from 'vitest';
import { actionFor } from './action-for.ts';

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
