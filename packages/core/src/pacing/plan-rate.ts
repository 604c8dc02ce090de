import { type LaneKey, type LaneUse, laneId, replicateUses } from './lanes.ts';

/** From where to where replicas of a plan go. */
export interface Way {
  readonly account: string;
  readonly primaryRegion: string;
  readonly region: string;
  /** The Region's place in the plan. */
  readonly wave: number;
}

/**
 * How many replicas a second these ways allow together: in each account what its ReplicateKey lanes let out and its
 * CreateKey (and CreateAlias) lanes take in, the smaller of them. Of waves that go one after the other the fastest counts.
 * `rateOf` answers requests a second of a lane.
 */
export function replicasPerSecond(
  ways: readonly Way[],
  rateOf: (lane: LaneKey) => number,
  { withAlias, sequential }: { withAlias: boolean; sequential: boolean },
): number {
  const waves = sequential ? Map.groupBy(ways, ({ wave }) => wave) : new Map([[0, ways]]);
  const rates = [...waves.values()].map((wave) => {
    const accounts = Map.groupBy(wave, ({ account }) => account);
    return [...accounts.values()].reduce((sum, own) => sum + rateInAccount(own, rateOf, withAlias), 0);
  });
  return Math.max(0, ...rates);
}

function rateInAccount(ways: readonly Way[], rateOf: (lane: LaneKey) => number, withAlias: boolean): number {
  const lanes = new Map<string, LaneUse>();
  for (const { account, primaryRegion, region } of ways) {
    for (const use of replicateUses(account, primaryRegion, region, withAlias)) lanes.set(laneId(use), use);
  }
  const together = new Map<string, number>();
  for (const use of lanes.values()) {
    together.set(use.operation, (together.get(use.operation) ?? 0) + rateOf(use) / use.cost);
  }
  return together.size === 0 ? 0 : Math.min(...together.values());
}
