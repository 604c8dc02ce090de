import { setTimeout as wait } from 'node:timers/promises';
import { CckmError } from '@keyferry/cckm';
import {
  afterAccepted,
  afterLook,
  afterRefused,
  type CallContext,
  type CallFailure,
  type Decision,
  type ErrorCode,
  laneId,
  replicaBlockFor,
  toReplicaError,
} from '@keyferry/core';
import {
  type AttemptRecord,
  type ClaimedForReplication,
  claimReplicas,
  type ReplicaRow,
  slotToleranceMs,
  slowLane,
  throttledLane,
} from '@keyferry/store';
import { failureOf, requestIdOf } from './call-failure.ts';
import { asFound } from './found-replica.ts';
import type { WorkContext } from './work-context.ts';

/** What is left of the lease when a call may still be started: the call itself is watched by heartbeats. */
const leaseMarginMs = 500;

/**
 * Makes one replica: claims the released row, waits for its slot, calls replicate-key once and records what came of it.
 * Anything that is to be repeated goes back through the dispatcher, so that every call to AWS is paced.
 */
export async function replicate(context: WorkContext, job: { id: string; epoch: number }): Promise<void> {
  const workerId = context.session.id;
  const [claimed] = await claimReplicas(context.store, workerId, [job]);
  if (!claimed) return;
  const { row } = claimed;
  await context.held.while([row.id], async () => {
    const attempts: AttemptRecord[] = [];
    const known = row.lookFirst ? await lookFirst(context, row, attempts) : null;
    const { changes } = known ?? (await call(context, claimed, attempts));
    await context.outcomes.write(workerId, { row, changes, attempts });
  });
}

/** Asks CCKM before the call; null when there is nothing and the call is to be made. */
async function lookFirst(context: WorkContext, row: ReplicaRow, attempts: AttemptRecord[]): Promise<Decision | null> {
  const startedAt = context.session.now();
  const spec = await context.plans.specOf(row.planId);
  try {
    const answer = await context.cckm.findMembers(row.mrk, { region: row.region });
    const found = answer.value.find((member) => member.region === row.region && !member.gone);
    const decision = found
      ? afterLook({ ...row, unsettledSince: startedAt }, await asFound(context, row, found), {
          now: context.session.now(),
          random: context.random,
          watch: context.config.verify,
          importMaterial: spec.options.import_material,
          cancelled: false,
          maxAttempts: spec.options.max_attempts,
        })
      : null;
    attempts.push({
      operation: 'reconcile',
      startedAt,
      finishedAt: context.session.now(),
      httpStatus: answer.httpStatus,
      error: null,
      requestId: answer.requestId,
      note: decision?.note ?? 'not there: called',
    });
    return decision;
  } catch (error) {
    const failure = failureOf(error);
    attempts.push(attempt(context, 'reconcile', startedAt, failure, requestIdOf(error), 'asked again later'));
    return afterRefused(row, { ...failure, mayHaveLanded: false }, await callContext(context, row));
  }
}

async function call(
  context: WorkContext,
  { row, delayMs, probes }: ClaimedForReplication,
  attempts: AttemptRecord[],
): Promise<Decision> {
  const { session, cckm } = context;
  const spec = await context.plans.specOf(row.planId);
  const block = replicaBlockFor(spec, { keyId: row.keyId, mrk: row.mrk, arn: row.keyArn ?? '' }, row.region);
  const slotAt = Date.now() + delayMs;
  if (delayMs > 0) await wait(delayMs);
  const startedAt = session.now();
  try {
    if (session.remainingMs() < leaseMarginMs) throw leaseLost();
    const answer = await cckm.replicateKey(
      row.keyId,
      { region: row.region, block, origin: row.origin },
      { sendBefore: slotAt + slotToleranceMs },
    );
    const decision = afterAccepted(
      row,
      { replicaKeyId: answer.value.id, replicaArn: answer.value.arn },
      await callContext(context, row),
    );
    attempts.push({
      operation: 'replicate',
      startedAt,
      finishedAt: session.now(),
      httpStatus: answer.httpStatus,
      error: null,
      requestId: answer.requestId,
      note: decision.note,
    });
    await noteCall(context, row, null, probes);
    return decision;
  } catch (error) {
    const failure = failureOf(error);
    const decision = afterRefused(row, failure, await callContext(context, row));
    if (failure.code !== 'not_sent') {
      attempts.push(attempt(context, 'replicate', startedAt, failure, requestIdOf(error), decision.note));
    }
    await noteCall(context, row, failure.code, probes);
    return decision;
  }
}

/** What a call says of its lane, beside its replica. A worker that cannot note it goes on: the next call will tell. */
async function noteCall(
  { store, circuits, log }: WorkContext,
  row: ReplicaRow,
  error: ErrorCode | null,
  probes: boolean,
): Promise<void> {
  if (error === 'not_sent') return;
  const lane = { account: row.account, region: row.region, operation: 'CreateKey' } as const;
  try {
    if (error === 'throttled') await slowLane(store, await throttledLane(store, row));
    await circuits.noteLaneCall(lane, error, probes);
  } catch (failure) {
    log.warn({ err: failure, lane: laneId(lane) }, 'could not note what became of a call');
  }
}

async function callContext(context: WorkContext, row: ReplicaRow): Promise<CallContext> {
  const spec = await context.plans.specOf(row.planId);
  return {
    now: context.session.now(),
    random: context.random,
    maxAttempts: spec.options.max_attempts,
    watch: context.config.verify,
    cckmSeemsDown: context.circuits.cckmSeemsDown,
  };
}

function attempt(
  context: WorkContext,
  operation: AttemptRecord['operation'],
  startedAt: Date,
  failure: CallFailure,
  requestId: string | null,
  note: string,
): AttemptRecord {
  return {
    operation,
    startedAt,
    finishedAt: context.session.now(),
    httpStatus: failure.httpStatus,
    error: toReplicaError(failure),
    requestId,
    note,
  };
}

function leaseLost(): CckmError {
  return new CckmError({ code: 'not_sent', message: 'The lease ran out before the call.', mayHaveLanded: false });
}
