import { describe, expect, it } from 'vitest';
import {
  closedDrillStates,
  currentStepStates,
  type DrillCommand,
  type DrillState,
  drillCommands,
  drillStates,
  drillStepStates,
  drillStepTransitions,
  drillTransitions,
  openStepStates,
} from './life.ts';

/** Every state that a thing can come to from another one. */
function reachable<S extends string>(transitions: Readonly<Record<S, readonly S[]>>, from: S): S[] {
  const seen = new Set<S>([from]);
  for (const state of seen) for (const next of transitions[state]) seen.add(next);
  return [...seen].sort();
}

describe('the life of a drill', () => {
  it('reaches every state from its first, and an end from each', () => {
    expect(reachable(drillTransitions, 'resolving')).toEqual([...drillStates].sort());
    expect(closedDrillStates).toEqual(['succeeded', 'completed_with_findings', 'failed', 'aborted']);
    for (const state of drillStates)
      expect(reachable(drillTransitions, state).some((one) => closedDrillStates.includes(one))).toBe(true);
  });

  it.each<[DrillCommand, DrillState]>([
    ['pause', 'paused'],
    ['resume', 'running'],
    ['abort', 'aborted'],
  ])('allows %s where it can go to %s', (command, to) => {
    for (const from of drillCommands[command]) expect(drillTransitions[from]).toContain(to);
  });

  it('can be rolled back once it has begun, and not before', () => {
    const from = drillStates.filter((state) => drillTransitions[state].includes('rolling_back'));
    expect(from).toEqual(['running', 'paused']);
  });
});

describe('the life of a step', () => {
  it('reaches every state from its first, and says which are open', () => {
    expect(reachable(drillStepTransitions, 'pending')).toEqual([...drillStepStates].sort());
    expect(openStepStates).toEqual(['pending', 'running', 'awaiting_approval']);
    expect(currentStepStates).toEqual(['running', 'awaiting_approval']);
  });
});
