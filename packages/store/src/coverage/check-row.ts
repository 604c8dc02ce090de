import type { CoverageCause, CoverageCheckState, CoverageCounts, CoverageSpec } from '@keyferry/core';
import { showSpec } from '../seal/policies.ts';
import { Prisma, type Store } from '../store.ts';

/** A check as it is stored. */
export interface CoverageCheckRow {
  readonly id: string;
  readonly policy_name: string | null;
  readonly drill_id: string | null;
  /** Null once its cells are taken away. */
  readonly spec: CoverageSpec | null;
  readonly spec_sha256: string;
  readonly cause: CoverageCause;
  readonly proof: boolean;
  readonly state: CoverageCheckState;
  readonly reason: string | null;
  readonly requested_by: string;
  readonly requested_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly tries: number;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly regions: readonly string[];
  readonly keys: number | null;
  readonly counts: CoverageCounts | null;
  readonly by_region: readonly { readonly region: string; readonly counts: CoverageCounts }[];
  /** Its keys and cells still stand. */
  readonly cells_kept: boolean;
}

/** The columns of `coverage_checks c` as a row has them. */
export const checkColumns = Prisma.sql`
  c.id, c.policy_name, c.drill_id, c.spec, c.spec_sha256, c.cause, c.proof,
  c.state, c.reason, c.requested_by, c.requested_at, c.started_at,
  c.finished_at, c.tries, c.error, c.regions, c.keys, c.counts, c.by_region,
  c.state = 'done' AND c.spec IS NOT NULL AS cells_kept`;

/** A row as it was read, its key policies opened. */
export function asCheckRow({ seal }: Store, row: CoverageCheckRow): CoverageCheckRow {
  return { ...row, spec: row.spec && showSpec(seal, row.spec, { table: 'coverage_checks', id: row.id }) };
}
