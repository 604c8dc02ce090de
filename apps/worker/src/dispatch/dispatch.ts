import type { Config } from '@keyferry/config';
import { planSlots } from '@keyferry/core';
import {
  type CallKind,
  cckmCircuit,
  claimProbe,
  inTransaction,
  isLedByAnother,
  leadDispatch,
  lockDispatch,
  queueId,
  readCallsUnderWay,
  readConcurrency,
  readDueQueues,
  readLanes,
  readOpenCircuits,
  type Store,
  type Transaction,
  writeReleases,
} from '@keyferry/store';
import { withBudgets } from './call-budgets.ts';
import { latenessOf, movedBuckets, openBuckets, reservedUses, usesOf } from './lane-buckets.ts';
import { WaitingQueues } from './waiting-queues.ts';

/** Slots are given this far ahead, so that a row is in a worker's hands when its slot begins. */
const leadMs = 150;
const horizonMs = 700;
/** What is begun must be over before a window closes: as far ahead as a slot may lie, and as late as a call may be. */
const aheadMs = leadMs + horizonMs + 900;

export interface ReleasedJob {
  readonly id: string;
  readonly epoch: number;
  readonly kind: CallKind;
}

/**
 * Gives slots to as many due rows as the AWS quotas admit in the next moment. The choice, the rows and the buckets are one
 * transaction under one lock, so any number of workers may tick, and none that dies leaves a bucket and its rows apart. What
 * it remembers between ticks only says whom to ask (ADR 18): one worker does so at a time, as long as it lives.
 */
export class Dispatcher {
  readonly #store: Store;
  readonly #quotas: Config['quotas'];
  readonly #workerId: () => string;
  readonly #queues: WaitingQueues;
  /** When this worker last gave out slots, by the monotonic clock; null: another has meanwhile, or none yet. */
  #lastTickAt: number | null = null;

  constructor(store: Store, quotas: Config['quotas'], workerId: () => string) {
    this.#store = store;
    this.#quotas = quotas;
    this.#workerId = workerId;
    this.#queues = new WaitingQueues(quotas);
  }

  /** Nothing is to be given out for now, so that nothing is missed. */
  rest(): void {
    this.#queues.forget();
    this.#lastTickAt = null;
  }

  /** A plan has started, resumed or stopped: the lanes are read again soon. */
  hurry(): void {
    this.#queues.hurry();
  }

  /** One tick. Answers the jobs to be queued. */
  async tick(): Promise<ReleasedJob[]> {
    const workerId = this.#workerId();
    if (await isLedByAnother(this.#store.prisma, workerId)) {
      this.rest();
      return [];
    }
    try {
      return await inTransaction(this.#store, async (tx) => {
        if (!(await lockDispatch(tx))) return [];
        return this.#release(tx, workerId);
      });
    } catch (error) {
      // What was learned of a tick that was rolled back is not so.
      this.#queues.forget();
      throw error;
    }
  }

  async #release(tx: Transaction, workerId: string): Promise<ReleasedJob[]> {
    const circuits = await readOpenCircuits(tx);
    if (circuits.has(cckmCircuit)) return [];
    await this.#queues.refresh(tx, aheadMs);
    const missedMs = this.#missed();
    if (this.#queues.all.length === 0) return [];
    const standing = {
      waiting: this.#queues.all,
      underWay: await readCallsUnderWay(tx),
      concurrency: await readConcurrency(tx),
      circuits,
    };
    const clock = await readLanes(tx, []);
    const wanted = this.#queues.choose({ now: clock.now, leadMs, horizonMs, missedMs }, standing);
    if (wanted.length === 0) return [];

    const due = await readDueQueues(tx, wanted, aheadMs);
    const uses = new Map(due.map((queue) => [queue, [...usesOf(queue), ...reservedUses(queue)]]));
    const { now, lanes } = await readLanes(tx, [...uses.values()].flat());
    const buckets = openBuckets([...uses.values()].flat(), lanes, this.#quotas, now, missedMs);
    const queues = withBudgets(due, (queue) => uses.get(queue) ?? [], standing);
    const slots = planSlots(queues, buckets, { now, leadMs, horizonMs });

    const given = slots.map(({ queue: { due }, at }) => {
      return { lane_id: due.lane_id, kind: due.kind, external: due.external, at };
    });
    const rowsOf = new Map(due.map((queue) => [queueId(queue), queue.rows.length]));
    const short = wanted.filter((queue) => (rowsOf.get(queueId(queue)) ?? 0) < queue.at_most);
    this.#queues.learn(buckets, given, new Set(short.map(queueId)));
    if (slots.length === 0) return [];
    for (const id of new Set(slots.flatMap(({ queue }) => queue.probes))) {
      await claimProbe(tx, id);
    }
    await leadDispatch(tx, workerId);
    return writeReleases(
      tx,
      slots.map(({ row, queue, at }) => {
        return { id: row, kind: queue.due.kind, at, sendBefore: at + latenessOf(usesOf(queue.due), buckets) };
      }),
      movedBuckets(
        slots.flatMap(({ queue }) => queue.uses),
        buckets,
      ),
      [...new Map(given.map(({ lane_id, at }) => [lane_id, { laneId: lane_id, at }])).values()],
    );
  }

  /** For how long nobody gave out slots that could have, milliseconds: the machine stood still, or was busy. */
  #missed(): number {
    const now = performance.now();
    const missed = this.#lastTickAt === null ? 0 : now - this.#lastTickAt + leadMs - horizonMs;
    this.#lastTickAt = now;
    return Math.max(0, missed);
  }
}
