import { type CoveragePolicyInput, type CoverageSpec, coveragePolicySchema, tagOptions } from '../coverage/policy.ts';

type Scope = Pick<
  CoverageSpec,
  'keys' | 'selector' | 'regions' | 'account_regions' | 'replica' | 'same_as_primary' | 'ignore_tags' | 'exact_tags'
>;

/** What a runbook wants, as a coverage policy: its keys, its Regions, and what replicas there are like. */
export function scopePolicyOf({
  keys,
  selector,
  regions,
  account_regions,
  replica,
  same_as_primary,
  ...tags
}: Scope): CoveragePolicyInput {
  return {
    name: 'drill',
    regions,
    replica,
    same_as_primary,
    ...tagOptions(tags),
    ...(keys === undefined ? {} : { keys }),
    ...(selector === undefined ? {} : { selector }),
    ...(account_regions === undefined ? {} : { account_regions }),
  };
}

/** The same for the keys that the drill has found, in all of its Regions or in some. */
export function policyOfKeys(runbook: Scope, keys: readonly string[], some?: readonly string[]): CoverageSpec {
  const { selector: _looked, account_regions, ...rest } = scopePolicyOf(runbook);
  const only = (regions: readonly string[]) => regions.filter((region) => some?.includes(region) ?? true);
  return coveragePolicySchema.parse({
    ...rest,
    keys,
    regions: only(rest.regions),
    ...(account_regions === undefined
      ? {}
      : { account_regions: Object.fromEntries(Object.entries(account_regions).map(([id, list]) => [id, only(list)])) }),
  });
}
