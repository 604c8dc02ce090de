import type { PlanState } from '@keyferry/core';
import { showDiffs } from '../seal/policies.ts';
import { Prisma, type Store } from '../store.ts';
import { type ReplicaRow, replicaColumns } from './replica-row.ts';

/** A row about a key, and the plan that it is of. */
export type RowOfKey = ReplicaRow & { readonly plan_name: string; readonly plan_state: PlanState };

/** A page of what plans did with a key, newest first; those of archived plans are no longer here. */
export async function listRowsOfKey(
  store: Store,
  { mrk, account }: { mrk: string; account: string },
  { limit, before }: { limit: number; before: string | null },
): Promise<RowOfKey[]> {
  // The rows of a key are few, and found by the index of keys; OFFSET keeps Postgres from reading all rows by their ids instead.
  const rows = await store.prisma.$queryRaw<RowOfKey[]>`
    SELECT r.*, p.name AS plan_name, p.state::text AS plan_state
    FROM (SELECT ${replicaColumns} FROM replicas r WHERE r.mrk = ${mrk} AND r.account = ${account} OFFSET 0) r
    JOIN plans p ON p.id = r.plan_id
    WHERE ${before === null ? Prisma.sql`true` : Prisma.sql`r.id < ${before}::uuid`}
    ORDER BY r.id DESC LIMIT ${limit}`;
  return showDiffs(store.seal, rows);
}
