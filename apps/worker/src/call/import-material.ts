import { CckmError } from '@keyferry/cckm';
import {
  afterImported,
  afterImportRefused,
  liveMembers,
  type MaterialSource,
  missingMaterial,
  primaryOf,
} from '@keyferry/core';
import type { ClaimJob, ReplicaRow } from '@keyferry/store';
import { findSet } from '../cckm/find-set.ts';
import { readMaterialRecords } from '../cckm/read-material-records.ts';
import type { WorkContext } from '../work-context.ts';
import { makeCall } from './paced-call.ts';
import { withReleasedRow } from './released-row.ts';

/**
 * Imports into a new EXTERNAL replica the material that its primary has, from the same source key and with the same
 * expiry; of a rotated key one material after the other.
 */
export function importMaterial(context: WorkContext, job: ClaimJob): Promise<void> {
  return withReleasedRow(context, 'import', job, (released) => {
    const { row } = released;
    return makeCall(context, released, {
      prepare: () => findMissing(context, row),
      send: ([source], window) => context.cckm.importMaterial(row.replica_key_id ?? '', source, window),
      accepted: (_value, rules, [, ...more]) => afterImported(row, { more: more.length }, rules),
      refused: async (failure, rules) => afterImportRefused(row, failure, await rules()),
    });
  });
}

/** What the replica still lacks of its primary's material. Throws CckmError, also when CCKM names no source for it. */
async function findMissing(
  context: WorkContext,
  row: ReplicaRow,
): Promise<readonly [MaterialSource, ...MaterialSource[]]> {
  const { cckm } = context;
  const primary = primaryOf(liveMembers((await findSet(context, row)).value)) ?? (await cckm.getKey(row.key_id)).value;
  const [ofPrimary, ofReplica] = await Promise.all([
    readMaterialRecords(cckm, primary.id),
    readMaterialRecords(cckm, row.replica_key_id ?? ''),
  ]);
  const [first, ...more] = missingMaterial(primary, ofPrimary, ofReplica);
  if (first !== undefined) return [first, ...more];
  throw new CckmError({
    code: 'import_source_unknown',
    message: `CCKM reports no source key for the key material of ${primary.arn ?? primary.id}.`,
    mayHaveLanded: false,
  });
}
