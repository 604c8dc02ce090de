import { setTimeout as wait } from 'node:timers/promises';
import { outsideSpans } from '@keyferry/tracing';

/** A batch waits no longer than this for the one before it, milliseconds: that may hang on a lock which it does not need. */
const patienceMs = 250;

/**
 * When a DataLoader sends its batch: once `gatherMs` have passed and the batch before is answered. So batches grow as the
 * database slows down, and the number of its transactions does not.
 */
export class OneBatchAtATime {
  readonly #gatherMs: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(gatherMs: number) {
    this.#gatherMs = gatherMs;
  }

  /** For `batchScheduleFn`. */
  readonly schedule = (send: () => void): void => {
    outsideSpans(() => {
      const before = Promise.race([this.#last, wait(patienceMs, undefined, { ref: false })]);
      void Promise.all([wait(this.#gatherMs), before]).then(send);
    });
  };

  /** Runs the work of a batch. */
  batch<T>(work: () => Promise<T>): Promise<T> {
    const working = work();
    this.#last = working.catch(() => undefined);
    return working;
  }
}
