import { CckmError } from '@keyferry/cckm';
import { errorRule } from '@keyferry/core';
import type { WorkContext } from '../work-context.ts';

/** The Regions of CCKM's account containers that are in use, by account; of an account that is not there CCKM tells nothing. */
export async function readManagedRegions({
  cckm,
  log,
}: Pick<WorkContext, 'cckm' | 'log'>): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  try {
    const { value } = await cckm.listKmsContainers();
    const regions = new Map<string, Set<string>>();
    for (const container of value) {
      if (container.archived || container.account === null || container.regions.length === 0) continue;
      const known = regions.get(container.account) ?? new Set();
      regions.set(container.account, new Set([...known, ...container.regions]));
    }
    return regions;
  } catch (error) {
    // What it will never answer leaves every cell unknown; what it may answer later is asked again, with all of the check.
    if (!(error instanceof CckmError) || errorRule(error.code).verdict !== 'final') throw error;
    log.warn({ code: error.code }, 'CCKM does not tell the KMS containers; coverage cannot be judged without');
    return new Map();
  }
}
