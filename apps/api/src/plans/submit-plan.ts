import type { PlanSpec } from '@keyferry/core';
import {
  canonicalSha256,
  findSubmission,
  fixRegionGroups,
  type InsertedPlan,
  insertPlan,
  type NewPlan,
  type PlanRow,
  type Store,
} from '@keyferry/store';
import { activeSpan } from '@keyferry/tracing';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { asCaller } from '../http/as-caller.ts';
import { invalidInput, Problem, parseInput } from '../http/problem.ts';
import { mustRead } from './plan-routes.ts';
import { planView } from './plan-view.ts';

const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\x21-\x7e]+$/, 'An Idempotency-Key has printable ASCII characters without spaces.');

/** The caller's own name for this submission; null: none. Throws the 422. */
export function idempotencyKeyOf(request: Request): string | null {
  const header = request.get('idempotency-key');
  if (header === undefined) return null;
  return parseInput(z.object({ 'Idempotency-Key': idempotencyKey }), { 'Idempotency-Key': header })['Idempotency-Key'];
}

/**
 * Stores a plan and answers with it: 202, or 200 where this submission had made it before. `body` is what was submitted, as
 * far as a repeat must be the same. Answers whether the plan is a new one; throws the 409, and the 422 for its Region groups
 * and for Regions outside the caller's scope.
 */
export async function submitPlan(
  store: Store,
  request: Request,
  response: Response,
  { spec, body, manifestId }: { spec: PlanSpec; body: unknown; manifestId?: string },
): Promise<boolean> {
  const key = idempotencyKeyOf(request);
  const { caller: createdBy, scope } = response.locals;
  const idempotency = key === null ? null : { key, bodySha256: canonicalSha256(body) };
  // A repeat is known before its Region groups are looked up, which may be gone by now.
  const known = idempotency && (await findSubmission(store.prisma, { createdBy, scope }, idempotency));
  const by = { createdBy, scope, idempotency, ...(manifestId === undefined ? {} : { manifestId }) };
  const inserted = known ?? (await insertFixed(asCaller(store, response), spec, by));
  if (inserted.outcome === 'conflict') {
    throw new Problem(
      409,
      'Idempotency conflict',
      `This Idempotency-Key was used for plan ${inserted.planId} with another body. Use a new key for a new plan.`,
    );
  }
  const created = inserted.outcome === 'created';
  activeSpan().note({ 'keyferry.plan.id': inserted.planId });
  const plan: PlanRow = await mustRead(store, inserted.planId);
  response
    .status(created ? 202 : 200)
    .location(`/v1/plans/${plan.id}`)
    .json(planView(plan));
  return created;
}

/** Stores a plan with what its Region groups stand for now. */
async function insertFixed(
  store: Store,
  given: PlanSpec,
  by: Omit<NewPlan, 'spec' | 'specSha256'>,
): Promise<InsertedPlan> {
  const fixed = await fixRegionGroups(store, given, by.scope);
  if ('errors' in fixed) throw invalidInput(fixed.errors);
  return insertPlan(store, { ...by, spec: fixed.spec, specSha256: canonicalSha256(fixed.spec) });
}
