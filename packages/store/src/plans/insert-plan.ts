import { type PlanSpec, type Scope, setsAlias } from '@keyferry/core';
import { activeTraceparent } from '@keyferry/tracing';
import { scopeData } from '../access/scope.ts';
import { newId } from '../new-id.ts';
import { closeSpec } from '../seal/policies.ts';
import type { Prisma, Store, Transaction } from '../store.ts';
import { type Idempotency, submitOnce } from '../submit-once.ts';
import { canonicalSha256 } from './canonical-sha256.ts';
import { windowColumns } from './plan-window.ts';

/** What is stored of a plan when it is submitted. */
export interface PlanToAdd {
  readonly spec: PlanSpec;
  /** It touches nothing outside. */
  readonly scope: Scope;
  readonly createdBy: string;
  /** Who else has a part in it: none of them may approve it either. */
  readonly alsoBy?: readonly string[];
  /** The manifest that names its keys. */
  readonly manifestId?: string;
  /** The schedule that submits it, and for which of its times; null: it was run by hand. */
  readonly schedule?: { readonly id: string; readonly scheduledFor: Date | null };
  /** The drill that it is a step of: it runs when that says so, and needs no approvals of its own. */
  readonly drill?: { readonly id: string; readonly step: string };
}

export type NewPlan = PlanToAdd & { readonly idempotency: Idempotency | null };

/** Stores a plan once for its idempotency key. Throws SubmissionConflict. */
export async function insertPlan(store: Store, plan: NewPlan): Promise<{ planId: string; created: boolean }> {
  const { id, created } = await submitOnce(store, 'plan', plan, (tx) => addPlan(store, tx, plan));
  return { planId: id, created };
}

/** Stores a plan that is to be resolved, within a transaction; answers its id. */
export async function addPlan(
  { seal }: Store,
  tx: Transaction,
  { spec, schedule, drill, ...plan }: PlanToAdd,
): Promise<string> {
  const id = newId();
  const { options } = spec;
  const tolerance = options.failure_tolerance;
  await tx.plan.create({
    data: {
      id,
      name: spec.name,
      operation: spec.operation,
      mode: spec.mode,
      state: 'resolving',
      spec: closeSpec(seal, spec, { table: 'plans', id }) as unknown as Prisma.InputJsonObject,
      specSha256: canonicalSha256(spec),
      ...scopeData(plan.scope),
      createdBy: plan.createdBy,
      proposedBy: [...new Set([plan.createdBy, ...(plan.alsoBy ?? [])])],
      approvalsRequired: options.require_approval && !drill ? options.approvals : 0,
      scheduleId: schedule?.id ?? null,
      drillId: drill?.id ?? null,
      drillStep: drill?.step ?? null,
      traceparent: activeTraceparent(),
      scheduledFor: schedule?.scheduledFor ?? null,
      startAt: options.start_at === null ? null : new Date(options.start_at),
      priority: options.priority,
      maxInFlight: options.max_in_flight,
      toleranceCount: tolerance && 'count' in tolerance ? tolerance.count : null,
      tolerancePercent: tolerance && 'percent' in tolerance ? tolerance.percent : null,
      sequential: options.region_order === 'sequential',
      maxAttempts: options.max_attempts,
      ...(await windowColumns(tx, options.windows)),
      importsMaterial: spec.operation === 'replicate' && options.import_material,
      withAlias:
        spec.manifest?.with_alias || [spec.replica, ...spec.overrides.map(({ replica }) => replica)].some(setsAlias),
    },
  });
  if (plan.manifestId !== undefined) {
    await tx.manifest.update({ where: { id: plan.manifestId }, data: { planId: id } });
  }
  return id;
}
