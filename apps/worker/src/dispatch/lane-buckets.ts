import type { Config } from '@keyferry/config';
import {
  aliasUses,
  type Bucket,
  importUses,
  type LaneUse,
  laneId,
  mayBeLateMs,
  operationUses,
  recoveredFactor,
} from '@keyferry/core';
import type { CallKind, CallQueue, LaneRow } from '@keyferry/store';

/** What one call spends. */
export interface PacedCall {
  readonly kind: CallKind;
  readonly account: string;
  readonly primary_region: string;
  readonly region: string;
  /** The call asks for an alias too. */
  readonly with_alias: boolean;
}

export function usesOf(call: PacedCall): LaneUse[] {
  const { kind, account, region, with_alias: withAlias } = call;
  if (kind === 'import') return importUses(account, region);
  return kind === 'alias' ? aliasUses(account, region) : operationUses(kind, call, withAlias);
}

/** What CCKM spends by itself once a call of a queue is made. It does so later: it bounds how many calls, not how late one. */
export function reservedUses({ reserves_import: reservesImport, account, region }: CallQueue): LaneUse[] {
  return reservesImport ? importUses(account, region) : [];
}

/** A lane's bucket, and how late a call in it may be. */
export interface LaneBucket extends Bucket {
  readonly mayBeLateMs: number;
}

/** Of what the slots of a stall are made up for, the rest is time to send them in, milliseconds. */
const toSendMs = 50;

/**
 * The buckets of all lanes in question, at the rate that quota, headroom and throttling leave them. `missedMs`: for so long no
 * slots were given out, and what the lanes have not used of it is made up for as far as AWS's buckets bear.
 */
export function openBuckets(
  uses: readonly LaneUse[],
  lanes: ReadonlyMap<string, LaneRow>,
  { perSecond, headroom }: Config['quotas'],
  now: number,
  missedMs = 0,
): Map<string, LaneBucket> {
  const buckets = new Map<string, LaneBucket>();
  for (const use of uses) {
    const id = laneId(use);
    if (buckets.has(id)) continue;
    const lane = lanes.get(id);
    const quotaPerSecond = lane?.quota_per_second ?? perSecond[use.operation];
    const factor = lane ? recoveredFactor(lane.rate_factor, lane.factor_changed_at, now) : 1;
    const ratePerSecond = quotaPerSecond * headroom * factor;
    const late = mayBeLateMs({ quotaPerSecond, ratePerSecond, cost: use.cost });
    // A throttled lane has nothing to make up for: AWS's bucket is empty.
    const backMs = factor < 1 ? 0 : Math.min(Math.max(0, late - toSendMs), missedMs);
    buckets.set(id, { ratePerSecond, nextSlotAt: lane?.next_slot_at ?? 0, backMs, mayBeLateMs: late });
  }
  return buckets;
}

/** How late a call may be that spends all of these. */
export function latenessOf(uses: readonly LaneUse[], buckets: ReadonlyMap<string, LaneBucket>): number {
  return Math.min(...uses.map((use) => buckets.get(laneId(use))?.mayBeLateMs ?? 0));
}

/** The lanes that were used, as their buckets stand now. */
export function movedBuckets(uses: Iterable<LaneUse>, buckets: ReadonlyMap<string, LaneBucket>) {
  const used = new Map([...uses].map((use) => [laneId(use), use]));
  return [...used].map(([id, { account, region, operation }]) => {
    return { account, region, operation, nextSlotAt: buckets.get(id)?.nextSlotAt ?? 0 };
  });
}
