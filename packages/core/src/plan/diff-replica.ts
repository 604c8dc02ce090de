import { isRotatedAlias, withAliasPrefix } from '../keys/alias-name.ts';
import type { CckmKey } from '../keys/cckm-key.ts';
import { policyTemplateTag } from '../keys/policy-template-tag.ts';
import { comparePolicies } from '../policy/same-policy.ts';
import { regions } from '../regions/regions.ts';
import type { ReplicaDifferenceView } from '../replica/difference.ts';
import { principalLists, type ReplicaBlock, type WantedReplica, wantedAliases } from './replica-block.ts';
import { comparedTags, isTagCompared, namedTagsOnly, type Tag, type TagRules } from './tag-rules.ts';

/**
 * In what a replica that is there differs from what is wanted of it; an empty list: in nothing. Policy, tags, alias and
 * description are each replica's own, KMS never synchronises them. Only what the block names is compared: policies by what
 * they say, tags by the rules, each alias by itself, without those that CCKM's rotation leaves behind. The one comparison of a replica
 * with a block, whatever it is made for.
 * Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
 */
export function diffReplica(
  wanted: WantedReplica,
  present: CckmKey,
  rules: TagRules = namedTagsOnly,
): ReplicaDifferenceView[] {
  const { Description: description, Tags: tags } = wanted.aws_param ?? {};
  const differences: ReplicaDifferenceView[] = [...diffPolicy(wanted, present)];
  if (tags !== undefined) differences.push(...diffTags(tags, present, rules));
  for (const alias of wantedAliases(wanted)) {
    if (isRotatedAlias(alias) || hasAlias(present, alias)) continue;
    differences.push({ field: 'alias', wanted: withAliasPrefix(alias), present: present.aliases });
  }
  if (description !== undefined && description !== (present.description ?? '')) {
    differences.push({ field: 'description', wanted: description, present: present.description ?? '' });
  }
  return differences;
}

function hasAlias({ aliases }: CckmKey, alias: string): boolean {
  return aliases.some((one) => withAliasPrefix(one) === withAliasPrefix(alias));
}

/** The tags that are missing or have another value, and what is there under their keys; where all count, the others too. */
function diffTags(tags: readonly Tag[], present: CckmKey, rules: TagRules): ReplicaDifferenceView[] {
  const there = comparedTags(present, rules);
  const counted = tags.filter(({ TagKey }) => isTagCompared(TagKey, rules));
  const missing = counted.filter((tag) => !there.some((one) => isSame(one, tag)));
  const extra = there.filter(
    (tag) =>
      missing.some(({ TagKey }) => TagKey === tag.TagKey) || (rules.exact && !counted.some((one) => isSame(one, tag))),
  );
  return missing.length + extra.length === 0 ? [] : [{ field: 'tags', wanted: missing, present: extra }];
}

const isSame = (one: Tag, other: Tag): boolean => one.TagKey === other.TagKey && one.TagValue === other.TagValue;

/** A plan sets the policy in one of three ways, or leaves it to KMS's default, which is not compared. */
function diffPolicy(wanted: ReplicaBlock, present: CckmKey): ReplicaDifferenceView[] {
  const policy = wanted.aws_param?.Policy;
  if (policy !== undefined && Object.keys(policy).length > 0) {
    const difference = present.policy === null ? null : comparePolicies(policy, present.policy, partitionOf(present));
    return difference === null ? [] : [{ field: 'policy', wanted: difference.missing, present: difference.extra }];
  }
  if (wanted.policytemplate !== undefined) {
    const template = present.tags.find(({ key }) => key === policyTemplateTag)?.value ?? null;
    return template === wanted.policytemplate
      ? []
      : [{ field: 'policy', wanted: { policytemplate: wanted.policytemplate }, present: { policytemplate: template } }];
  }
  const lists = principalLists.filter((list) => (wanted[list]?.length ?? 0) > 0);
  if (lists.length === 0) return [];
  const differing = principalLists.filter(
    (list) => !sameNames(list, wanted[list] ?? [], present.principals[list] ?? []),
  );
  const those = (from: Readonly<Record<string, readonly string[] | undefined>>) =>
    Object.fromEntries(differing.map((list) => [list, from[list] ?? []]));
  const ofWanted = Object.fromEntries(principalLists.map((list) => [list, wanted[list]]));
  return differing.length === 0
    ? []
    : [{ field: 'policy', wanted: those(ofWanted), present: those(present.principals) }];
}

/** The partition of a key, in which its policy names account ids. */
function partitionOf({ arn, region }: CckmKey): string {
  return /^arn:(aws[a-z-]*):/.exec(arn ?? '')?.[1] ?? regions.get(region ?? '')?.partition ?? 'aws';
}

/** Two of CCKM's lists with the same names, in whatever order. */
function sameNames(
  list: (typeof principalLists)[number],
  wanted: readonly string[],
  present: readonly string[],
): boolean {
  const read = (names: readonly string[]) => new Set(list === 'external_accounts' ? names.map(accountId) : names);
  const [of, other] = [read(wanted), read(present)];
  return of.size === other.size && [...of].every((name) => other.has(name));
}

/** An account as its id, where its root user stands for it. */
function accountId(name: string): string {
  return /^arn:aws[a-z-]*:iam::(\d{12}):root$/.exec(name)?.[1] ?? name;
}
