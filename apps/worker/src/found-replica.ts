import { type CckmKey, type FoundReplica, isMaterialImported } from '@keyferry/core';
import type { HeldReplicaRow } from '@keyferry/store';
import { readMaterialRecords } from './read-material-records.ts';
import type { WorkContext } from './work-context.ts';

/** AWS's clock and ours may be so far apart. */
const clocksMs = 5 * 60_000;

/**
 * A listed replica with what CCKM's rotation records say of its key material. They are asked for EXTERNAL keys alone, and
 * only in the two states that they help to tell apart; where CCKM has none (older versions) nothing is known. Throws
 * CckmError when they cannot be read: that is no reason to take a state for proved.
 */
export async function asFound(context: WorkContext, row: HeldReplicaRow, key: CckmKey): Promise<FoundReplica> {
  const found = {
    id: key.id,
    arn: key.arn,
    keyState: key.keyState,
    materialImported: null,
    importError: null,
    mayBeOurs: mayBeOurs(key, row),
  };
  const ask = row.origin === 'EXTERNAL' && (key.keyState === 'Enabled' || key.keyState === 'PendingImport');
  if (!ask) return found;
  const records = await readMaterialRecords(context.cckm, key.id);
  const current = records.filter(({ keyMaterialState }) => keyMaterialState !== 'NON_CURRENT');
  return {
    ...found,
    materialImported: isMaterialImported(records),
    importError: current.find(({ lastImportError }) => lastImportError !== null)?.lastImportError ?? null,
  };
}

/** Whether a call for this row can have made the replica: no other row's did, by what is known, and it is not older. */
function mayBeOurs({ id, createdAt }: CckmKey, row: HeldReplicaRow): boolean {
  if (id === row.replicaKeyId) return true;
  const older = createdAt !== null && createdAt.getTime() < row.createdAt.getTime() - clocksMs;
  return !older && !row.othersReplicas.includes(id) && !row.anotherCalledLast;
}
