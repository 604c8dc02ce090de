import type { PlanSpec } from '@keyferry/core';
import { type PlanForWork, readPlanForWork, type Store } from '@keyferry/store';

/** What this worker needs to know of the plans it last worked on. None of it ever changes, so an entry is never wrong. */
export class PlanCache {
  static readonly #size = 50;
  readonly #store: Store;
  readonly #plans = new Map<string, Promise<PlanForWork>>();

  constructor(store: Store) {
    this.#store = store;
  }

  async specOf(planId: string): Promise<PlanSpec> {
    return (await this.#planOf(planId)).spec;
  }

  /** The span that submitted the plan; null: it was not traced. */
  async traceparentOf(planId: string): Promise<string | null> {
    return (await this.#planOf(planId)).traceparent;
  }

  #planOf(planId: string): Promise<PlanForWork> {
    const known = this.#plans.get(planId);
    if (known) return known;
    const read = this.#read(planId);
    this.#plans.set(planId, read);
    read.catch(() => this.#plans.delete(planId));
    const [oldest] = this.#plans.keys();
    if (this.#plans.size > PlanCache.#size && oldest !== undefined) this.#plans.delete(oldest);
    return read;
  }

  async #read(planId: string): Promise<PlanForWork> {
    const plan = await readPlanForWork(this.#store, planId);
    if (!plan) throw new Error(`Plan ${planId} does not exist`);
    return plan;
  }
}
