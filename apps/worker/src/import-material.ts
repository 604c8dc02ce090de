import { setTimeout as wait } from 'node:timers/promises';
import { CckmError } from '@keyferry/cckm';
import { afterImported, afterImportRefused, type Decision, type MaterialSource, missingMaterial } from '@keyferry/core';
import {
  type AttemptRecord,
  type ClaimedReplica,
  claimImports,
  type ReplicaRow,
  slotToleranceMs,
  slowLane,
} from '@keyferry/store';
import { activeSpan, traced } from '@keyferry/tracing';
import { answered, failed } from './attempt-record.ts';
import { callLane } from './call-budgets.ts';
import { failureOf } from './call-failure.ts';
import { noteCall } from './note-call.ts';
import { readMaterialRecords } from './read-material-records.ts';
import { callContext } from './rules-of.ts';
import { aboutReplica, linkPlans, noteDecision } from './trace-job.ts';
import type { WorkContext } from './work-context.ts';

/**
 * Imports into a new EXTERNAL replica the material that its primary has, from the same source key and with the same
 * expiry; of a rotated key one material after the other. Paced like every other call; what comes of it is seen by the next look at the replica.
 */
export async function importMaterial(context: WorkContext, job: { id: string; epoch: number }): Promise<void> {
  const workerId = context.session.id;
  const [claimed] = await traced('claim', {}, () => claimImports(context.store, workerId, [job]));
  if (!claimed) return;
  const { row } = claimed;
  activeSpan().note({ ...aboutReplica(row, 'import'), 'keyferry.attempt': row.imports + 1 });
  await context.held.while([row.id], async () => {
    await linkPlans(context, [row.planId]);
    const attempts: AttemptRecord[] = [];
    const decision = await traced('import', {}, () => call(context, claimed, attempts));
    noteDecision(decision);
    const { changes } = decision;
    await traced('record', {}, () => context.outcomes.write(workerId, { row, changes, attempts }));
  });
}

async function call(context: WorkContext, claimed: ClaimedReplica, attempts: AttemptRecord[]): Promise<Decision> {
  const { session, cckm, store } = context;
  const { row, delayMs } = claimed;
  const lane = callLane('import', row);
  const slow = () => slowLane(store, lane);
  const slotAt = Date.now() + delayMs;
  let called = { operation: 'import', startedAt: session.now() } as const;
  try {
    const [source, ...more] = await findMissing(context, row);
    await wait(Math.max(0, slotAt - Date.now()));
    called = { ...called, startedAt: session.now() };
    const answer = await cckm.importMaterial(row.replicaKeyId ?? '', source, {
      sendBefore: slotAt + slotToleranceMs,
    });
    const decision = afterImported(row, { more: more.length }, await callContext(context, row));
    attempts.push(answered(session, called, answer, decision.note));
    await noteCall(context, lane, claimed, null, slow);
    return decision;
  } catch (error) {
    const failure = failureOf(error);
    const decision = afterImportRefused(
      row,
      failure,
      await callContext(context, row, { failure, since: called.startedAt }),
    );
    if (failure.code !== 'not_sent') attempts.push(failed(session, called, error, decision.note));
    await noteCall(context, lane, claimed, failure.code, slow);
    return decision;
  }
}

/** What the replica still lacks of its primary's material. Throws CckmError, also when CCKM names no source for it. */
async function findMissing(
  { cckm }: WorkContext,
  row: ReplicaRow,
): Promise<readonly [MaterialSource, ...MaterialSource[]]> {
  const [primary, ofPrimary, ofReplica] = await Promise.all([
    cckm.getKey(row.keyId),
    readMaterialRecords(cckm, row.keyId),
    readMaterialRecords(cckm, row.replicaKeyId ?? ''),
  ]);
  const [first, ...more] = missingMaterial(primary.value, ofPrimary, ofReplica);
  if (first !== undefined) return [first, ...more];
  throw new CckmError({
    code: 'import_source_unknown',
    message: `CCKM names no source key for the material of ${primary.value.arn ?? primary.value.id}.`,
    mayHaveLanded: false,
  });
}
