import type { ReplicaState } from '@keyferry/core';
import { readRowsOf } from '../archive/rows-of-plan.ts';
import type { Store } from '../store.ts';

/** How many replicas of one slice of a plan's keys, in one Region, are in one state. */
export interface BucketCount {
  /** From 0. */
  readonly bucket: number;
  readonly region: string;
  readonly state: ReplicaState;
  readonly count: number;
}

/** Counts a plan's replicas by Region and state in slices of so many keys; it looks at all of them. */
export function readMatrixBuckets({ prisma }: Store, planId: string, keysPerBucket: number): Promise<BucketCount[]> {
  return readRowsOf(
    prisma,
    planId,
    ({ planKeys, replicas }) => prisma.$queryRaw<BucketCount[]>`
    SELECT k.position / ${keysPerBucket}::int AS bucket, r.region, r.state::text AS state, count(*)::int AS count
    FROM ${planKeys} k JOIN ${replicas} r ON r.plan_id = ${planId}::uuid AND r.key_id = k.key_id
    WHERE k.plan_id = ${planId}::uuid GROUP BY 1, 2, 3`,
  );
}
