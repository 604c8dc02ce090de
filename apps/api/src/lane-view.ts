import type { Config } from '@keyferry/config';
import { type LaneView, laneId, recoveredFactor } from '@keyferry/core';
import type { LaneStatus } from '@keyferry/store';

/** A lane as the API tells it: its quota in force, and how fast it goes now. */
export function viewOfLane(lane: LaneStatus, quotas: Config['quotas']): LaneView {
  const quota = lane.quotaPerSecond ?? quotas.perSecond[lane.operation];
  const factor = recoveredFactor(lane.rateFactor, lane.factorChangedAt.getTime(), Date.now());
  return {
    id: laneId(lane),
    account: lane.account,
    region: lane.region,
    operation: lane.operation,
    quota_per_second: quota,
    effective_per_second: Math.round(quota * quotas.headroom * factor * 1000) / 1000,
    in_flight: lane.inFlight,
    pending: lane.pending,
    throttled_total: lane.throttledTotal,
    circuit: lane.circuit,
    default_quota_per_second: quotas.perSecond[lane.operation],
    rate_factor: factor,
    circuit_since: lane.circuitSince?.toISOString() ?? null,
    circuit_reason: lane.circuitReason,
  };
}
