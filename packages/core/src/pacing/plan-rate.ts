import type { PlanOperation } from '../plan/life.ts';
import { type LaneKey, type LaneUse, laneId, operationUses } from './lanes.ts';

/** From where to where replicas of a plan go. */
export interface Way {
  readonly account: string;
  readonly primary_region: string;
  readonly region: string;
  /** The Region's place in the plan. */
  readonly wave: number;
}

/**
 * How many replicas a second these ways allow together: in each account what its ReplicateKey lanes let out and its
 * CreateKey (and CreateAlias) lanes take in, the smaller of them; of promotions what the lanes of the Regions that they
 * leave and of those that they go to let through. Of waves that go one after the other the fastest counts.
 * `rateOf` answers requests a second of a lane.
 */
export function replicasPerSecond(
  ways: readonly Way[],
  rateOf: (lane: LaneKey) => number,
  { operation, withAlias, sequential }: { operation: PlanOperation; withAlias: boolean; sequential: boolean },
): number {
  const waves = sequential ? Map.groupBy(ways, ({ wave }) => wave) : new Map([[0, ways]]);
  const rates = [...waves.values()].map((wave) => {
    const accounts = Map.groupBy(wave, ({ account }) => account);
    return [...accounts.values()].reduce((sum, own) => sum + rateInAccount(own, rateOf, operation, withAlias), 0);
  });
  return Math.max(0, ...rates);
}

function rateInAccount(
  ways: readonly Way[],
  rateOf: (lane: LaneKey) => number,
  operation: PlanOperation,
  withAlias: boolean,
): number {
  // Out of one Region, into another, and the alias there: each with all lanes that calls spend so.
  const parts: Map<string, LaneUse>[] = [];
  for (const way of ways) {
    for (const [part, use] of operationUses(operation, way, withAlias).entries()) {
      const lanes = parts[part] ?? new Map<string, LaneUse>();
      parts[part] = lanes.set(laneId(use), use);
    }
  }
  const together = parts.map((lanes) => [...lanes.values()].reduce((sum, use) => sum + rateOf(use) / use.cost, 0));
  return together.length === 0 ? 0 : Math.min(...together);
}
