import { z } from 'zod';
import { type ReplicaState, replicaStates, terminalReplicaStates } from './states.ts';

const count = z.int().min(0);

export const countsViewSchema = z
  .object({
    total: count,
    ...(Object.fromEntries(replicaStates.map((state) => [state, count])) as Record<
      (typeof replicaStates)[number],
      typeof count
    >),
  })
  .meta({ id: 'Counts', description: 'Replicas by state; they always sum to `total`.' });

/** How many replicas of a plan are in each state. `total` is their sum. */
export type Counts = { total: number } & Record<ReplicaState, number>;

export function emptyCounts(): Counts {
  return { total: 0, ...Object.fromEntries(replicaStates.map((state) => [state, 0])) } as Counts;
}

/** Counts from one number a state; `total` is computed, so it cannot disagree. */
export function countsOf(byState: Partial<Record<ReplicaState, number>>): Counts {
  const counts = emptyCounts();
  for (const state of replicaStates) {
    counts[state] = byState[state] ?? 0;
    counts.total += counts[state];
  }
  return counts;
}

/** How many replicas are in one of these states. */
export function countIn(counts: Counts, states: readonly ReplicaState[]): number {
  return states.reduce((sum, state) => sum + counts[state], 0);
}

/** How many replicas have reached their end. */
export function finishedCount(counts: Counts): number {
  return countIn(counts, terminalReplicaStates);
}
