import { setTimeout as wait } from 'node:timers/promises';
import {
  afterPrimaryCame,
  afterPrimaryMoved,
  type CallFailure,
  type CckmKey,
  type Decision,
  liveMembers,
  mayBeStaleIdentity,
  primaryNow,
} from '@keyferry/core';
import { followPrimary, type HeldReplicaRow } from '@keyferry/store';
import { traced } from '@keyferry/tracing';
import { failureOf } from '../cckm/call-failure.ts';
import { refreshKeys } from '../cckm/refresh-keys.ts';
import { synchronize } from '../cckm/synchronize.ts';
import type { WorkContext } from '../work-context.ts';

/** Pauses before the set is read again once its records were refreshed, milliseconds; the answer to a refresh comes first. */
const pausesMs = [200, 500, 1_200];

/**
 * What becomes of a row whose call was refused as calls are for a key that is not the primary any more: its set is read
 * again, its records refreshed where they still say otherwise, and the row goes on with the primary of now. Null: the set
 * says that the right key was called, or cannot be read; the refusal stands.
 */
export async function afterStaleIdentity(
  context: WorkContext,
  row: HeldReplicaRow,
  failure: CallFailure,
): Promise<Decision | null> {
  if (!mayBeStaleIdentity(failure.code)) return null;
  try {
    const primary = await traced('find primary', {}, () => findPrimary(context, row, failure.code === 'not_primary'));
    return primary === null ? null : await goOnWith(context, row, primary, failure);
  } catch (error) {
    context.log.debug(
      { code: failureOf(error).code, replica: row.id },
      'could not read the key set after a refused call',
    );
    return null;
  }
}

/** The same before any call, by members that were just read. Null: they name the key that the row has. */
export async function followMovedPrimary(
  context: WorkContext,
  row: HeldReplicaRow,
  members: readonly CckmKey[],
): Promise<Decision | null> {
  const now = primaryNow(members, row.key_id, { refused: false, refreshed: false });
  return now.is === 'elsewhere' ? goOnWith(context, row, now.primary, null) : null;
}

/** The primary of the set if it is not that of the row; null: it is, or CCKM does not report it. Throws CckmError. */
async function findPrimary(context: WorkContext, row: HeldReplicaRow, notPrimary: boolean): Promise<CckmKey | null> {
  const read = async () => (await context.cckm.findMembers(row.mrk)).value;
  let members = await read();
  const first = primaryNow(members, row.key_id, { refused: notPrimary, refreshed: false });
  if (first.is === 'elsewhere') return first.primary;
  // Another refusal may be about the state of the right key.
  if (!notPrimary) return null;
  const refreshed = await refreshKeys(
    context,
    liveMembers(members).map(({ id }) => id),
  );
  if (!refreshed) await synchronize(context, { account: row.account, region: row.primary_region });
  for (const pause of pausesMs) {
    await wait(pause);
    members = await read();
    const now = primaryNow(members, row.key_id, { refused: true, refreshed: true });
    if (now.is === 'elsewhere') return now.primary;
  }
  return null;
}

async function goOnWith(
  context: WorkContext,
  row: HeldReplicaRow,
  primary: CckmKey,
  failure: CallFailure | null,
): Promise<Decision | null> {
  if (primary.region === null) return null;
  if (primary.region === row.region && row.operation === 'replicate') return afterPrimaryCame(row, primary, failure);
  if (primary.region !== row.region) {
    const to = { keyId: primary.id, keyArn: primary.arn, region: primary.region };
    if (!(await followPrimary(context.store, { workerId: context.session.id, row, to }))) return null;
  }
  return afterPrimaryMoved(row, primary, failure, { now: context.session.now(), random: context.random });
}
