import type { Log } from '@keyferry/log';
import type { Queues } from '@keyferry/queue';
import { closeCircuit, isCircuitOpen, openCircuit, queueCircuit, type Store } from '@keyferry/store';

/**
 * Notices that the queue takes no jobs (Redis that is read-only, full or gone), and that it does again, and says so in
 * Postgres: plans that stand still then say why. Nothing is held back by it, as every round tries anyway.
 */
export class QueueStanding {
  readonly #store: Store;
  readonly #queues: Pick<Queues, 'ping'>;
  readonly #log: Log;
  #down = false;

  constructor(store: Store, queues: Pick<Queues, 'ping'>, log: Log) {
    this.#store = store;
    this.#queues = queues;
    this.#log = log;
  }

  /** Adds jobs; throws what that failed with. */
  async adding<T>(add: () => Promise<T>): Promise<T> {
    try {
      const added = await add();
      if (this.#down) await this.#isUp();
      return added;
    } catch (error) {
      await this.#isDown(error);
      throw error;
    }
  }

  /** Asks a queue that took no job, of this worker or of another, whether it answers again: no job may come for long. */
  async check(): Promise<void> {
    if (!this.#down && !(await isCircuitOpen(this.#store.prisma, queueCircuit))) return;
    await this.#queues.ping();
    await this.#isUp();
  }

  async #isDown(error: unknown): Promise<void> {
    this.#down = true;
    const opened = await openCircuit(this.#store, queueCircuit, 'queue_down').catch(() => false);
    if (opened) this.#log.error({ err: error }, 'the queue accepts no jobs: no new calls until it does');
  }

  async #isUp(): Promise<void> {
    if (await closeCircuit(this.#store, queueCircuit)) this.#log.info('the queue accepts jobs again');
    this.#down = false;
  }
}
