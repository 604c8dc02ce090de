import { type ReplicaState, unsuccessfulReplicaStates } from '@keyferry/core';
import { barOrder } from '../../states/replica-states.ts';

/** However few failed, they are seen: they get at least this share of their place in the picture. */
const leastOfTrouble = 0.34;

interface Share {
  readonly state: ReplicaState;
  /** 0..1 */
  readonly share: number;
}

/** How one slice of keys in one Region is painted: by its states in proportion, the worst first. */
export function sharesOf(counts: Partial<Record<ReplicaState, number>>): Share[] {
  const total = barOrder.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
  if (total === 0) return [];
  const shares = barOrder
    .toReversed()
    .filter((state) => (counts[state] ?? 0) > 0)
    .map((state) => ({ state, share: (counts[state] ?? 0) / total }));
  const raised = shares.map(({ state, share }) => ({
    state,
    share: unsuccessfulReplicaStates.includes(state) ? Math.max(leastOfTrouble, share) : share,
  }));
  const sum = raised.reduce((all, { share }) => all + share, 0);
  return raised.map(({ state, share }) => ({ state, share: share / sum }));
}
