import { type LaneUse, laneId } from './lanes.ts';

/** A lane's bucket: GCRA with burst 1. Rates are requests a second, times are milliseconds since the epoch. */
export interface Bucket {
  readonly ratePerSecond: number;
  /** The earliest time of the next call. */
  nextSlotAt: number;
}

/** Rows that compete as one: the same plan, account, primary Region, Region and kind of call. */
export interface Queue {
  /** Rows that are due, in the order in which they go. */
  readonly rows: readonly string[];
  readonly uses: readonly LaneUse[];
  readonly priority: number;
  /** When this queue last got a slot: of equal queues the one that waited longest goes first. */
  lastSlotAt: number;
  /** How many more calls may be under way, each shared with other queues: of the plan, at the Region, in all. */
  readonly budgets: readonly Budget[];
}

/** A number of calls that may still be started. */
export interface Budget {
  left: number;
}

export interface Slot<Q extends Queue = Queue> {
  readonly row: string;
  readonly queue: Q;
  /** When the call is to be sent, ms since the epoch. */
  readonly at: number;
}

/**
 * Gives out slots between `now + leadMs` and `now + horizonMs` and moves the buckets on. A slot is given where all the
 * lanes of a call admit it; slots are given in the order of time, so that a lane which is full far ahead holds back no
 * lane that it shares a call with. Among queues that could go at the same time the higher priority goes, then the one
 * that waited longest.
 */
export function planSlots<Q extends Queue>(
  queues: readonly Q[],
  buckets: ReadonlyMap<string, Bucket>,
  { now, leadMs, horizonMs }: { now: number; leadMs: number; horizonMs: number },
): Slot<Q>[] {
  const slots: Slot<Q>[] = [];
  const taken = new Map<Q, number>();
  const open = new Set(queues.filter((queue) => queue.rows.length > 0));
  const bucketsOf = new Map(queues.map((queue) => [queue, bucketsFor(queue, buckets)]));

  for (;;) {
    let best: Q | undefined;
    let bestAt = Number.POSITIVE_INFINITY;
    for (const queue of open) {
      if (queue.budgets.some((budget) => budget.left <= 0)) {
        open.delete(queue);
        continue;
      }
      const at = earliest(bucketsOf.get(queue) ?? [], now + leadMs);
      if (at > now + horizonMs) continue;
      if (best === undefined || at < bestAt || (at === bestAt && goesBefore(queue, best))) {
        best = queue;
        bestAt = at;
      }
    }
    if (best === undefined) return slots;

    const index = taken.get(best) ?? 0;
    slots.push({ row: best.rows[index] as string, queue: best, at: bestAt });
    for (const { bucket, cost } of bucketsOf.get(best) ?? []) {
      bucket.nextSlotAt = bestAt + (cost * 1000) / bucket.ratePerSecond;
    }
    best.lastSlotAt = bestAt;
    for (const budget of best.budgets) budget.left -= 1;
    taken.set(best, index + 1);
    if (index + 1 >= best.rows.length) open.delete(best);
  }
}

function bucketsFor(queue: Queue, buckets: ReadonlyMap<string, Bucket>): { bucket: Bucket; cost: number }[] {
  return queue.uses.map((use) => {
    const bucket = buckets.get(laneId(use));
    if (!bucket) throw new Error(`No bucket for lane ${laneId(use)}`);
    return { bucket, cost: use.cost };
  });
}

function earliest(uses: readonly { bucket: Bucket }[], from: number): number {
  return uses.reduce((at, { bucket }) => Math.max(at, bucket.nextSlotAt), from);
}

function goesBefore(a: Queue, b: Queue): boolean {
  return a.priority !== b.priority ? a.priority > b.priority : a.lastSlotAt < b.lastSlotAt;
}
