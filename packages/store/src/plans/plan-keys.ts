import type { Transaction } from '../store.ts';

/**
 * Writes down the keys of a plan in the order in which they are shown, once: a plan that is checked again keeps its places.
 * For whoever ends the resolving of the plan, in the same transaction.
 */
export async function listPlanKeys(tx: Transaction, planId: string): Promise<void> {
  await tx.$queryRaw`SELECT list_plan_keys(${planId}::uuid)::text`;
}
