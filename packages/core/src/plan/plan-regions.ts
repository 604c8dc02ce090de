import { groupName, type RegionGroup } from '../regions/region-group.ts';

/** What says where the keys of a plan go. */
interface NamesRegions {
  readonly regions: readonly string[];
  readonly account_regions?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly region_groups?: Readonly<Record<string, RegionGroup>> | undefined;
  readonly manifest?: { readonly regions: readonly string[] } | undefined;
  readonly selector?: { readonly missing_in?: readonly string[] | undefined } | undefined;
}

/** The Regions into which an account's keys go, in their order. */
export function regionsOfAccount(spec: NamesRegions, account: string | null): string[] {
  return [...new Set(spec.account_regions?.[account ?? ''] ?? spec.regions)];
}

/** Every Region of a plan, whatever the account: first its own list, then what accounts and a manifest have besides. */
export function allRegions(spec: NamesRegions): string[] {
  const own = [...spec.regions, ...Object.values(spec.account_regions ?? {}).flat()];
  const ofRows = (spec.manifest?.regions ?? []).flatMap((entry) => {
    const group = spec.region_groups?.[groupName(entry) ?? ''];
    return group ? [...group.regions, ...Object.values(group.accounts ?? {}).flat()] : [entry];
  });
  return [...new Set([...own, ...ofRows])];
}

/** The groups that a plan names, each once. */
export function groupsNamed(spec: NamesRegions): string[] {
  const entries = [...spec.regions, ...(spec.selector?.missing_in ?? []), ...(spec.manifest?.regions ?? [])];
  return [...new Set(entries.flatMap((entry) => groupName(entry) ?? []))];
}

/**
 * The Regions that an entry of a manifest's row, or of a selector's `missing_in`, means for a key of this account: one, or
 * those of its group.
 */
export function regionsOfEntry(spec: NamesRegions, entry: string, account: string | null): readonly string[] {
  const name = groupName(entry);
  if (name === null) return [entry];
  const group = spec.region_groups?.[name];
  return group?.accounts?.[account ?? ''] ?? group?.regions ?? [];
}
