import { isEverywhere, type PlanSpec, type ReplicaBlock, type Scope } from '@keyferry/core';
import { activeTraceparent } from '@keyferry/tracing';
import { scopeData } from '../access/scope.ts';
import { newId } from '../new-id.ts';
import { closeSpec } from '../seal/policies.ts';
import { type Connection, inTransaction, type Prisma, type Store, type Transaction } from '../store.ts';
import { windowColumns } from './plan-window.ts';

/** What is stored of a plan when it is submitted. */
export interface PlanToAdd {
  readonly spec: PlanSpec;
  readonly specSha256: string;
  /** It touches nothing outside. */
  readonly scope: Scope;
  readonly createdBy: string;
  /** Who asked for it on the creator's behalf; may not approve it either. */
  readonly askedBy?: string | undefined;
  /** The manifest that names its keys. */
  readonly manifestId?: string;
  /** The schedule that submits it, and for which of its times; null: it was run by hand. */
  readonly schedule?: { readonly id: string; readonly scheduledFor: Date | null };
  /** The drill that it is a step of: it runs when that says so, and needs no approvals of its own. */
  readonly drill?: { readonly id: string; readonly step: string };
}

/** The caller's own name for a submission, with the hash of its body. */
export interface Idempotency {
  readonly key: string;
  readonly bodySha256: string;
}

export type NewPlan = PlanToAdd & { readonly idempotency: Idempotency | null };

export type InsertedPlan =
  | { readonly outcome: 'created' | 'repeated'; readonly planId: string }
  /** The key was used before, with another body. */
  | { readonly outcome: 'conflict'; readonly planId: string };

/** How long an idempotency key is remembered. */
export const idempotencyHours = 24;

const hasAlias = ({ aws_param }: ReplicaBlock): boolean => aws_param?.Alias !== undefined;

/** Stores a plan and its idempotency record in one transaction; of two submissions with one key, one creates it. */
export function insertPlan(store: Store, given: NewPlan): Promise<InsertedPlan> {
  const plan = { ...given, spec: closeSpec(store.seal, given.spec) };
  return inTransaction(store, async (tx) => {
    const { idempotency } = plan;
    if (idempotency === null) return { outcome: 'created', planId: await addPlan(tx, plan) };
    // Holds off a second submission with this key until this transaction has ended.
    const caller = submitter(plan);
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`${caller}\n${idempotency.key}`}, 0))`;
    const known = await findSubmission(tx, plan, idempotency);
    if (known) return known;
    await tx.$executeRaw`DELETE FROM idempotency_keys WHERE caller = ${caller} AND key = ${idempotency.key}`;
    const planId = await addPlan(tx, plan);
    await tx.idempotencyKey.create({ data: { caller, ...idempotency, planId } });
    return { outcome: 'created', planId };
  });
}

/** Whose an idempotency key is: a caller's, and of each scope for itself. No caller's name has a space. */
function submitter({ createdBy, scope }: Pick<NewPlan, 'createdBy' | 'scope'>): string {
  return isEverywhere(scope) ? createdBy : `${createdBy} ${JSON.stringify([scope.accounts, scope.regions])}`;
}

/** What a caller has submitted in this scope with this key before; null: nothing that is remembered. */
export async function findSubmission(
  db: Connection,
  by: Pick<NewPlan, 'createdBy' | 'scope'>,
  { key, bodySha256 }: Idempotency,
): Promise<InsertedPlan | null> {
  const [known] = await db.$queryRaw<{ planId: string; same: boolean }[]>`
    SELECT plan_id AS "planId", body_sha256 = ${bodySha256} AS same FROM idempotency_keys
    WHERE caller = ${submitter(by)} AND key = ${key} AND created_at >= now() - make_interval(hours => ${idempotencyHours})`;
  return known ? { outcome: known.same ? 'repeated' : 'conflict', planId: known.planId } : null;
}

/** Stores a plan that is to be resolved, its policies sealed by now, within a transaction; answers its id. */
export async function addPlan(tx: Transaction, { spec, schedule, drill, ...plan }: PlanToAdd): Promise<string> {
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
      spec: spec as unknown as Prisma.InputJsonObject,
      specSha256: plan.specSha256,
      ...scopeData(plan.scope),
      createdBy: plan.createdBy,
      proposedBy: [...new Set([plan.createdBy, plan.askedBy ?? plan.createdBy])],
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
      withAlias:
        spec.manifest?.with_alias || [spec.replica, ...spec.overrides.map(({ replica }) => replica)].some(hasAlias),
    },
  });
  if (plan.manifestId !== undefined) {
    await tx.manifest.update({ where: { id: plan.manifestId }, data: { planId: id } });
  }
  return id;
}
