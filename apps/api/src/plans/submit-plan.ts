import type { PlanSpec, PlanView } from '@keyferry/core';
import { findSubmission, fixRegionGroups, insertPlan, type NewPlan, type Store } from '@keyferry/store';
import { activeSpan } from '@keyferry/tracing';
import { asCaller } from '../http/as-caller.ts';
import { idempotencyOf } from '../http/idempotency.ts';
import type { Asked } from '../http/operation-routes.ts';
import { invalidInput } from '../http/problem.ts';
import { mustRead } from './find-plan.ts';
import { planView } from './plan-view.ts';

/**
 * Stores a plan, or finds the one that this submission had made before; the answer is a 200 then. `body` is what was submitted, as
 * far as a repeat must be the same. Throws SubmissionConflict, and the 422 for its Region groups and for Regions outside the
 * caller's scope.
 */
export async function submitPlan(
  store: Store,
  { caller: createdBy, scope, request, response }: Asked<'POST /v1/plans'>,
  { spec, body, manifestId }: { spec: PlanSpec; body: unknown; manifestId?: string },
): Promise<{ plan: PlanView; created: boolean }> {
  const submission = { createdBy, scope, idempotency: idempotencyOf(request, body) };
  // A repeat is recognised before its Region groups are looked up: they may have been deleted since.
  const known = await findSubmission(store.prisma, 'plan', submission);
  const by = { ...submission, ...(manifestId === undefined ? {} : { manifestId }) };
  const { planId, created } =
    known === null ? await insertFixed(asCaller(store, response), spec, by) : { planId: known, created: false };
  activeSpan().note({ 'keyferry.plan.id': planId });
  const plan = planView(await mustRead(store, planId));
  if (!created) response.status(200);
  response.location(`/v1/plans/${plan.id}`);
  return { plan, created };
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
