import { type LaneUse, laneId } from './lanes.ts';
import { LazyHeap } from './lazy-heap.ts';

/** A lane's bucket: GCRA with burst 1. Rates are requests a second, times are milliseconds since the epoch. */
export interface Bucket {
  readonly ratePerSecond: number;
  /** The earliest time of the next call. */
  nextSlotAt: number;
  /**
   * How far back slots may begin that nobody gave out in time, ms: the quota of a stall is used after it, as far as AWS's
   * bucket bears. None when it is left out.
   */
  readonly backMs?: number;
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
 * Gives out slots between `now + leadMs` (earlier by what all its lanes may make up for) and `now + horizonMs`, and moves the
 * buckets on. A slot is given where all the
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
  const spent = new Map(queues.map((queue) => [queue, bucketsFor(queue, buckets)]));
  const earliestOf = (queue: Q): number => earliest(spent.get(queue) ?? [], now + leadMs);
  // All of it only grows while slots are given: buckets move on, and so do turns.
  const open = new LazyHeap(
    queues.filter(({ rows, budgets }) => rows.length > 0 && isLeft(budgets)),
    (queue) => [-queue.priority, earliestOf(queue), queue.turn.lastSlotAt, queue.lastSlotAt],
  );

  for (let queue = open.pop(); queue !== undefined; queue = open.pop()) {
    const at = earliestOf(queue);
    if (at > now + horizonMs || !isLeft(queue.budgets)) continue;
    const index = taken.get(queue) ?? 0;
    slots.push({ row: queue.rows[index] as string, queue, at });
    for (const { bucket, cost } of spent.get(queue) ?? [])
      bucket.nextSlotAt = at + (cost * 1000) / bucket.ratePerSecond;
    queue.lastSlotAt = at;
    queue.turn.lastSlotAt = at;
    for (const budget of queue.budgets) budget.left -= 1;
    taken.set(queue, index + 1);
    if (index + 1 < queue.rows.length) open.push(queue);
  }
  return slots;
}

const isLeft = (budgets: readonly Budget[]): boolean => budgets.every(({ left }) => left > 0);

function bucketsFor(queue: Queue, buckets: ReadonlyMap<string, Bucket>): { bucket: Bucket; cost: number }[] {
  return queue.uses.map((use) => {
    const bucket = buckets.get(laneId(use));
    if (!bucket) throw new Error(`No bucket for lane ${laneId(use)}`);
    return { bucket, cost: use.cost };
  });
}

function earliest(uses: readonly { bucket: Bucket }[], from: number): number {
  return Math.max(...uses.map(({ bucket }) => Math.max(bucket.nextSlotAt, from - (bucket.backMs ?? 0))));
}
