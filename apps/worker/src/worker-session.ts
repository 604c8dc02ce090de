import { beatsOfLease } from '@keyferry/core';
import type { Log } from '@keyferry/log';
import { heartbeat, registerWorker, removeWorker, type Store } from '@keyferry/store';

/**
 * This worker's standing with the database: its id, its lease and the database's clock. What it has claimed is its own
 * while the lease holds; when heartbeats fail for that long it must let go of everything, since another worker may have
 * taken it over. It then starts over under a new id.
 */
export class WorkerSession {
  readonly #store: Store;
  readonly #log: Log;
  readonly #options: { host: string; pid: number; concurrency: number; leaseMs: number };
  #id = '';
  /** By the monotonic clock: until when the lease holds for certain. */
  #heldUntil = 0;
  #clockOffsetMs = 0;
  #cckmError: string | null = null;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();

  constructor(store: Store, log: Log, options: { host: string; pid: number; concurrency: number; leaseMs: number }) {
    this.#store = store;
    this.#log = log;
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#register();
    const beat = () => {
      this.#beatNext().finally(() => {
        if (this.#timer) this.#timer = setTimeout(beat, this.#options.leaseMs / beatsOfLease);
      });
    };
    this.#timer = setTimeout(beat, this.#options.leaseMs / beatsOfLease);
  }

  /** Says whether CCKM refuses the login of this worker (an error code), at once where that is new. */
  noteLogin(cckmError: string | null): void {
    if (this.#cckmError === cckmError) return;
    this.#cckmError = cckmError;
    if (this.#timer) void this.#beatNext();
  }

  /** A beat after the one that is under way: two at once could register twice. */
  #beatNext(): Promise<void> {
    this.#beating = this.#beating.then(() => this.#beat());
    return this.#beating;
  }

  get id(): string {
    return this.#id;
  }

  /** How long the lease still holds, milliseconds; zero or less: nothing may be called any more under this id. */
  remainingMs(): number {
    return this.#heldUntil - performance.now();
  }

  /** Now, by the database's clock. */
  now(): Date {
    return new Date(Date.now() + this.#clockOffsetMs);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#beating;
    await removeWorker(this.#store, this.#id).catch((error: unknown) =>
      this.#log.warn({ err: error }, 'could not release the lease; it expires on its own'),
    );
  }

  async #register(): Promise<void> {
    const asked = performance.now();
    this.#id = await registerWorker(this.#store, this.#options);
    this.#heldUntil = asked + this.#options.leaseMs;
    await this.#beat();
  }

  async #beat(): Promise<void> {
    const asked = performance.now();
    try {
      const now = await heartbeat(this.#store, this.#id, {
        leaseMs: this.#options.leaseMs,
        cckmError: this.#cckmError,
      });
      if (now === null) {
        this.#heldUntil = 0;
        await this.#register();
        this.#log.warn({ worker: this.#id }, 'the lease expired; restarting as a new worker');
        return;
      }
      this.#heldUntil = asked + this.#options.leaseMs;
      this.#clockOffsetMs = now.getTime() - Date.now();
    } catch (error) {
      this.#log.warn({ err: error }, 'heartbeat failed; retrying');
    }
  }
}
