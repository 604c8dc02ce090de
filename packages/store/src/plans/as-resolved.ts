import { haltablePlanStates } from '@keyferry/core';
import type { HeldReplicaRow } from '../replicas/replica-row.ts';
import { rowSha256AsResolved } from '../replicas/row-sha256.ts';
import { statesIn } from '../states-in-sql.ts';
import { inTransaction, type Store } from '../store.ts';
import { canonicalSha256 } from './canonical-sha256.ts';
import type { KnownPlan } from './known-plans.ts';
import { finishingMs, resolvedSha256, specChanged } from './resolve-plan.ts';

/*
 * That what is executed is what was resolved and approved. Whoever can write to Postgres past Keyferry can change a plan or a
 * row; what is called is compared with the SHA-256 of each before.
 */

/** Why a plan must not start, for a person; null: its spec is the one submitted, and its rows those resolved. */
export async function whyNotAsResolved(store: Store, planId: string): Promise<string | null> {
  const plan = await store.plans.afresh(planId);
  if (!plan.isAsSubmitted()) return specChanged;
  if (!plan.rows_hashed) return null;
  const [rows] = await inTransaction(
    store,
    (tx) => tx.$queryRaw<{ same: boolean }[]>`
      SELECT p.resolved_sha256 = ${resolvedSha256} AS same FROM plans p WHERE p.id = ${planId}::uuid`,
    { timeoutMs: finishingMs },
  );
  return rows?.same === true ? null : rowsChanged;
}

const rowsChanged =
  'Its rows were changed in the database after it was resolved. No calls are made for it. Find out who changed them, then submit a new plan.';

/** Whether a row is the one that was resolved, and what it gets from its primary too. */
export function isAsResolved(plan: Pick<KnownPlan, 'rows_hashed'>, row: HeldReplicaRow): boolean {
  const { from_primary: fromPrimary, from_primary_sha256: fromPrimarySha256 } = row;
  if ((fromPrimary === null ? null : canonicalSha256(fromPrimary)) !== fromPrimarySha256) return false;
  if (row.row_sha256 === null) return !plan.rows_hashed;
  return rowSha256AsResolved(row) === row.row_sha256;
}

/** Halts a plan of which something was changed past Keyferry; false: it is not under way any more. */
export async function haltChanged(store: Store, planId: string, reason: string): Promise<boolean> {
  const halted = await store.prisma.$executeRaw`
    UPDATE plans SET state = 'halted', reason = ${reason}
    WHERE id = ${planId}::uuid AND state IN ${statesIn(haltablePlanStates)}`;
  return halted === 1;
}
