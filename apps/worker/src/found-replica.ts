import type { CckmKey, FoundReplica, ReplicaIdentity } from '@keyferry/core';
import { failureOf } from './call-failure.ts';
import type { WorkContext } from './work-context.ts';

/**
 * A listed replica with what CCKM's rotation records say of its key material. They are asked for EXTERNAL keys alone, and
 * only in the two states that they help to tell apart; where CCKM has none (older versions) nothing is known.
 */
export async function asFound(context: WorkContext, row: ReplicaIdentity, key: CckmKey): Promise<FoundReplica> {
  const found = { id: key.id, arn: key.arn, keyState: key.keyState, materialImported: null, importError: null };
  const ask = row.origin === 'EXTERNAL' && (key.keyState === 'Enabled' || key.keyState === 'PendingImport');
  if (!ask) return found;
  try {
    const { value: rotations } = await context.cckm.listRotations(key.id);
    const current = rotations.filter((rotation) => rotation.keyMaterialState !== 'NON_CURRENT');
    if (current.length === 0) return found;
    return {
      ...found,
      materialImported: current.every((rotation) => rotation.importState === 'IMPORTED'),
      importError: current.find((rotation) => rotation.lastImportError)?.lastImportError ?? null,
    };
  } catch (error) {
    context.log.debug({ replica: row.id, code: failureOf(error).code }, 'no rotation records');
    return found;
  }
}
