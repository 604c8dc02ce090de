import type { SimulatedKey } from '../../test/harness/simulator.ts';

/** One key into one Region. */
export interface Pair {
  readonly key: SimulatedKey;
  readonly region: string;
}

/** What a way of replicating says of itself afterwards. Times are milliseconds since the epoch. */
export interface WayResult {
  /** What it says became of each replica, by `pairId`. */
  readonly said: ReadonlyMap<string, 'done' | 'failed'>;
  readonly saidDoneAt: number;
  /** Replicas that it has read back as usable. */
  readonly readBack: number;
}

export function pairId(mrk: string, region: string): string {
  return `${mrk} ${region}`;
}

/** Every key into every Region, key by key, as a nested loop makes them. */
export function pairsOf(keys: readonly SimulatedKey[], regions: readonly string[]): Pair[] {
  return keys.flatMap((key) => regions.map((region) => ({ key, region })));
}
