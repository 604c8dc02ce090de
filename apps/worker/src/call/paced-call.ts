import type { Answer, SendWindow } from '@keyferry/cckm';
import type { CallContext, CallFailure, Decision } from '@keyferry/core';
import { finishingStates } from '@keyferry/store';
import { activeSpan, traced } from '@keyferry/tracing';
import { failureOf } from '../cckm/call-failure.ts';
import type { WorkContext } from '../work-context.ts';
import { unlessItsReplica } from './as-resolved.ts';
import { answered, failed } from './attempt-record.ts';
import { noteCall } from './note-call.ts';
import { reachSlot } from './reach-slot.ts';
import type { ReleasedRow } from './released-row.ts';
import { callContext } from './rules-of.ts';

/** A call that AWS meters, and what its end means. */
export interface PacedCall<Prepared, Value> {
  /** Reads, before the slot, what is to be sent. Throws CckmError. */
  prepare(): Promise<Prepared>;
  /** Throws CckmError. */
  send(prepared: Prepared, window: SendWindow): Promise<Answer<Value>>;
  accepted(value: Value, rules: CallContext, prepared: Prepared): Decision;
  /** What a failure means for this call; left out: what it says. */
  readonly read?: (failure: CallFailure) => CallFailure;
  refused(failure: CallFailure, rules: () => Promise<CallContext>): Promise<Decision>;
}

/** Waits for the slot of a released row, calls once, and keeps what came of it for the attempt log and the lanes. */
export function makeCall<Prepared, Value>(
  context: WorkContext,
  released: ReleasedRow,
  call: PacedCall<Prepared, Value>,
): Promise<Decision> {
  return traced(released.kind, {}, () => callOnce(context, released, call));
}

async function callOnce<Prepared, Value>(
  context: WorkContext,
  released: ReleasedRow,
  { prepare, send, accepted, read = (failure) => failure, refused }: PacedCall<Prepared, Value>,
): Promise<Decision> {
  const { session } = context;
  const { row, kind, workerId, attempts } = released;
  let called = { operation: kind, started_at: session.now() };
  try {
    const other = kind in finishingStates ? await unlessItsReplica(context, row) : null;
    if (other !== null) return other;
    const prepared = await prepare();
    activeSpan().note({ 'keyferry.slot.wait_ms': Math.max(0, Math.round(released.slot.at - Date.now())) });
    const window = await reachSlot(context, released, kind, workerId);
    called = { operation: kind, started_at: session.now() };
    const answer = await send(prepared, window);
    const decision = accepted(answer.value, await callContext(context, row), prepared);
    attempts.push(answered(session, called, answer, decision.note));
    await noteCall(context, kind, released, null);
    return decision;
  } catch (error) {
    const failure = read(failureOf(error));
    const decision = await refused(failure, () => callContext(context, row, { failure, since: called.started_at }));
    if (failure.code !== 'not_sent') attempts.push(failed(session, called, error, decision.note));
    await noteCall(context, kind, released, failure);
    return decision;
  }
}
