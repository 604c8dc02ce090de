import { defaultQuotas, lowerBoundSeconds, regions, replicateUses } from '@keyferry/core';
import type { SimulatedKey, Simulator } from '../test/harness/simulator.ts';

/** So many keys in each account and primary Region, each to be replicated into every one of the Regions. */
export interface Workload {
  readonly accounts: readonly string[];
  readonly primaryRegions: readonly string[];
  readonly keysEach: number;
  readonly regions: readonly string[];
}

/** A workload of so many accounts and Regions; no Region holds both primaries and replicas. */
export function workload(size: {
  accounts: number;
  primaryRegions?: number;
  keysEach: number;
  regions: number;
}): Workload {
  const { primaryRegions = 1 } = size;
  const names = [...regions.values()].filter(({ partition }) => partition === 'aws').map(({ name }) => name);
  return {
    accounts: Array.from({ length: size.accounts }, (_, i) => String(111_111_111_111 * (i + 1))),
    primaryRegions: names.slice(0, primaryRegions),
    keysEach: size.keysEach,
    regions: names.slice(primaryRegions, primaryRegions + size.regions),
  };
}

export function replicasOf(work: Workload): number {
  return work.accounts.length * work.primaryRegions.length * work.keysEach * work.regions.length;
}

/** Makes the primaries in a simulator, account by account. */
export async function makeKeys(simulator: Simulator, work: Workload): Promise<SimulatedKey[]> {
  const keys: SimulatedKey[] = [];
  for (const account of work.accounts) {
    for (const region of work.primaryRegions) {
      keys.push(...(await simulator.makeKeys({ count: work.keysEach, account, region })));
    }
  }
  return keys;
}

/** The least time that AWS's default quotas let the workload take, seconds; `headroom` is the share of them in use. */
export function quotaBoundSeconds(work: Workload, headroom = 1): number {
  const calls = work.accounts.flatMap((account) =>
    work.primaryRegions.flatMap((primary) =>
      work.regions.map((region) => ({
        uses: replicateUses(account, primary, region, false),
        calls: work.keysEach,
      })),
    ),
  );
  const seconds = lowerBoundSeconds(calls, ({ operation }) => defaultQuotas[operation] * headroom);
  return Math.round(seconds * 1000) / 1000;
}
