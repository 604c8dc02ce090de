import { expect, test } from 'vitest';
import {
  endedPlanStates,
  inFlightPlanStates,
  openPlanStates,
  type PlanState,
  planCommands,
  planStates,
  planTransitions,
  underWayPlanStates,
} from './life.ts';

test('a plan is born resolving, and may come to every state', () => {
  const seen = new Set<PlanState>(['resolving']);
  for (const state of seen) for (const next of planTransitions[state]) seen.add(next);
  expect([...seen].sort()).toEqual([...planStates].sort());
});

test('the groups of states are these', () => {
  expect(openPlanStates).toEqual([
    ...['resolving', 'previewed', 'awaiting_approval', 'scheduled', 'running', 'paused', 'halted'],
  ]);
  expect(endedPlanStates).toEqual(['succeeded', 'completed_with_failures', 'cancelled', 'failed']);
  expect(underWayPlanStates).toEqual(['running', 'paused', 'halted']);
  expect(inFlightPlanStates).toEqual(['running', 'paused', 'halted', 'cancelled']);
});

test('a command is taken where a plan may go on as it says', () => {
  expect(planCommands.pause).toEqual(['scheduled', 'running']);
  expect(planCommands.cancel).toEqual(openPlanStates);
  for (const state of planCommands.resume)
    for (const next of ['running', 'scheduled', 'awaiting_approval'] as const)
      expect([state, planTransitions[state]]).toEqual([state, expect.arrayContaining([next])]);
  for (const state of [...planCommands.execute, ...planCommands.approve])
    expect([state, planTransitions[state]]).toEqual([state, expect.arrayContaining(['resolving', 'scheduled'])]);
  // Only a retry opens a plan that has ended.
  const reopened = endedPlanStates.filter((state) => planTransitions[state].length > 0);
  expect(planCommands.retry).toEqual([...underWayPlanStates, ...reopened]);
});
