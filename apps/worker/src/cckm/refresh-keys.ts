import pMap from 'p-map';
import type { WorkContext } from '../work-context.ts';
import { failureOf } from './call-failure.ts';

/** Refreshes are reads of AWS, a few at once: paced calls come first. */
const refreshesAtOnce = 4;

/**
 * Has CCKM read keys from AWS again; what fails is requested again by the next look. Answers whether CCKM took one of them:
 * before version 2.22 it offers none.
 */
export async function refreshKeys(
  { cckm, log }: Pick<WorkContext, 'cckm' | 'log'>,
  ids: readonly string[],
): Promise<boolean> {
  const refresh = async (id: string): Promise<boolean> => {
    try {
      return await cckm.refreshKey(id);
    } catch (error) {
      log.debug({ code: failureOf(error).code }, 'could not refresh a key; retrying');
      return false;
    }
  };
  return (await pMap(new Set(ids), refresh, { concurrency: refreshesAtOnce })).some(Boolean);
}
