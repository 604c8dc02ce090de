import type { PlanSpec } from '@keyferry/core';
import { LRUCache } from 'lru-cache';
import type { Connection } from '../connection.ts';
import { showSpec } from '../seal/policies.ts';
import type { Seal } from '../seal/seal.ts';
import { canonicalSha256 } from './canonical-sha256.ts';

/** Characters of JSON that are kept in all; more than the largest plan that is accepted. */
const maxSize = 40 * 1024 * 1024;

/** What a plan was submitted with. None of it ever changes. */
export interface KnownPlan {
  readonly spec: PlanSpec;
  /** The span that submitted it; null: it was not traced. */
  readonly traceparent: string | null;
  /** Each of its rows has a SHA-256; false: it was not resolved yet, or was by a version without. */
  readonly rows_hashed: boolean;
  /** Whether its spec is the one that was submitted, by its SHA-256. */
  isAsSubmitted(): boolean;
}

/** The plans that this process last asked for, so that a spec of megabytes is not read again for every row or answer. */
export class KnownPlans {
  readonly #plans: LRUCache<string, KnownPlan>;

  constructor(db: Connection, seal: Seal) {
    this.#plans = new LRUCache({
      maxSize,
      ignoreFetchAbort: true,
      fetchMethod: async (id, _stale, { options }) => {
        const [plan] = await db.$queryRaw<(Omit<KnownPlan, 'isAsSubmitted'> & { size: number; sha256: string })[]>`
          SELECT spec, traceparent, rows_hashed, spec_sha256 AS sha256, length(spec::text) AS size
          FROM plans WHERE id = ${id}::uuid`;
        if (plan === undefined) return undefined;
        const { size, sha256, ...known } = plan;
        options.size = Math.min(size, maxSize);
        const spec = showSpec(seal, plan.spec, { table: 'plans', id });
        let same: boolean | null = null;
        const isAsSubmitted = () => {
          same ??= canonicalSha256(spec) === sha256;
          return same;
        };
        return { ...known, spec, isAsSubmitted };
      },
    });
  }

  /** The same object for all who ask: not to be changed. Throws when there is no such plan. */
  async of(planId: string): Promise<KnownPlan> {
    const plan = await this.#plans.fetch(planId);
    if (plan === undefined) throw new Error(`Plan ${planId} does not exist`);
    return plan;
  }

  /** The same, read again whatever is known of it. */
  afresh(planId: string): Promise<KnownPlan> {
    this.#plans.delete(planId);
    return this.of(planId);
  }

  async specOf(planId: string): Promise<PlanSpec> {
    return (await this.of(planId)).spec;
  }
}
