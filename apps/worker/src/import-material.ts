import { setTimeout as wait } from 'node:timers/promises';
import { CckmError, type MaterialSource } from '@keyferry/cckm';
import { afterImported, afterImportRefused, type CckmKey, type Decision, toReplicaError } from '@keyferry/core';
import { type AttemptRecord, type ClaimedReplica, claimImports, slotToleranceMs, slowLane } from '@keyferry/store';
import { failureOf, requestIdOf } from './call-failure.ts';
import type { WorkContext } from './work-context.ts';

/**
 * Imports into a new EXTERNAL replica the material that its primary has, from the same source key and with the same
 * expiry. Paced like every other call; what comes of it is seen by the next look at the replica.
 */
export async function importMaterial(context: WorkContext, job: { id: string; epoch: number }): Promise<void> {
  const workerId = context.session.id;
  const [claimed] = await claimImports(context.store, workerId, [job]);
  if (!claimed) return;
  await context.held.while([claimed.row.id], async () => {
    const attempts: AttemptRecord[] = [];
    const { changes } = await call(context, claimed, attempts);
    await context.outcomes.write(workerId, { row: claimed.row, changes, attempts });
  });
}

async function call(
  context: WorkContext,
  { row, delayMs }: ClaimedReplica,
  attempts: AttemptRecord[],
): Promise<Decision> {
  const spec = await context.plans.specOf(row.planId);
  const rules = () => ({
    now: context.session.now(),
    random: context.random,
    maxAttempts: spec.options.max_attempts,
    watch: context.config.verify,
    cckmSeemsDown: context.circuits.cckmSeemsDown,
  });
  const slotAt = Date.now() + delayMs;
  let startedAt = context.session.now();
  try {
    const primary = await context.cckm.getKey(row.keyId);
    if (delayMs > 0) await wait(Math.max(0, slotAt - Date.now()));
    startedAt = context.session.now();
    const answer = await context.cckm.importMaterial(row.replicaKeyId ?? '', materialSource(primary.value), {
      sendBefore: slotAt + slotToleranceMs,
    });
    const decision = afterImported(row, rules());
    attempts.push({
      operation: 'import',
      startedAt,
      finishedAt: context.session.now(),
      httpStatus: answer.httpStatus,
      error: null,
      requestId: answer.requestId,
      note: decision.note,
    });
    return decision;
  } catch (error) {
    const failure = failureOf(error);
    const decision = afterImportRefused(row, failure, rules());
    if (failure.code !== 'not_sent') {
      attempts.push({
        operation: 'import',
        startedAt,
        finishedAt: context.session.now(),
        httpStatus: failure.httpStatus,
        error: toReplicaError(failure),
        requestId: requestIdOf(error),
        note: decision.note,
      });
    }
    if (failure.code === 'throttled') {
      await slowLane(context.store, { account: row.account, region: row.region, operation: 'GetParametersForImport' });
    }
    return decision;
  }
}

/** Where a primary's material came from, as import-material wants it named. Source: CCKM contract, section 2.7. */
function materialSource(primary: CckmKey): MaterialSource {
  if (primary.localKeyId === null) {
    throw new CckmError({
      code: 'import_source_unknown',
      message: `CCKM names no source key for the material of ${primary.arn ?? primary.id}.`,
      mayHaveLanded: false,
    });
  }
  const expires = primary.validTo !== null && primary.expirationModel === 'KEY_MATERIAL_EXPIRES';
  return {
    sourceKeyIdentifier: primary.localKeyId,
    sourceKeyTier: primary.keySource ?? 'local',
    expiresAt: expires ? primary.validTo : null,
  };
}
