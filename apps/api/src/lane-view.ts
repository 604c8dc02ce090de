import type { Config } from '@keyferry/config';
import { type LaneView, laneId, recoveredFactor } from '@keyferry/core';
import { type LaneStatus, showRow } from '@keyferry/store';

/** A lane as the API tells it: its quota in force, and how fast it goes now. */
export function viewOfLane(lane: LaneStatus, quotas: Config['quotas']): LaneView {
  const { factor_changed_at, ...rest } = lane;
  const quota = lane.quota_per_second ?? quotas.perSecond[lane.operation];
  const factor = recoveredFactor(lane.rate_factor, factor_changed_at.getTime(), Date.now());
  return {
    id: laneId(lane),
    ...showRow(rest),
    quota_per_second: quota,
    effective_per_second: Math.round(quota * quotas.headroom * factor * 1000) / 1000,
    default_quota_per_second: quotas.perSecond[lane.operation],
    rate_factor: factor,
  };
}
