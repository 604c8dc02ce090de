import type { Answer, SendWindow } from '@keyferry/cckm';
import type { CallContext, CallFailure, Decision } from '@keyferry/core';
import { type AttemptRecord, type FinishingKind, type HeldReplicaRow, slowLane } from '@keyferry/store';
import { activeSpan, traced } from '@keyferry/tracing';
import { failureOf } from '../cckm/call-failure.ts';
import { refreshKeys } from '../cckm/refresh-keys.ts';
import { callLane } from '../dispatch/call-budgets.ts';
import type { WorkContext } from '../work-context.ts';
import { unlessAsResolved, unlessItsReplica } from './as-resolved.ts';
import { answered, failed } from './attempt-record.ts';
import type { HeldCall } from './claims.ts';
import { noteCall } from './note-call.ts';
import { reachSlot } from './reach-slot.ts';
import { callContext } from './rules-of.ts';
import { aboutReplica, linkPlans, noteDecision } from './trace-job.ts';

/** A call that finishes a replica which is there. */
export interface FinishingCall<Prepared> {
  readonly kind: FinishingKind;
  /** How many of them have failed for a row. */
  failures(row: HeldReplicaRow): number;
  /** Reads, before the slot, what is to be sent. Throws CckmError. */
  prepare(context: WorkContext, row: HeldReplicaRow): Promise<Prepared>;
  /** Throws CckmError. */
  send(context: WorkContext, row: HeldReplicaRow, prepared: Prepared, window: SendWindow): Promise<Answer<unknown>>;
  accepted(row: HeldReplicaRow, prepared: Prepared, rules: CallContext): Decision;
  refused(
    context: WorkContext,
    row: HeldReplicaRow,
    failure: CallFailure,
    rules: CallContext,
  ): Decision | Promise<Decision>;
}

/** Makes one such call for a released row, paced like every other; what comes of it is seen by the next look at the replica. */
export async function finishReplica<Prepared>(
  context: WorkContext,
  finishing: FinishingCall<Prepared>,
  job: { id: string; epoch: number },
): Promise<void> {
  const { kind } = finishing;
  const workerId = context.session.id;
  const claimed = await traced('claim', {}, () => context.claims.finishing(workerId, kind, job));
  if (!claimed) return;
  const { row } = claimed;
  activeSpan().note({ ...aboutReplica(row, kind), 'keyferry.attempt': finishing.failures(row) + 1 });
  await context.held.while([row.id], async () => {
    await linkPlans(context, [row.planId]);
    const attempts: AttemptRecord[] = [];
    const decision =
      (await unlessAsResolved(context, row, 'failed')) ??
      (await traced(kind, {}, () => call(context, finishing, claimed, workerId, attempts)));
    noteDecision(decision);
    const { changes, refresh = [] } = decision;
    await traced('record', {}, () => context.outcomes.write(workerId, { row, changes, attempts }));
    await refreshKeys(context, refresh);
  });
}

async function call<Prepared>(
  context: WorkContext,
  finishing: FinishingCall<Prepared>,
  claimed: HeldCall,
  workerId: string,
  attempts: AttemptRecord[],
): Promise<Decision> {
  const { session, store } = context;
  const { row } = claimed;
  const { kind } = finishing;
  const slow = () => slowLane(store, callLane(kind, row));
  let called: { operation: FinishingKind; startedAt: Date } = { operation: kind, startedAt: session.now() };
  try {
    const other = await unlessItsReplica(context, row);
    if (other !== null) return other;
    const prepared = await finishing.prepare(context, row);
    const window = await reachSlot(context, claimed, kind, workerId);
    called = { ...called, startedAt: session.now() };
    const answer = await finishing.send(context, row, prepared, window);
    const decision = finishing.accepted(row, prepared, await callContext(context, row));
    attempts.push(answered(session, called, answer, decision.note));
    await noteCall(context, kind, claimed, null, slow);
    return decision;
  } catch (error) {
    const failure = failureOf(error);
    const rules = await callContext(context, row, { failure, since: called.startedAt });
    const decision = await finishing.refused(context, row, failure, rules);
    if (failure.code !== 'not_sent') attempts.push(failed(session, called, error, decision.note));
    await noteCall(context, kind, claimed, failure, slow);
    return decision;
  }
}
