import { createHash } from 'node:crypto';
import type { PlanSpec } from '@keyferry/core';
import { insertPlan, type PlanRow, type Store } from '@keyferry/store';
import canonicalize from 'canonicalize';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Problem, parseInput } from '../http/problem.ts';
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
 * far as a repeat must be the same. Answers whether the plan is a new one; throws the 409.
 */
export async function submitPlan(
  store: Store,
  request: Request,
  response: Response,
  { spec, body, manifestId }: { spec: PlanSpec; body: unknown; manifestId?: string },
): Promise<boolean> {
  const key = idempotencyKeyOf(request);
  const inserted = await insertPlan(store, {
    spec,
    specSha256: sha256(spec),
    createdBy: response.locals.caller,
    idempotency: key === null ? null : { key, bodySha256: sha256(body) },
    ...(manifestId === undefined ? {} : { manifestId }),
  });
  if (inserted.outcome === 'conflict') {
    throw new Problem(
      409,
      'Idempotency conflict',
      `This Idempotency-Key was used for plan ${inserted.planId} with another body. Use a new key for a new plan.`,
    );
  }
  const created = inserted.outcome === 'created';
  const plan: PlanRow = await mustRead(store, inserted.planId);
  response
    .status(created ? 202 : 200)
    .location(`/v1/plans/${plan.id}`)
    .json(planView(plan));
  return created;
}

/** SHA-256 of a value as canonical JSON (RFC 8785), so that the order of its fields does not matter. */
function sha256(value: unknown): string {
  return createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex');
}
