import type { PlanSpec } from '@keyferry/core';
import { findSubmission, fixRegionGroups, insertPlan, type NewPlan, type PlanRow, type Store } from '@keyferry/store';
import { activeSpan } from '@keyferry/tracing';
import type { Request, Response } from 'express';
import { asCaller } from '../http/as-caller.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import { invalidInput } from '../http/problem.ts';
import { mustRead } from './find-plan.ts';
import { planView } from './plan-view.ts';

/**
 * Stores a plan and answers with it: 202, or 200 where this submission had made it before. `body` is what was submitted, as
 * far as a repeat must be the same. Answers whether the plan is a new one; throws SubmissionConflict, and the 422 for its Region
 * groups and for Regions outside the caller's scope.
 */
export async function submitPlan(
  store: Store,
  request: Request,
  response: Response,
  { spec, body, manifestId }: { spec: PlanSpec; body: unknown; manifestId?: string },
): Promise<boolean> {
  const { caller: createdBy, scope } = response.locals;
  const submission = { createdBy, scope, idempotency: idempotencyOf(request, body) };
  // A repeat is known before its Region groups are looked up, which may be gone by now.
  const known = await findSubmission(store.prisma, 'plan', submission);
  const by = { ...submission, ...(manifestId === undefined ? {} : { manifestId }) };
  const { planId, created } =
    known === null ? await insertFixed(asCaller(store, response), spec, by) : { planId: known, created: false };
  activeSpan().note({ 'keyferry.plan.id': planId });
  const plan: PlanRow = await mustRead(store, planId);
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
  by: Omit<NewPlan, 'spec'>,
): Promise<{ planId: string; created: boolean }> {
  const fixed = await fixRegionGroups(store, given, by.scope);
  if ('errors' in fixed) throw invalidInput(fixed.errors);
  return insertPlan(store, { ...by, spec: fixed.spec });
}
