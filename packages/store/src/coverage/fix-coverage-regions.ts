import { type CoveragePolicy, type CoverageSpec, everywhere, type InputError, planOfCoverage } from '@keyferry/core';
import { fixRegionGroups } from '../regions/fix-region-groups.ts';
import type { Store } from '../store.ts';

/** Puts the Regions that its groups stand for now into a policy. Answers what is wrong where a group does not exist. */
export async function fixCoverageRegions(
  store: Store,
  policy: CoveragePolicy,
): Promise<{ readonly spec: CoverageSpec } | { readonly errors: readonly InputError[] }> {
  const fixed = await fixRegionGroups(store, planOfCoverage(policy), everywhere);
  if ('errors' in fixed) return fixed;
  const { regions, account_regions, region_groups } = fixed.spec;
  return {
    spec: {
      ...policy,
      regions,
      ...(account_regions === undefined ? {} : { account_regions }),
      ...(region_groups === undefined ? {} : { region_groups }),
    },
  };
}
