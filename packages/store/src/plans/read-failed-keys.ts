import { keyErrorCodes, unsuccessfulReplicaStates } from '@keyferry/core';
import { readRowsOf } from '../archive/rows-of-plan.ts';
import { statesIn } from '../states-in-sql.ts';
import type { Store } from '../store.ts';

/** A key that is the cause of failed and blocked replicas of a plan, all with the same error. */
export interface FailedKey {
  readonly code: string;
  readonly key_id: string;
  readonly alias: string | null;
  /** Null while the key is unknown. */
  readonly account: string | null;
  readonly regions: readonly string[];
  readonly failed: number;
  readonly blocked: number;
  readonly example_id: string;
  readonly example_message: string;
}

/** Rows that are looked at, however many there are. */
const mostRows = 2_000;

/** Groups by key what failed in a plan or is blocked because of the key itself; the keys in most Regions first. */
export function readFailedKeys({ prisma }: Store, planId: string, mostKeys: number): Promise<FailedKey[]> {
  return readRowsOf(
    prisma,
    planId,
    ({ replicas }) => prisma.$queryRaw<FailedKey[]>`
    WITH rows AS MATERIALIZED (
      SELECT r.id, r.error->>'code' AS code, r.error->>'message' AS message, r.key_id, r.alias, r.account, r.region, r.state
      FROM ${replicas} r
      WHERE r.plan_id = ${planId}::uuid AND r.error IS NOT NULL AND r.error->>'code' = ANY(${[...keyErrorCodes]}::text[])
        AND r.state IN ${statesIn(unsuccessfulReplicaStates)}
      LIMIT ${mostRows}
    )
    SELECT code, key_id, min(alias) AS alias, nullif(min(account), '') AS account, array_agg(region ORDER BY region) AS regions,
      (count(*) FILTER (WHERE state = 'failed'))::int AS failed, (count(*) FILTER (WHERE state = 'blocked'))::int AS blocked,
      (array_agg(id::text ORDER BY id DESC))[1] AS example_id, (array_agg(message ORDER BY id DESC))[1] AS example_message
    FROM rows GROUP BY code, key_id
    ORDER BY count(*) DESC, code, key_id LIMIT ${mostKeys}`,
  );
}
