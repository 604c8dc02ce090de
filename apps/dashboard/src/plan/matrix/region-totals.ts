import { type Counts, countsOf, type MatrixBucketsView, type ReplicaState } from '@keyferry/core';
import { countsOfLetters } from './cells.ts';

/** The counts of each Region, over all slices. */
export function totalsByRegion({ regions, buckets }: MatrixBucketsView): Counts[] {
  return regions.map((_, i) => {
    const sum: Partial<Record<ReplicaState, number>> = {};
    for (const { counts } of buckets) {
      for (const [state, count] of Object.entries(countsOfLetters(counts[i] ?? {}))) {
        sum[state as ReplicaState] = (sum[state as ReplicaState] ?? 0) + count;
      }
    }
    return countsOf(sum);
  });
}
