import { defaultQuotas, lowerBoundSeconds, regions, replicateUses } from '@keyferry/core';
import type { SimulatedKey, Simulator } from '../test/harness/simulator.ts';

/** Keys of several accounts, each to be replicated into every one of the Regions. */
export interface Workload {
  readonly accounts: readonly string[];
  readonly keysPerAccount: number;
  readonly primaryRegion: string;
  readonly regions: readonly string[];
}

const primaryRegion = 'us-east-1';

/** A workload of the first so many Regions of AWS beside the primaries' own. */
export function workload(size: { accounts: number; keysPerAccount: number; regions: number }): Workload {
  const others = [...regions.values()]
    .filter(({ name, partition }) => partition === 'aws' && name !== primaryRegion)
    .map(({ name }) => name);
  return {
    accounts: Array.from({ length: size.accounts }, (_, i) => String(111_111_111_111 * (i + 1))),
    keysPerAccount: size.keysPerAccount,
    primaryRegion,
    regions: others.slice(0, size.regions),
  };
}

export function replicasOf({ accounts, keysPerAccount, regions: targets }: Workload): number {
  return accounts.length * keysPerAccount * targets.length;
}

/** Makes the primaries in a simulator, account by account. */
export async function makeKeys(simulator: Simulator, work: Workload): Promise<SimulatedKey[]> {
  const groups: SimulatedKey[][] = [];
  for (const account of work.accounts) {
    groups.push(await simulator.makeKeys({ count: work.keysPerAccount, account, region: work.primaryRegion }));
  }
  return groups.flat();
}

/** The least time that AWS's default quotas let the workload take, seconds; `headroom` is the share of them in use. */
export function quotaBoundSeconds(work: Workload, headroom = 1): number {
  const calls = work.accounts.flatMap((account) =>
    work.regions.map((region) => ({
      uses: replicateUses(account, work.primaryRegion, region, false),
      calls: work.keysPerAccount,
    })),
  );
  return lowerBoundSeconds(calls, ({ operation }) => defaultQuotas[operation] * headroom);
}
