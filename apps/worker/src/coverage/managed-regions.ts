import { CckmError } from '@keyferry/cckm';
import { errorRule } from '@keyferry/core';
import type { WorkContext } from '../work-context.ts';

/**
 * The Regions of CCKM's account containers that are in use, by account: none where all of them are archived; of an account
 * that is not there CCKM tells nothing.
 */
export async function readManagedRegions({
  cckm,
  log,
}: Pick<WorkContext, 'cckm' | 'log'>): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  try {
    const { value } = await cckm.listKmsContainers();
    const regions = new Map<string, Set<string>>();
    for (const container of value) {
      const { account, archived, regions: its } = container;
      if (account === null || (its.length === 0 && !archived)) continue;
      regions.set(account, new Set([...(regions.get(account) ?? []), ...(archived ? [] : its)]));
    }
    return regions;
  } catch (error) {
    // What it will never answer leaves absences doubtful; what it may answer later is asked again, with all of the check.
    if (!(error instanceof CckmError) || errorRule(error.code).verdict !== 'final') throw error;
    log.warn(
      { code: error.code },
      'CCKM does not tell the KMS containers; a key that it does not list is unknown, not missing',
    );
    return new Map();
  }
}
