import { type LaneKey, type LaneOperation, laneId } from '@keyferry/core';
import type { Store } from '../store.ts';

/** The quotas that differ from the configured ones: requests a second by lane id. */
export async function readLaneQuotas(store: Store): Promise<ReadonlyMap<string, number>> {
  const lanes = await store.prisma.lane.findMany({
    where: { quotaPerSecond: { not: null } },
    select: { account: true, region: true, operation: true, quotaPerSecond: true },
  });
  return new Map(
    lanes.flatMap(({ quotaPerSecond, operation, ...place }) =>
      quotaPerSecond === null ? [] : [[laneId({ ...place, operation: operation as LaneOperation }), quotaPerSecond]],
    ),
  );
}

/** The quota of a lane in force: its own, else the configured one. */
export function quotaIn(
  own: ReadonlyMap<string, number>,
  configured: Readonly<Record<LaneOperation, number>>,
): (lane: LaneKey) => number {
  return (lane) => own.get(laneId(lane)) ?? configured[lane.operation];
}
