import { CckmError } from '@keyferry/cckm';
import { redactMessage } from '@keyferry/core';
import {
  beginReading,
  claimEstate,
  endReading,
  isCckmDown,
  releaseEstate,
  replaceEstate,
  writeReading,
} from '@keyferry/store';
import type { WorkContext } from '../work-context.ts';

const pageSize = 500;

/**
 * Reads all that CCKM lists, if the list is being viewed and the last one is old, and replaces that.
 * Key policies are not kept. `signal` ends it between two pages.
 */
export async function readEstate(
  { store, cckm, config, log, session }: WorkContext,
  signal: AbortSignal,
): Promise<void> {
  if (await isCckmDown(store.prisma)) return;
  if (!(await claimEstate(store, session.id, config.estate.maxAgeMs))) return;
  const reading = await beginReading(store, session.id);
  try {
    for await (const page of cckm.eachKeyPage({}, { pageSize })) {
      if (signal.aborted) break;
      const keys = page.value.map((key) => ({ ...key, policy: null }));
      const refused = await writeReading(store, reading, keys);
      if (refused.length > 0)
        log.warn({ keys: refused }, 'Postgres refused keys of CCKM: stored without their text fields');
    }
    const read = signal.aborted ? null : await replaceEstate(store, session.id, reading);
    if (read === null) await releaseEstate(store, session.id, null);
    else log.info({ rows: read }, 'read the key list of CCKM');
  } catch (error) {
    const code = error instanceof CckmError ? error.code : 'internal';
    const message = error instanceof CckmError ? error.message : 'See the worker log.';
    await releaseEstate(store, session.id, { code, message: redactMessage(message) });
    if (!(error instanceof CckmError)) throw error;
    log.warn({ code }, 'could not read the key list of CCKM');
  } finally {
    await endReading(store, reading);
  }
}
