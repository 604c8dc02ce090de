import { type LaneUse, laneId } from './lanes.ts';

/**
 * The least time, in seconds, in which the quotas alone let this work be done: each lane's cost over its quota, the
 * slowest lane counts. `quotaOf` answers requests a second.
 */
export function lowerBoundSeconds(
  work: Iterable<{ readonly uses: readonly LaneUse[]; readonly calls: number }>,
  quotaOf: (use: LaneUse) => number,
): number {
  const secondsByLane = new Map<string, number>();
  for (const { uses, calls } of work) {
    for (const use of uses) {
      const id = laneId(use);
      secondsByLane.set(id, (secondsByLane.get(id) ?? 0) + (use.cost * calls) / quotaOf(use));
    }
  }
  return Math.max(0, ...secondsByLane.values());
}
