import { type CallFailure, errorRule, type LaneKey, laneId, promotionUses, regionOfEndpoint } from '@keyferry/core';
import { type CallKind, type ClaimedReplica, type Store, slowLane, throttledLane } from '@keyferry/store';
import { type CallPlace, callLane, circuitLanes } from '../dispatch/call-budgets.ts';
import type { WorkContext } from '../work-context.ts';

/** What the end of a call shows about its lanes, in addition to its replica. If it cannot be recorded, the worker continues: the next call shows it too. */
export async function noteCall(
  { circuits, log, store }: WorkContext,
  kind: CallKind,
  { row, probes }: ClaimedReplica,
  failure: CallFailure | null,
): Promise<void> {
  if (failure !== null && !errorRule(failure.code).sent) return;
  try {
    if (failure?.code === 'throttled') await slowLanes(store, kind, row);
    const lanes = isOutage(failure) ? lanesDown(kind, row, failure) : circuitLanes(kind, row);
    for (const lane of lanes) await circuits.noteLaneCall(lane, failure?.code ?? null, probes.includes(laneId(lane)));
  } catch (error) {
    const about = { plan: row.plan_id, replica: row.id, lane: laneId(callLane(kind, row)) };
    log.warn({ err: error, ...about }, 'could not record the outcome of a call');
  }
}

async function slowLanes(store: Store, kind: CallKind, row: CallPlace): Promise<void> {
  if (kind === 'replicate') return slowLane(store, await throttledLane(store, row));
  const { account, primary_region: primaryRegion, region } = row;
  // AWS does not say in which of the two Regions it throttled: each counts the call.
  const lanes = kind === 'promote' ? promotionUses(account, primaryRegion, region) : [callLane(kind, row)];
  for (const lane of lanes) await slowLane(store, lane);
}

function isOutage(failure: CallFailure | null): failure is CallFailure {
  return failure !== null && errorRule(failure.code).outage !== 'none';
}

/**
 * The lanes that a failed call speaks against: its own, and that of the primary's Region where the endpoint without an
 * answer is there. Any call that AWS answers there speaks for it, so a target Region alone does not stop the others.
 */
export function lanesDown(kind: CallKind, place: CallPlace, { code, message }: CallFailure): LaneKey[] {
  const named = code === 'kms_unreachable' ? regionOfEndpoint(message) : null;
  const own = callLane(kind, place);
  return [
    own,
    ...circuitLanes(kind, place).filter((lane) => lane.operation !== own.operation && lane.region === named),
  ];
}
