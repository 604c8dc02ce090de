import type { CckmClient } from '@keyferry/cckm';
import { type CckmKey, isMaterialImported, mayLackMaterial } from '@keyferry/core';
import pMap from 'p-map';
import { readMaterialRecords } from '../cckm/read-material-records.ts';

const readsAtOnce = 8;

/**
 * Of replicas that are there already, the CCKM ids of those that may lack their key material: by their state, and those that
 * CCKM may call `Enabled` too early by what its rotation records say. Throws CckmError.
 */
export async function findUnfinished(cckm: CckmClient, replicas: readonly CckmKey[]): Promise<ReadonlySet<string>> {
  const doubtful = replicas.filter((replica) => mayLackMaterial(replica, new Date()));
  const unproven = await pMap(
    doubtful,
    async ({ id, keyState }) =>
      keyState === 'Enabled' && isMaterialImported(await readMaterialRecords(cckm, id)) === true ? [] : [id],
    { concurrency: readsAtOnce },
  );
  return new Set(unproven.flat());
}
