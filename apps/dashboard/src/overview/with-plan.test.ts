import type { OverviewView, PlanView } from '@keyferry/core';
import { expect, test } from 'vitest';
import { withPlan } from './with-plan.ts';

const known = { id: 'a', state: 'running', reason: null, waits_for: null, eta_seconds: 9 };
const overview = { health: 'ok', plans: { items: [known, { ...known, id: 'b' }], more: 0 } } as unknown as OverviewView;
const told = (plan: object) => withPlan(overview, { ...known, ...plan } as unknown as PlanView);

test('what moves in a plan is taken from the stream', () => {
  const items = told({ eta_seconds: 8 })?.plans.items;
  expect(items?.map(({ id, eta_seconds }) => [id, eta_seconds])).toEqual([
    ['a', 8],
    ['b', 9],
  ]);
});

test.each([
  ['is new', { id: 'c' }],
  ['is in another state', { state: 'halted' }],
  ['has another reason', { reason: 'CCKM is away' }],
])('the overview is to be read again when a plan %s', (_what, plan) => {
  expect(told(plan)).toBeNull();
});
