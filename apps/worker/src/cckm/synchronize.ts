import { setTimeout as wait } from 'node:timers/promises';
import { isAbout, type Synchronization } from '@keyferry/cckm';
import { redactMessage } from '@keyferry/core';
import { claimSynchronization, noteFailedSynchronization, releaseSynchronization } from '@keyferry/store';
import type { WorkContext } from '../work-context.ts';
import { failureOf } from './call-failure.ts';

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
        ({ account, archived, regions }) =>
          !archived && account === place.account && (regions.length === 0 || regions.includes(place.region)),
      )
      .map(({ id }) => id);
    if (ids.length === 0) {
      context.log.warn(place, 'CCKM has no KMS container for this account and Region: nothing to synchronise');
      return;
    }
    const { value: job } = await context.cckm.startSynchronization(ids, [place.region]);
    context.log.info(place, 'synchronisation started: AWS has keys that CCKM does not list');
    const failure = await awaitFailure(context, place, job);
    if (failure === null) return;
    context.log.warn({ ...place, reason: failure }, 'the synchronisation failed');
    await noteFailedSynchronization(context.store, place, failure);
  } catch (error) {
    context.log.warn({ ...place, code: failureOf(error).code }, 'could not start the synchronisation; retrying');
    await releaseSynchronization(context.store, place);
  }
}

/** A job that runs longer is left alone: what it has brought is seen by the next looks. */
const followedMs = 30_000;
const askAgainMs = 500;

/** What a job says of its failure in an account and Region; null: it is done there, or still runs. Throws CckmError. */
async function awaitFailure(
  { cckm }: WorkContext,
  place: { account: string; region: string },
  begun: Synchronization,
): Promise<string | null> {
  const deadline = Date.now() + followedMs;
  for (let job = begun; ; ) {
    const here = job.failures.find((failure) => isAbout(failure, place));
    if (here !== undefined) return redactMessage(here.said);
    if (job.state === 'failed' && job.failures.length === 0) return 'CCKM reports no reason.';
    if (job.state !== 'running' || job.id === null || Date.now() > deadline) return null;
    await wait(askAgainMs);
    job = (await cckm.readSynchronization(job.id)).value;
  }
}
