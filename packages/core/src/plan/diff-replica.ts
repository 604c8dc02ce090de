import type { ReplicaDifferenceView } from '../api/views.ts';
import { withAliasPrefix } from '../keys/alias-name.ts';
import type { CckmKey } from '../keys/cckm-key.ts';
import { policyTemplateTag } from '../keys/matches-selector.ts';
import { principalLists, type ReplicaBlock } from './replica-block.ts';

/**
 * In what a replica that is there is other than a plan wants it. Policy, tags, alias and description are each replica's
 * own, KMS never synchronises them. Only what the plan names is compared; of policies and tags only what differs is told.
 * Source: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
 */
export function diffReplica(wanted: ReplicaBlock, present: CckmKey): ReplicaDifferenceView[] {
  const { Alias: alias, Description: description, Tags: tags } = wanted.aws_param ?? {};
  const differences: ReplicaDifferenceView[] = [...diffPolicy(wanted, present)];
  if (tags !== undefined) differences.push(...diffTags(tags, present));
  if (alias !== undefined && !present.aliases.includes(withAliasPrefix(alias))) {
    differences.push({ field: 'alias', wanted: withAliasPrefix(alias), present: present.aliases });
  }
  if (description !== undefined && description !== (present.description ?? '')) {
    differences.push({ field: 'description', wanted: description, present: present.description ?? '' });
  }
  return differences;
}

function diffTags(
  tags: readonly { TagKey: string; TagValue: string }[],
  { tags: there }: CckmKey,
): ReplicaDifferenceView[] {
  const own = there
    .filter(({ key }) => key !== policyTemplateTag && !key.startsWith('aws:'))
    .map(({ key, value }) => ({ TagKey: key, TagValue: value }));
  return unequal('tags', tags, own);
}

/** A plan sets the policy in one of three ways, or leaves it to KMS's default, which is not compared. */
function diffPolicy(wanted: ReplicaBlock, present: CckmKey): ReplicaDifferenceView[] {
  const policy = wanted.aws_param?.Policy;
  if (policy !== undefined && Object.keys(policy).length > 0) {
    return present.policy === null ? [] : unequal('policy', statements(policy), statements(present.policy));
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
    (list) => canonical(wanted[list] ?? []) !== canonical(present.principals[list] ?? []),
  );
  const those = (from: Readonly<Record<string, readonly string[] | undefined>>) =>
    Object.fromEntries(differing.map((list) => [list, from[list] ?? []]));
  const ofWanted = Object.fromEntries(principalLists.map((list) => [list, wanted[list]]));
  return differing.length === 0
    ? []
    : [{ field: 'policy', wanted: those(ofWanted), present: those(present.principals) }];
}

/** The statements of a policy, which are what KMS keeps of it; a document without any counts as one. */
function statements(policy: unknown): unknown[] {
  const given = (policy as { Statement?: unknown } | null)?.Statement ?? policy;
  return Array.isArray(given) ? given : [given];
}

/** What only one of two lists has, whatever the order. */
function unequal(
  field: ReplicaDifferenceView['field'],
  wanted: readonly unknown[],
  present: readonly unknown[],
): ReplicaDifferenceView[] {
  const without = (from: readonly unknown[], other: readonly unknown[]) => {
    const known = new Set(other.map(canonical));
    return from.filter((one) => !known.has(canonical(one)));
  };
  const [missing, extra] = [without(wanted, present), without(present, wanted)];
  return missing.length + extra.length === 0 ? [] : [{ field, wanted: missing, present: extra }];
}

/** JSON in which the order of fields and of lists does not matter, and a list of one is the one: as AWS reads policies. */
function canonical(value: unknown): string {
  return JSON.stringify(ordered(value));
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(ordered);
    return items.length === 1 ? items[0] : items.sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([name, inner]) => [name, ordered(inner)]),
  );
}
