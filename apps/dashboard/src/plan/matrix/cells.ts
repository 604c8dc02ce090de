import {
  type Counts,
  countIn,
  countsOf,
  finishedCount,
  inFlightReplicaStates,
  type MatrixBucketsView,
  presentReplicaStates,
  type ReplicaState,
  replicaStates,
  stateLetters,
  unsuccessfulReplicaStates,
} from '@keyferry/core';
import type { CellSum } from '../../matrix/matrix-subject.ts';
import { barOrder, barParts, inWords, replicaLooks } from '../../states/replica-states.ts';

const statesByLetter = new Map(replicaStates.map((state) => [stateLetters[state], state]));

/** How many replicas there are of each state, by the letters of one slice and Region or of several. */
export function countsOfLetters(
  ...slices: readonly Readonly<Record<string, number>>[]
): Partial<Record<ReplicaState, number>> {
  const counts: Partial<Record<ReplicaState, number>> = {};
  for (const [letter, count] of slices.flatMap((letters) => Object.entries(letters))) {
    const state = statesByLetter.get(letter);
    if (state !== undefined) counts[state] = (counts[state] ?? 0) + count;
  }
  return counts;
}

/** The counts of each Region, over all slices. */
export function countsByRegion({ regions, buckets }: MatrixBucketsView): { region: string; counts: Counts }[] {
  return regions.map((region, i) => ({
    region,
    counts: countsOf(countsOfLetters(...buckets.map(({ counts }) => counts[i] ?? {}))),
  }));
}

/** What has become of replicas, as it stands under the head of their Region. */
export function sumOf(counts: Readonly<Counts>): CellSum {
  const { total, failed, blocked } = counts;
  const open = [
    { look: replicaLooks.creating, count: countIn(counts, inFlightReplicaStates) },
    { look: replicaLooks.failed, count: failed },
    { look: replicaLooks.blocked, count: blocked },
  ];
  const share = total > 0 ? `${Math.floor((100 * finishedCount(counts)) / total)}%` : '';
  const worst = failed > 0 ? replicaLooks.failed : replicaLooks.blocked;
  return {
    parts: barParts(counts),
    words: inWords(counts),
    done: `${countIn(counts, presentReplicaStates).toLocaleString('en')} done`,
    open: open.filter(({ count }) => count > 0),
    short: failed + blocked > 0 ? { look: worst, count: failed + blocked } : share,
  };
}

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
