import { claimSynchronization, releaseSynchronization } from '@keyferry/store';
import { failureOf } from './call-failure.ts';
import type { WorkContext } from './work-context.ts';

/**
 * Has CCKM read from AWS what is there in one account and Region: a replica that was made outside CCKM is not in its list
 * before that. All rows that wait for it share one synchronisation a minute.
 */
export async function synchronize(context: WorkContext, place: { account: string; region: string }): Promise<void> {
  if (!(await claimSynchronization(context.store, place))) return;
  try {
    const { value: containers } = await context.cckm.listKmsContainers();
    const ids = containers
      .filter(
        ({ account, regions }) => account === place.account && (regions.length === 0 || regions.includes(place.region)),
      )
      .map(({ id }) => id);
    if (ids.length === 0) {
      context.log.warn(place, 'no KMS container of CCKM holds this account and Region; nothing to synchronise');
      return;
    }
    await context.cckm.startSynchronization(ids, [place.region]);
    context.log.info(place, 'synchronisation started: AWS has a replica that CCKM does not list');
  } catch (error) {
    context.log.warn(
      { ...place, code: failureOf(error).code },
      'the synchronisation could not be started; tried again',
    );
    await releaseSynchronization(context.store, place);
  }
}
