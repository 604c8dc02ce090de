import type { Runbook, RunbookStep } from '@keyferry/core';
import { LRUCache } from 'lru-cache';
import type { Connection } from '../connection.ts';
import { canonicalSha256 } from '../plans/canonical-sha256.ts';
import { showSpec } from '../seal/policies.ts';
import type { Seal } from '../seal/seal.ts';

/** Characters of JSON that are kept in all; more than the largest runbook that is accepted. */
const maxSize = 40 * 1024 * 1024;

/** The runbooks that this process last worked by, each the one that was submitted, by its SHA-256. */
export class KnownRunbooks {
  readonly #books = new LRUCache<string, Runbook>({ maxSize });
  readonly #seal: Seal;

  constructor(seal: Seal) {
    this.#seal = seal;
  }

  /**
   * The runbook of a drill, which is not to be changed; null: what is stored is not what was submitted. `fresh`: it is read
   * again, whatever is known of it.
   */
  async asSubmitted(
    db: Connection,
    { id, spec_sha256: specSha256 }: { readonly id: string; readonly spec_sha256: string },
    { fresh = false }: { fresh?: boolean } = {},
  ): Promise<Runbook | null> {
    const key = `${id} ${specSha256}`;
    const known = fresh ? undefined : this.#books.get(key);
    if (known !== undefined) return known;
    const [row] = await db.$queryRaw<{ spec: Runbook; size: number }[]>`
      SELECT spec, length(spec::text) AS size FROM drills WHERE id = ${id}::uuid`;
    if (row === undefined) throw new Error(`There is no drill ${id}.`);
    const runbook = showSpec(this.#seal, row.spec, { table: 'drills', id });
    if (canonicalSha256(runbook) !== specSha256) return null;
    this.#books.set(key, runbook, { size: Math.min(row.size, maxSize) });
    return runbook;
  }
}

/** Whether the steps of a drill are still those of its runbook. */
export function areStepsOf(runbook: Runbook, steps: readonly { readonly spec: RunbookStep }[]): boolean {
  return canonicalSha256(steps.map(({ spec }) => spec)) === canonicalSha256(runbook.steps);
}
