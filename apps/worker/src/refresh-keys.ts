import pMap from 'p-map';
import { failureOf } from './call-failure.ts';
import type { WorkContext } from './work-context.ts';

/** Refreshes are reads of AWS, a few at once: paced calls come first. */
const refreshesAtOnce = 4;

/** Has CCKM read keys from AWS anew, where it offers that; what fails is asked for again by the next look. */
export async function refreshKeys(
  { cckm, log }: Pick<WorkContext, 'cckm' | 'log'>,
  ids: readonly string[],
): Promise<void> {
  const refresh = async (id: string): Promise<void> => {
    try {
      await cckm.refreshKey(id);
    } catch (error) {
      log.debug({ code: failureOf(error).code }, 'a key could not be refreshed; asked for again');
    }
  };
  await pMap(new Set(ids), refresh, { concurrency: refreshesAtOnce });
}
