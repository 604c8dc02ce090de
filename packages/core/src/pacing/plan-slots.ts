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
  /** When those that share the turn (all queues of a plan in one account) last got a slot: plans go by turns. */
  readonly turn: Turn;
  /** When this queue last got a slot: the queues of a plan go by turns too. */
  lastSlotAt: number;
  /** How many more calls may be under way, each shared with other queues: of the plan, at the Region, in all. */
  readonly budgets: readonly Budget[];
}

/** When somebody's turn last was, ms since the epoch. */
export interface Turn {
  lastSlotAt: number;
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
 * lanes of a call admit it. The highest priority takes what it can use before the next is asked. Among equals slots are
 * given in the order of time, so that a lane which is full far ahead holds back no lane that it shares a call with; of
 * those that could go at the same time the one goes whose turn was longest ago.
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
      if (best === undefined || goesBefore(queue, at, best, bestAt)) {
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
    best.turn.lastSlotAt = bestAt;
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

function goesBefore(a: Queue, at: number, b: Queue, bAt: number): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (at !== bAt) return at < bAt;
  return a.turn.lastSlotAt !== b.turn.lastSlotAt ? a.turn.lastSlotAt < b.turn.lastSlotAt : a.lastSlotAt < b.lastSlotAt;
}
