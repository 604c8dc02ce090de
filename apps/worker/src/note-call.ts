import { type ErrorCode, errorRule, type LaneKey, laneId } from '@keyferry/core';
import type { ClaimedReplica } from '@keyferry/store';
import type { WorkContext } from './work-context.ts';

/**
 * What a call's end says of its lane, beside its replica. `slow` is told of a throttle. A worker that cannot note it goes
 * on: the next call will tell.
 */
export async function noteCall(
  { circuits, log }: WorkContext,
  lane: LaneKey,
  { row, probes }: ClaimedReplica,
  error: ErrorCode | null,
  slow: () => Promise<void>,
): Promise<void> {
  if (error !== null && !errorRule(error).sent) return;
  try {
    if (error === 'throttled') await slow();
    await circuits.noteLaneCall(lane, error, probes);
  } catch (failure) {
    const about = { plan: row.planId, replica: row.id, lane: laneId(lane) };
    log.warn({ err: failure, ...about }, 'could not note what became of a call');
  }
}
