import { type LaneOperation, laneId } from '@keyferry/core';
import type { Store } from '../store.ts';

/** What a lane's rate is made of; a lane that is not there has the configured quota and all of its rate. */
export interface LaneRate {
  readonly quotaPerSecond: number | null;
  /** As it was left at `factorChangedAt`. */
  readonly rateFactor: number;
  readonly factorChangedAt: Date;
}

/** The rates of the lanes of these accounts, by lane id. */
export async function readLaneRates(store: Store, accounts: readonly string[]): Promise<ReadonlyMap<string, LaneRate>> {
  const lanes = await store.prisma.lane.findMany({
    where: { account: { in: [...accounts] } },
    select: {
      account: true,
      region: true,
      operation: true,
      quotaPerSecond: true,
      rateFactor: true,
      factorChangedAt: true,
    },
  });
  return new Map(
    lanes.map(({ account, region, operation, ...rate }) => [
      laneId({ account, region, operation: operation as LaneOperation }),
      rate,
    ]),
  );
}
