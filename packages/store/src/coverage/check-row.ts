import type { CoverageCause, CoverageCheckState, CoverageCounts, CoverageSpec } from '@keyferry/core';
import { showSpec } from '../seal/policies.ts';
import { Prisma, type Store } from '../store.ts';

/** A check as it is stored. */
export interface CoverageCheckRow {
  readonly id: string;
  readonly policyName: string | null;
  readonly drillId: string | null;
  /** Null once its cells are taken away. */
  readonly spec: CoverageSpec | null;
  readonly specSha256: string;
  readonly cause: CoverageCause;
  readonly proof: boolean;
  readonly state: CoverageCheckState;
  readonly reason: string | null;
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly tries: number;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly regions: readonly string[];
  readonly keys: number | null;
  readonly counts: CoverageCounts | null;
  readonly byRegion: readonly { readonly region: string; readonly counts: CoverageCounts }[];
  /** Its keys and cells still stand. */
  readonly cellsKept: boolean;
}

/** The columns of `coverage_checks c` as a row has them. */
export const checkColumns = Prisma.sql`
  c.id, c.policy_name AS "policyName", c.drill_id AS "drillId", c.spec, c.spec_sha256 AS "specSha256", c.cause, c.proof,
  c.state, c.reason, c.requested_by AS "requestedBy", c.requested_at AS "requestedAt", c.started_at AS "startedAt",
  c.finished_at AS "finishedAt", c.tries, c.error, c.regions, c.keys, c.counts, c.by_region AS "byRegion",
  c.state = 'done' AND c.spec IS NOT NULL AS "cellsKept"`;

/** A row as it was read, its key policies opened. */
export function asCheckRow({ seal }: Store, row: CoverageCheckRow): CoverageCheckRow {
  return { ...row, spec: row.spec && showSpec(seal, row.spec, { table: 'coverage_checks', id: row.id }) };
}
