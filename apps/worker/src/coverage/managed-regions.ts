import { CckmError } from '@keyferry/cckm';
import { errorRule } from '@keyferry/core';
import { regionsByAccount } from '../resolve/regions-by-account.ts';
import type { WorkContext } from '../work-context.ts';

/** The Regions of CCKM's account containers that are in use, by account. */
export async function readManagedRegions({
  cckm,
  log,
}: Pick<WorkContext, 'cckm' | 'log'>): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  try {
    return regionsByAccount((await cckm.listKmsContainers()).value);
  } catch (error) {
    // What it will never answer leaves absences doubtful; what it may answer later is asked again, with all of the check.
    if (!(error instanceof CckmError) || errorRule(error.code).verdict !== 'final') throw error;
    log.warn(
      { code: error.code },
      'CCKM does not report the KMS containers: keys that it does not list count as unknown, not missing',
    );
    return new Map();
  }
}
