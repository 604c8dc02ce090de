import type { CckmKey } from '../keys/cckm-key.ts';
import type { ReplicaDifferenceView } from '../replica/difference.ts';
import { diffReplica } from './diff-replica.ts';
import { policyWays, principalLists, type ReplicaBlock, type WantedReplica, wantedAliases } from './replica-block.ts';
import { namedTagsOnly, type TagRules } from './tag-rules.ts';

/**
 * Which requested settings a replica lacks, by its record in CCKM. Only what the request names is compared: tags that an
 * organisation or CCKM adds, and principals that CCKM adds, are no difference. What the record leaves out is not compared
 * (a KMS key always has a policy, so that a record without one leaves it out).
 */
export function diffRequested(
  wanted: WantedReplica,
  present: CckmKey,
  { ignore }: Pick<TagRules, 'ignore'> = namedTagsOnly,
): ReplicaDifferenceView[] {
  const { principals, rest } = withoutPrincipals(wanted);
  return [
    ...diffReplica(rest, present, { ignore, exact: false }),
    ...(principals === null ? [] : missingPrincipals(principals, present)),
  ];
}

/** The fields of differences, each once: every missing alias is a difference by itself. */
export function differingFields(differences: readonly ReplicaDifferenceView[]): ReplicaDifferenceView['field'][] {
  return [...new Set(differences.map(({ field }) => field))];
}

/** Whether a request names anything that is compared. */
export function requestsSettings(block: WantedReplica): boolean {
  const { Description, Tags } = block.aws_param ?? {};
  return (
    wantedAliases(block).length > 0 ||
    Description !== undefined ||
    (Tags?.length ?? 0) > 0 ||
    policyWays(block).length > 0
  );
}

/** Whether a request sets a policy document, directly or by lists of principals, that this record leaves out. */
export function policyLeftOut(wanted: ReplicaBlock, present: CckmKey): boolean {
  return present.policy === null && policyWays(wanted).some((way) => way !== 'policytemplate');
}

type Principals = Partial<Record<(typeof principalLists)[number], string[]>>;

function withoutPrincipals(block: WantedReplica): { principals: Principals | null; rest: WantedReplica } {
  const rest = { ...block };
  const principals: Principals = {};
  for (const list of principalLists) {
    const names = rest[list];
    if (names !== undefined && names.length > 0) principals[list] = names;
    delete rest[list];
  }
  return { principals: Object.keys(principals).length > 0 ? principals : null, rest };
}

/**
 * Principals that neither CCKM's lists nor the key policy name. CCKM builds a policy from the lists (contract, 2.5) and may
 * leave the lists empty in its record, so that the policy decides; without one nothing is compared.
 */
function missingPrincipals(wanted: Principals, present: CckmKey): ReplicaDifferenceView[] {
  if (present.policy === null) return [];
  const policy = JSON.stringify(present.policy);
  const named = (name: string) => [`/${name}"`, `"${name}"`, `:${name}:`].some((text) => policy.includes(text));
  const missing = Object.entries(wanted).flatMap(([list, names]): [string, string[]][] => {
    const absent = names.filter((name) => !present.principals[list]?.includes(name) && !named(name));
    return absent.length > 0 ? [[list, absent]] : [];
  });
  if (missing.length === 0) return [];
  const there = missing.map(([list]) => [list, present.principals[list] ?? []]);
  return [{ field: 'policy', wanted: Object.fromEntries(missing), present: Object.fromEntries(there) }];
}
