import type { PlanSpec } from '@keyferry/core';
import { LRUCache } from 'lru-cache';
import { openSpec } from '../seal/policies.ts';
import type { Seal } from '../seal/seal.ts';
import type { Connection } from '../store.ts';

/** Characters of JSON that are kept in all; more than the largest plan that is accepted. */
const maxSize = 40 * 1024 * 1024;

/** What a plan was submitted with. None of it ever changes. */
export interface KnownPlan {
  readonly spec: PlanSpec;
  /** The span that submitted it; null: it was not traced. */
  readonly traceparent: string | null;
}

/** The plans that this process last asked for, so that a spec of megabytes is not read again for every row or answer. */
export class KnownPlans {
  readonly #plans: LRUCache<string, KnownPlan>;

  constructor(db: Connection, seal: Seal) {
    this.#plans = new LRUCache({
      maxSize,
      ignoreFetchAbort: true,
      fetchMethod: async (id, _stale, { options }) => {
        const [plan] = await db.$queryRaw<(KnownPlan & { size: number })[]>`
          SELECT spec, traceparent, length(spec::text) AS size FROM plans WHERE id = ${id}::uuid`;
        if (plan === undefined) return undefined;
        options.size = Math.min(plan.size, maxSize);
        return { spec: openSpec(seal, plan.spec), traceparent: plan.traceparent };
      },
    });
  }

  /** The same object for all who ask: not to be changed. Throws when there is no such plan. */
  async of(planId: string): Promise<KnownPlan> {
    const plan = await this.#plans.fetch(planId);
    if (plan === undefined) throw new Error(`Plan ${planId} does not exist`);
    return plan;
  }

  async specOf(planId: string): Promise<PlanSpec> {
    return (await this.of(planId)).spec;
  }
}
