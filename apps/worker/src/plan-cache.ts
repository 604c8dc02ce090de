import type { PlanSpec } from '@keyferry/core';
import { readPlanForWork, type Store } from '@keyferry/store';

/** Specs of the plans this worker last worked on. A spec never changes, so an entry is never wrong. */
export class PlanCache {
  static readonly #size = 50;
  readonly #store: Store;
  readonly #specs = new Map<string, Promise<PlanSpec>>();

  constructor(store: Store) {
    this.#store = store;
  }

  specOf(planId: string): Promise<PlanSpec> {
    const known = this.#specs.get(planId);
    if (known) return known;
    const read = this.#read(planId);
    this.#specs.set(planId, read);
    read.catch(() => this.#specs.delete(planId));
    const [oldest] = this.#specs.keys();
    if (this.#specs.size > PlanCache.#size && oldest !== undefined) this.#specs.delete(oldest);
    return read;
  }

  async #read(planId: string): Promise<PlanSpec> {
    const plan = await readPlanForWork(this.#store, planId);
    if (!plan) throw new Error(`Plan ${planId} does not exist`);
    return plan.spec;
  }
}
