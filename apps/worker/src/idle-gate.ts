import { listenForWork, type OpenWork, readOpenWork, type Store } from '@keyferry/store';
import { resting } from './every.ts';
import type { Round } from './round.ts';

/**
 * How long one read is used, milliseconds. Postgres notifies of new work, so an idle worker reads seldom. While there is
 * work, or while the connection that listens is down, it reads often.
 */
const readEveryMs = { busy: 250, idle: 2_000 };
/** How long a round is skipped, unless it says otherwise, before it is done all the same. */
const mostSkippedMs = 10_000;

/**
 * Lets a round be done while there is work of its kind, and else only now and then. All rounds share one small read, so
 * that an idle worker asks Postgres a few questions a second, and not sixty.
 */
export class IdleGate {
  readonly #store: Store;
  readonly #ear: ReturnType<typeof listenForWork>;
  #read: Promise<OpenWork> | null = null;
  #readUntil = 0;

  /** `onWork` is called at each notification of new work. */
  constructor(store: Store, databaseUrl: string, onWork: () => void) {
    this.#store = store;
    this.#ear = listenForWork(databaseUrl, () => {
      this.#readUntil = 0;
      onWork();
    });
  }

  /** The work of a round, skipped while there is nothing of its kind. */
  through({ when, skippedMs = mostSkippedMs, work, skipped }: Round): () => Promise<unknown> {
    if (when === undefined) return work;
    let doneAt = 0;
    return async () => {
      if (performance.now() - doneAt < skippedMs && !(await this.#open())[when]) {
        skipped?.();
        // While notifications arrive the next round may be late.
        return this.#ear.isListening ? resting : undefined;
      }
      doneAt = performance.now();
      await work();
      return undefined;
    };
  }

  stop(): Promise<void> {
    return this.#ear.stop();
  }

  #open(): Promise<OpenWork> {
    if (this.#read !== null && performance.now() < this.#readUntil) return this.#read;
    this.#readUntil = performance.now() + readEveryMs.busy;
    const read = readOpenWork(this.#store);
    this.#read = read;
    const heard = this.#readUntil;
    read.then(
      ({ estate: _onceInMinutes, ...open }) => {
        // Unless a notification has arrived meanwhile.
        const isIdle = this.#ear.isListening && !Object.values(open).some(Boolean);
        if (isIdle && this.#readUntil === heard) this.#readUntil = heard - readEveryMs.busy + readEveryMs.idle;
      },
      () => {
        // What could not be read is asked for again.
        if (this.#read === read) this.#read = null;
      },
    );
    return read;
  }
}
