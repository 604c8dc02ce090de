import {
  type CckmKey,
  diffRequested,
  type FoundReplica,
  isMaterialImported,
  materialsInForce,
  policyLeftOut,
  type ReplicaDifferenceView,
  replicaBlockFor,
  requestsSettings,
  tagRules,
} from '@keyferry/core';
import type { HeldReplicaRow } from '@keyferry/store';
import type { WorkContext } from '../work-context.ts';
import { failureOf } from './call-failure.ts';
import { readMaterialRecords } from './read-material-records.ts';

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
    differences: await differencesOf(context, row, key),
  };
  const ask = row.origin === 'EXTERNAL' && (key.keyState === 'Enabled' || key.keyState === 'PendingImport');
  if (!ask) return found;
  const records = await readMaterialRecords(context.cckm, key.id);
  const current = materialsInForce(records).filter(({ keyMaterialState }) => keyMaterialState !== 'NON_CURRENT');
  return {
    ...found,
    materialImported: isMaterialImported(records),
    importError: current.find(({ lastImportError }) => lastImportError !== null)?.lastImportError ?? null,
  };
}

/**
 * Whether a call for this row can have made the replica: it was not there when the row was resolved, and by our own records
 * no other row's call made it. When it was made says nothing, since AWS, CCKM and this machine each have a clock of their own.
 */
function mayBeOurs({ id }: CckmKey, row: HeldReplicaRow): boolean {
  if (id === row.present_key_id) return false;
  return id === row.replica_key_id || (!row.others_replicas.includes(id) && !row.another_called_last);
}

/** States in which a replica is as far as it gets: KMS has then taken its policy, tags and description with its creation. */
const comparable = ['Enabled', 'Disabled', 'PendingImport'];

/**
 * The requested settings that a replica lacks. The key itself is read, once a look, only where its record in a list leaves
 * out a policy that is requested, or shows a difference. Throws CckmError where a later read may succeed.
 */
async function differencesOf(
  { store, cckm, config }: WorkContext,
  row: HeldReplicaRow,
  listed: CckmKey,
): Promise<readonly ReplicaDifferenceView[]> {
  if (row.operation !== 'replicate' || !comparable.includes(listed.keyState ?? '')) return [];
  const spec = await store.plans.specOf(row.plan_id);
  const { block } = replicaBlockFor(spec, { ...row, arn: row.key_arn ?? '' }, row.region, row.settings);
  if (!requestsSettings(block)) return [];
  const rules = tagRules(spec.options, config.ignoreTags);
  const differences = diffRequested(block, listed, rules);
  if (differences.length === 0 && !policyLeftOut(block, listed)) return [];
  try {
    return diffRequested(block, (await cckm.getKey(listed.id)).value, rules);
  } catch (error) {
    const { code } = failureOf(error);
    if (code !== 'cckm_forbidden') throw error;
    return differences;
  }
}
