import {
  groupsNamed,
  manifestPlanSchema,
  type PlanSpec,
  planSpecSchema,
  regionGroupSchema,
  resolveRegionGroups,
} from '@keyferry/core';
import { readRegionGroups, type Store } from '@keyferry/store';
import { Problem, parseInput } from '../http/problem.ts';

/**
 * Puts the Regions that a plan's groups stand for now into the plan, and checks it again with them. Throws the 422 where a
 * group does not exist, or where the plan is none with what it stands for.
 */
export async function fixRegionGroups(store: Store, spec: PlanSpec): Promise<PlanSpec> {
  const names = groupsNamed(spec);
  const rows = names.length === 0 ? [] : await readRegionGroups(store, names);
  const groups = rows.map(
    ({ name, regions, accounts }) => [name, regionGroupSchema.parse({ regions, accounts })] as const,
  );
  const resolved = resolveRegionGroups(spec, new Map(groups));
  if ('errors' in resolved) {
    throw new Problem(422, 'Invalid input', 'A Region group does not exist. Nothing was stored.', {
      errors: resolved.errors,
    });
  }
  if (spec.manifest) return parseInput(manifestPlanSchema, resolved.spec);
  return names.length === 0 ? resolved.spec : parseInput(planSpecSchema, resolved.spec);
}
