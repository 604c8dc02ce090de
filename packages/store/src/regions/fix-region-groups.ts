import {
  checkInput,
  groupsNamed,
  type InputError,
  manifestPlanSchema,
  type PlanSpec,
  planSpecSchema,
  regionGroupSchema,
  resolveRegionGroups,
} from '@keyferry/core';
import type { Store } from '../store.ts';
import { readRegionGroups } from './region-groups.ts';

/**
 * Puts the Regions that a plan's groups stand for now into the plan, and checks it again with them. Answers what is wrong
 * where a group does not exist, or where the plan is none with what it stands for.
 */
export async function fixRegionGroups(
  store: Store,
  spec: PlanSpec,
): Promise<{ readonly spec: PlanSpec } | { readonly errors: readonly InputError[] }> {
  const names = groupsNamed(spec);
  const rows = names.length === 0 ? [] : await readRegionGroups(store, names);
  const groups = rows.map(
    ({ name, regions, accounts }) => [name, regionGroupSchema.parse({ regions, accounts })] as const,
  );
  const resolved = resolveRegionGroups(spec, new Map(groups));
  if ('errors' in resolved || (names.length === 0 && !spec.manifest)) return resolved;
  const checked = checkInput(spec.manifest ? manifestPlanSchema : planSpecSchema, resolved.spec);
  return 'errors' in checked ? checked : { spec: checked.data };
}
