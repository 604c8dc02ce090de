import { listenForWork, type OpenWork, readOpenWork, type Store } from '@keyferry/store';
import { resting } from './every.ts';

/**
 * How long one read is used, milliseconds. Postgres notifies of new work, so an idle worker reads seldom. While there is
 * work, or while the connection that listens is down, it reads often.
 */
const readEveryMs = { busy: 250, idle: 2_000 };

/**
 * Lets a loop do its round while there is work of its kind, and else only now and then. All loops share one small read, so
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

  /** `round`, skipped while there is nothing of `kind`; done all the same when it has been skipped for `idleMs`. */
  when(kind: keyof OpenWork, idleMs: number, round: () => Promise<unknown>): () => Promise<unknown> {
    let doneAt = 0;
    return async () => {
      if (performance.now() - doneAt < idleMs && !(await this.has(kind))) return this.rests;
      doneAt = performance.now();
      await round();
      return undefined;
    };
  }

  /** Whether there is work of a kind. */
  async has(kind: keyof OpenWork): Promise<boolean> {
    return (await this.#open())[kind];
  }

  /** What a skipped round answers: `resting` while notifications arrive, so that the next round may be late. */
  get rests(): typeof resting | undefined {
    return this.#ear.isListening ? resting : undefined;
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
