import { type CircuitState, cckmCircuit } from '../pacing/circuit.ts';
import type { Connection } from '../store.ts';

/** How CCKM has answered lately. */
export interface CckmStanding {
  readonly circuit: 'closed' | CircuitState;
  readonly since: Date | null;
  /** An error code. */
  readonly reason: string | null;
  readonly last_success_at: Date | null;
  readonly last_failure_at: Date | null;
  readonly last_failure_code: string | null;
}

/** Calls that are looked back on: during an outage few are made, so a success from before it is among them. */
const latestCalls = 1_000;

export async function readCckmStanding(db: Connection): Promise<CckmStanding> {
  const [standing] = await db.$queryRaw<CckmStanding[]>`
    WITH latest AS MATERIALIZED (
      SELECT id, finished_at, error->>'code' AS code FROM attempts ORDER BY id DESC LIMIT ${latestCalls}
    ), success AS (
      SELECT finished_at FROM latest WHERE code IS NULL ORDER BY id DESC LIMIT 1
    ), failure AS (
      SELECT finished_at, code FROM latest WHERE code IS NOT NULL AND finished_at IS NOT NULL ORDER BY id DESC LIMIT 1
    )
    SELECT coalesce(c.state, 'closed') AS circuit, c.changed_at AS since, c.reason,
      success.finished_at AS last_success_at, failure.finished_at AS last_failure_at, failure.code AS last_failure_code
    FROM (VALUES (1)) one
    LEFT JOIN circuits c ON c.id = ${cckmCircuit} LEFT JOIN success ON true LEFT JOIN failure ON true`;
  if (!standing) throw new Error('Postgres returned no standing of CCKM.');
  return standing;
}
