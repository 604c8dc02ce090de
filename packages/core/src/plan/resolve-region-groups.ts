import type { InputError } from '../input/input-errors.ts';
import { groupName, type RegionGroup } from '../regions/region-group.ts';
import { groupsNamed } from './plan-regions.ts';
import type { PlanSpec } from './spec.ts';

/**
 * Puts the Regions that its groups stand for into a plan, with what the groups said, so that a later change of a group does
 * not change the plan. Answers what is wrong with it instead where a group does not exist.
 */
export function resolveRegionGroups(
  spec: PlanSpec,
  groups: ReadonlyMap<string, RegionGroup>,
): { readonly spec: PlanSpec } | { readonly errors: InputError[] } {
  const { region_groups: _given, ...rest } = spec;
  const named = groupsNamed(spec);
  if (named.length === 0) return { spec: rest };
  const unknown = (path: string, entry: string): InputError[] => {
    const name = groupName(entry);
    if (name === null || groups.has(name)) return [];
    const message = `Region group "${name}" does not exist. Create it with PUT /v1/region-groups/${name}, or name the Regions.`;
    return [{ path, code: 'unknown_region_group', message }];
  };
  const errors = [
    ...spec.regions.flatMap((entry, i) => unknown(`regions[${i}]`, entry)),
    ...(spec.selector?.missing_in ?? []).flatMap((entry, i) => unknown(`selector.missing_in[${i}]`, entry)),
    ...(spec.manifest?.regions ?? []).flatMap((entry) => unknown('manifest', entry)),
  ];
  if (errors.length > 0) return { errors };
  const used = named.flatMap((name) => {
    const group = groups.get(name);
    return group ? [[name, group] as const] : [];
  });
  const listFor = (account: string | null): string[] => [
    ...new Set(
      spec.regions.flatMap((entry) => {
        const group = groups.get(groupName(entry) ?? '');
        return group ? (group.accounts?.[account ?? ''] ?? group.regions) : [entry];
      }),
    ),
  ];
  const inRegions = used.filter(([name]) => spec.regions.some((entry) => groupName(entry) === name));
  const accounts = inRegions.flatMap(([, group]) => Object.keys(group.accounts ?? {}));
  const ofAccounts = Object.fromEntries(accounts.map((account) => [account, listFor(account)]));
  const account_regions = { ...ofAccounts, ...spec.account_regions };
  return {
    spec: {
      ...rest,
      regions: listFor(null),
      ...(Object.keys(account_regions).length > 0 ? { account_regions } : {}),
      region_groups: Object.fromEntries(used),
    },
  };
}
