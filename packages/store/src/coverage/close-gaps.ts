import { everywhere } from '@keyferry/core';
import { insertPlanOfRows, type PlanOfRows, type PlanRowToAdd } from '../plans/insert-plan-of-rows.ts';
import type { Store } from '../store.ts';
import { type Submission, submitOnce } from '../submit-once.ts';
import { eachCoverageCell } from './read-cells.ts';

/** Makes the plan of the replicas that a check found missing and that can be made, once for its idempotency key. */
export function closeGaps(
  store: Store,
  checkId: string,
  { spec, createdBy, idempotency }: Pick<PlanOfRows, 'spec' | 'createdBy'> & Pick<Submission, 'idempotency'>,
): Promise<{ id: string; created: boolean }> {
  async function* rows(): AsyncGenerator<PlanRowToAdd> {
    for await (const { key_id: keyId, region } of eachCoverageCell(store, checkId, { code: 'no_replica' })) {
      yield { key: keyId, region };
    }
  }
  const by = { createdBy, scope: everywhere, idempotency };
  return submitOnce(store, 'plan', by, async (tx) => {
    const planId = await insertPlanOfRows(store, tx, { spec, createdBy, scope: everywhere, rows: rows() });
    await tx.$queryRaw`
      SELECT append_audit('coverage', ${checkId}, 'coverage.plan', jsonb_build_object('plan_id', ${planId}::text))::text`;
    return planId;
  });
}

/** How many replicas that would be. */
export async function countGaps({ prisma }: Store, checkId: string): Promise<number> {
  return prisma.coverageCell.count({ where: { checkId, code: 'no_replica' } });
}
