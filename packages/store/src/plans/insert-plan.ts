import type { PlanSpec, ReplicaBlock } from '@keyferry/core';
import { newId } from '../new-id.ts';
import { inTransaction, type Prisma, type Store } from '../store.ts';
import { windowColumns } from './plan-window.ts';

export interface NewPlan {
  readonly spec: PlanSpec;
  readonly specSha256: string;
  readonly createdBy: string;
  /** The manifest that names its keys. */
  readonly manifestId?: string;
  /** The caller's own name for this submission, with the hash of its body. */
  readonly idempotency: { readonly key: string; readonly bodySha256: string } | null;
}

export type InsertedPlan =
  | { readonly outcome: 'created' | 'repeated'; readonly planId: string }
  /** The key was used before, with another body. */
  | { readonly outcome: 'conflict'; readonly planId: string };

/** How long an idempotency key is remembered. */
export const idempotencyHours = 24;

const hasAlias = ({ aws_param }: ReplicaBlock): boolean => aws_param?.Alias !== undefined;

/** Stores a plan and its idempotency record in one transaction; of two submissions with one key, one creates it. */
export function insertPlan(store: Store, plan: NewPlan): Promise<InsertedPlan> {
  return inTransaction(store, async (tx) => {
    const { idempotency, createdBy, spec } = plan;
    if (idempotency) {
      // Holds off a second submission with this key until this transaction has ended.
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`${createdBy}\n${idempotency.key}`}, 0))`;
      await tx.$executeRaw`
        DELETE FROM idempotency_keys WHERE caller = ${createdBy} AND key = ${idempotency.key}
          AND created_at < now() - make_interval(hours => ${idempotencyHours})`;
      const known = await tx.idempotencyKey.findUnique({
        where: { caller_key: { caller: createdBy, key: idempotency.key } },
      });
      if (known) {
        const outcome = known.bodySha256 === idempotency.bodySha256 ? 'repeated' : 'conflict';
        return { outcome, planId: known.planId };
      }
    }
    const id = newId();
    const { options } = spec;
    const tolerance = options.failure_tolerance;
    await tx.plan.create({
      data: {
        id,
        name: spec.name,
        mode: spec.mode,
        state: 'resolving',
        spec: spec as unknown as Prisma.InputJsonObject,
        specSha256: plan.specSha256,
        createdBy,
        proposedBy: [createdBy],
        approvalsRequired: options.require_approval ? options.approvals : 0,
        startAt: options.start_at === null ? null : new Date(options.start_at),
        priority: options.priority,
        maxInFlight: options.max_in_flight,
        toleranceCount: tolerance && 'count' in tolerance ? tolerance.count : null,
        tolerancePercent: tolerance && 'percent' in tolerance ? tolerance.percent : null,
        sequential: options.region_order === 'sequential',
        maxAttempts: options.max_attempts,
        ...(await windowColumns(tx, options.windows)),
        withAlias:
          spec.manifest?.with_alias || [spec.replica, ...spec.overrides.map(({ replica }) => replica)].some(hasAlias),
      },
    });
    if (plan.manifestId !== undefined) {
      await tx.manifest.update({ where: { id: plan.manifestId }, data: { planId: id } });
    }
    if (idempotency) {
      await tx.idempotencyKey.create({
        data: { caller: createdBy, key: idempotency.key, bodySha256: idempotency.bodySha256, planId: id },
      });
    }
    return { outcome: 'created', planId: id };
  });
}
