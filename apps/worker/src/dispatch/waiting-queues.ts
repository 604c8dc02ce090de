import type { Config } from '@keyferry/config';
import { type LaneUse, laneId, planSlots } from '@keyferry/core';
import {
  type CallQueue,
  queueId,
  readLanes,
  readWaitingQueues,
  type Transaction,
  type WaitingQueue,
  type WantedQueue,
} from '@keyferry/store';
import { type CallsStanding, withBudgets } from './call-budgets.ts';
import { type LaneBucket, openBuckets, reservedUses, usesOf } from './lane-buckets.ts';

/** The lanes are read anew at least so often, and at most so often, milliseconds: whatever commands change shows by then. */
const readEvery = { leastMs: 240, mostMs: 2_000 };
/** Reading them takes at most this share of the time. */
const shareOfTime = 1 / 25;
/** No queue is asked for more rows at once. */
const mostRows = 200;

interface Known {
  readonly queue: WaitingQueue;
  readonly uses: readonly LaneUse[];
  /** Nothing more was due in it when it was last asked: it rests until the lanes are read anew. */
  rests: boolean;
  lastSlotAt: number;
}

/**
 * What a dispatcher remembers of the lanes in which rows wait, so that a tick costs what it releases and not what waits. It
 * only chooses whom to ask: rows and buckets are read before slots are given, so that what is out of date costs a question.
 */
export class WaitingQueues {
  readonly #quotas: Config['quotas'];
  #known: Known[] = [];
  #buckets = new Map<string, LaneBucket>();
  /** By the monotonic clock. */
  #staleAt = 0;
  #readAt = 0;

  constructor(quotas: Config['quotas']) {
    this.#quotas = quotas;
  }

  get all(): readonly CallQueue[] {
    return this.#known.map(({ queue }) => queue);
  }

  /** Has the lanes read at the next tick. */
  forget(): void {
    this.#staleAt = 0;
  }

  /** Has them read again soon: a plan has changed its state. */
  hurry(): void {
    this.#staleAt = Math.min(this.#staleAt, this.#readAt + readEvery.leastMs);
  }

  /** Reads them if that is due. */
  async refresh(tx: Transaction, aheadMs: number): Promise<void> {
    const started = performance.now();
    if (started < this.#staleAt) return;
    const known = (await readWaitingQueues(tx, aheadMs)).map((queue): Known => {
      const uses = [...usesOf(queue), ...reservedUses(queue)];
      return { queue, uses, rests: false, lastSlotAt: queue.last_slot_at?.getTime() ?? 0 };
    });
    const uses = known.flatMap((one) => one.uses);
    const { now, lanes } = await readLanes(tx, uses);
    this.#known = known;
    this.#buckets = openBuckets(uses, lanes, this.#quotas, now);
    const ended = performance.now();
    const every = Math.min(readEvery.mostMs, Math.max(readEvery.leastMs, (ended - started) / shareOfTime));
    this.#readAt = ended;
    this.#staleAt = ended + every;
  }

  /** The queues that would get slots, and how many, were all that waits in them due and free. */
  choose(
    times: { now: number; leadMs: number; horizonMs: number; missedMs: number },
    standing: CallsStanding,
  ): WantedQueue[] {
    const until = times.now + times.horizonMs;
    const candidates = this.#known.filter(
      ({ queue, uses, rests }) =>
        !rests &&
        queue.due_at <= times.now &&
        uses.every((use) => (this.#buckets.get(laneId(use))?.nextSlotAt ?? 0) <= until),
    );
    const buckets = new Map<string, LaneBucket>();
    for (const { uses } of candidates) {
      for (const use of uses) {
        const bucket = this.#buckets.get(laneId(use));
        if (bucket) buckets.set(laneId(use), { ...bucket, backMs: times.missedMs });
      }
    }
    const mightGo = candidates.map((known) => ({
      ...known.queue,
      lastSlotAt: new Date(known.lastSlotAt),
      rows: Array.from({ length: Math.min(known.queue.waiting, this.#most(known, times.horizonMs)) }, (_, i) => ({
        id: '',
        pair: `${queueId(known.queue)} ${i}`,
      })),
      uses: known.uses,
    }));
    const wanted = new Map<string, WantedQueue & { at_most: number }>();
    for (const { queue } of planSlots(
      withBudgets(mightGo, ({ uses }) => uses, standing),
      buckets,
      times,
    )) {
      const { lane_id, kind, external, reserves_import } = queue.due;
      const id = queueId(queue.due);
      const one = wanted.get(id);
      if (one) one.at_most += 1;
      else wanted.set(id, { lane_id, kind, external, reserves_import, at_most: 1 });
    }
    return [...wanted.values()];
  }

  /** Learns what came of a choice: the buckets as they stand, who got slots, and who had less to give than was asked for. */
  learn(
    buckets: ReadonlyMap<string, LaneBucket>,
    slots: readonly (Pick<CallQueue, 'lane_id' | 'kind' | 'external'> & { at: number })[],
    short: ReadonlySet<string>,
  ): void {
    for (const [id, bucket] of buckets) this.#buckets.set(id, bucket);
    const lastOf = new Map(slots.map((slot) => [queueId(slot), slot.at]));
    for (const known of this.#known) {
      const id = queueId(known.queue);
      known.lastSlotAt = lastOf.get(id) ?? known.lastSlotAt;
      if (short.has(id)) known.rests = true;
    }
  }

  #most({ uses }: Known, horizonMs: number): number {
    const calls = uses.map((use) => {
      const rate = this.#buckets.get(laneId(use))?.ratePerSecond ?? 0;
      return Math.ceil((rate * (horizonMs + 1_000)) / 1_000 / use.cost) + 1;
    });
    return Math.min(mostRows, ...calls);
  }
}
