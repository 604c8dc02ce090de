import { coversRegion, type Scope } from '../access/scope.ts';
import type { InputError } from '../input/input-errors.ts';
import { groupName, type RegionGroup } from '../regions/region-group.ts';
import type { PlanSpec } from './spec.ts';

type Groups = ReadonlyMap<string, RegionGroup>;

/** Every place at which a plan, as it was submitted, names a Region outside a scope, itself or by a group. */
export function regionsOutOfScope(scope: Scope, spec: PlanSpec, groups: Groups): InputError[] {
  if (scope.regions === null) return [];
  const at = (path: string, entry: string) => entryOutOfScope(scope, path, entry, groups) ?? [];
  return [
    ...spec.regions.flatMap((entry, i) => at(`regions[${i}]`, entry)),
    ...Object.entries(spec.account_regions ?? {}).flatMap(([account, list]) =>
      list.flatMap((region, i) => at(`account_regions.${account}[${i}]`, region)),
    ),
    ...(spec.selector?.missing_in ?? []).flatMap((entry, i) => at(`selector.missing_in[${i}]`, entry)),
    ...spec.overrides.flatMap(({ region }, i) => (region === undefined ? [] : at(`overrides[${i}].region`, region))),
    ...(spec.manifest?.regions ?? []).flatMap((entry) => at('manifest', entry)),
  ];
}

/** What is wrong with one entry of a list of Regions: null, or that it is outside, or a group that stands for such. */
export function entryOutOfScope(scope: Scope, path: string, entry: string, groups: Groups): InputError | null {
  const name = groupName(entry);
  const meant = name === null ? [entry] : regionsOfGroup(groups.get(name), scope);
  const outside = meant.filter((region) => !coversRegion(scope, region));
  if (outside.length === 0) return null;
  const what = name === null ? `${entry} is` : `"${entry}" stands for ${outside.join(', ')},`;
  const message =
    `${what} outside the scope. Remove it, or submit with a token whose scope includes it. ` +
    `This scope: ${scope.regions?.join(', ')}.`;
  return { path, code: 'region_out_of_scope', message };
}

/** The Regions that a group stands for in the accounts of a scope. */
function regionsOfGroup(group: RegionGroup | undefined, { accounts }: Scope): string[] {
  if (group === undefined) return [];
  const { regions, accounts: own = {} } = group;
  const lists = accounts ? accounts.map((account) => own[account] ?? regions) : [regions, ...Object.values(own)];
  return [...new Set(lists.flat())];
}
