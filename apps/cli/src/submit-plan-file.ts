import { type KeyferryClient, ProblemError } from '@keyferry/client';
import type { PlanView } from '@keyferry/core';
import { faultsOf, invalidPlan, type PlanChanges, readValidPlan } from './plan-file.ts';

/** Checks a plan file and submits it; what is wrong with it, here or for the API, is told by line. */
export async function submitPlanFile(
  client: KeyferryClient,
  file: string,
  options: PlanChanges & { idempotencyKey?: string | undefined },
): Promise<PlanView> {
  const { name, parsed } = await readValidPlan(file, options);
  try {
    const { idempotencyKey } = options;
    return await client.createPlan(parsed.spec, idempotencyKey === undefined ? {} : { idempotencyKey });
  } catch (error) {
    const errors = error instanceof ProblemError ? error.problem.errors : undefined;
    if (errors) throw invalidPlan(name, faultsOf(parsed, errors));
    throw error;
  }
}
