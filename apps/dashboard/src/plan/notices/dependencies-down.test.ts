import type { HealthCode, HealthReason, PlanView, WaitingCode } from '@keyferry/core';
import { expect, test } from 'vitest';
import { dependenciesDown } from './dependencies-down.ts';

const reasons = (['no_worker', 'cckm_down', 'queue_away', 'plan_halted', 'lane_down'] as const).map(
  (code): HealthReason => ({ health: 'broken', code, message: `${code}!` }),
);
const down = (waiting: WaitingCode | null, finished_at: string | null = null): HealthCode[] =>
  dependenciesDown({ finished_at, waiting: waiting && { code: waiting } } as unknown as PlanView, reasons).map(
    ({ code }) => code,
  );

test('an open plan shows what it depends on and is down, whatever it waits for itself', () => {
  expect(down(null)).toEqual(['no_worker', 'cckm_down', 'queue_away']);
  expect(down('person')).toEqual(['no_worker', 'cckm_down', 'queue_away']);
});

test('nothing is said twice, and a finished plan depends on nothing', () => {
  expect(down('no_worker')).toEqual(['cckm_down', 'queue_away']);
  expect(down('login_refused')).toEqual(['no_worker', 'queue_away']);
  expect(down('queue_down')).toEqual(['no_worker', 'cckm_down']);
  expect(down(null, '2026-12-01T10:00:00.000Z')).toEqual([]);
});
