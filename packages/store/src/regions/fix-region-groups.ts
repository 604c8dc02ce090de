import {
  checkInput,
  groupsNamed,
  type InputError,
  manifestPlanSchema,
  type PlanSpec,
  planSpecSchema,
  type RegionGroup,
  regionGroupSchema,
  regionsOutOfScope,
  resolveRegionGroups,
  type Scope,
} from '@keyferry/core';
import type { Store } from '../store.ts';
import { readRegionGroups } from './region-groups.ts';

/**
 * Puts the Regions that a plan's groups stand for now into the plan, and checks it again with them. Answers what is wrong
 * where a group does not exist, where the plan names a Region outside its scope, or where it is none with what its groups
 * stand for.
 */
export async function fixRegionGroups(
  store: Store,
  spec: PlanSpec,
  scope: Scope,
): Promise<{ readonly spec: PlanSpec } | { readonly errors: readonly InputError[] }> {
  const names = groupsNamed(spec);
  const groups = names.length === 0 ? new Map() : await readGroups(store, names);
  const resolved = resolveRegionGroups(spec, groups);
  const outside = regionsOutOfScope(scope, spec, groups);
  if ('errors' in resolved || outside.length > 0) {
    return { errors: [...('errors' in resolved ? resolved.errors : []), ...outside] };
  }
  if (names.length === 0 && !spec.manifest) return resolved;
  const checked = checkInput(spec.manifest ? manifestPlanSchema : planSpecSchema, resolved.spec);
  return 'errors' in checked ? checked : { spec: checked.data };
}

/** All groups by name, or those of the names, as plans read them. */
export async function readGroups(store: Store, names?: readonly string[]): Promise<Map<string, RegionGroup>> {
  const rows = await readRegionGroups(store, names);
  return new Map(rows.map(({ name, regions, accounts }) => [name, regionGroupSchema.parse({ regions, accounts })]));
}
