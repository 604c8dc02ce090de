import type { Config } from '@keyferry/config';
import { planSlots } from '@keyferry/core';
import { admitLate, awaitDispatch, inTransaction, readLanes, type Store } from '@keyferry/store';
import DataLoader from 'dataloader';
import { OneBatchAtATime } from '../one-batch-at-a-time.ts';
import { latenessOf, movedBuckets, openBuckets, type PacedCall, usesOf } from './lane-buckets.ts';

/** A row with a later slot than this goes back to the others that wait, milliseconds. */
const withinMs = 1_500;

export interface LateRow {
  readonly workerId: string;
  readonly id: string;
  readonly call: PacedCall;
}

/** A slot by this process's clock, milliseconds since the epoch. */
export interface Slot {
  readonly at: number;
  /** Later the call could crowd others in its lane. */
  readonly sendBefore: number;
}

/**
 * Gives other slots to calls that have missed theirs: a machine that stalls or has too much to do is late, but its work is
 * not thrown away. Many at once share one transaction, under the lock of the dispatcher.
 */
export class LateSlots {
  readonly #loader: DataLoader<LateRow, Slot | null>;

  constructor(store: Store, quotas: Config['quotas']) {
    const inTurn = new OneBatchAtATime(10);
    this.#loader = new DataLoader((rows) => inTurn.batch(() => takeSlots(store, quotas, rows)), {
      cache: false,
      maxBatchSize: 500,
      batchScheduleFn: inTurn.schedule,
    });
  }

  /** The slot of a row that this worker holds; null when none is near. */
  take(row: LateRow): Promise<Slot | null> {
    return this.#loader.load(row);
  }
}

function takeSlots(store: Store, quotas: Config['quotas'], rows: readonly LateRow[]): Promise<(Slot | null)[]> {
  return inTransaction(store, async (tx) => {
    await awaitDispatch(tx);
    const uses = rows.map(({ call }) => usesOf(call));
    const { now, lanes } = await readLanes(tx, uses.flat());
    const readAt = Date.now();
    const buckets = openBuckets(uses.flat(), lanes, quotas, now);
    const queues = rows.map(({ id }, i) => ({
      rows: [id],
      uses: uses[i] ?? [],
      priority: 0,
      turn: { lastSlotAt: 0 },
      lastSlotAt: 0,
      budgets: [],
    }));
    const slots = planSlots(queues, buckets, { now, leadMs: 0, horizonMs: withinMs });
    const given = slots.map(({ row, queue, at }) => ({
      id: row,
      at,
      sendBefore: at + latenessOf(queue.uses, buckets),
    }));
    const admitted = new Set<string>();
    for (const workerId of new Set(rows.map((row) => row.workerId))) {
      const ids = new Set(rows.filter((row) => row.workerId === workerId).map(({ id }) => id));
      const ofWorker = given.filter(({ id }) => ids.has(id));
      const moved = movedBuckets(
        slots.filter(({ row }) => ids.has(row)).flatMap(({ queue }) => queue.uses),
        buckets,
      );
      for (const id of await admitLate(tx, workerId, ofWorker, moved)) admitted.add(id);
    }
    const slotOf = new Map(given.map((slot) => [slot.id, slot]));
    return rows.map(({ id }) => {
      const slot = slotOf.get(id);
      if (slot === undefined || !admitted.has(id)) return null;
      return { at: readAt + slot.at - now, sendBefore: readAt + slot.sendBefore - now };
    });
  });
}
