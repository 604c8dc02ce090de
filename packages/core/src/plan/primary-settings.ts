import { isRotatedAlias, withoutAliasPrefix } from '../keys/alias-name.ts';
import type { CckmKey } from '../keys/cckm-key.ts';
import { type CopiedField, copiedFields, type ReplicaBlock, type WantedReplica } from './replica-block.ts';
import type { PlanSpec } from './spec.ts';
import { comparedTags, type Tag, type TagRules } from './tag-rules.ts';

/**
 * What a primary has that its replicas may get as it has it, as replicate-key takes it: read once when a plan is resolved,
 * and sent as it was read. A field that is not there is not known, or was not asked for.
 */
export interface PrimarySettings {
  readonly Policy?: Readonly<Record<string, unknown>>;
  readonly Tags?: readonly Tag[];
  /** Without `alias/`; the first is that by which the key is meant. */
  readonly Aliases?: readonly string[];
  readonly Description?: string;
}

/** What of their primaries the replicas of a plan get, some of them at least. */
export function copiedFieldsOf({ replica, overrides }: Pick<PlanSpec, 'replica' | 'overrides'>): CopiedField[] {
  const blocks = [replica, ...overrides.map((override) => override.replica)];
  return copiedFields.filter((field) => blocks.some(({ same_as_primary }) => same_as_primary?.includes(field)));
}

const fields = {
  policy: 'Policy',
  tags: 'Tags',
  alias: 'Aliases',
  description: 'Description',
} as const satisfies Record<CopiedField, keyof PrimarySettings>;

/**
 * Reads them of a key, `alias` first where it has that. Tags that do not count and aliases that CCKM's rotation left behind are
 * nobody's intent. CCKM may leave the policy out of a list.
 */
export function primarySettings(key: CckmKey, alias: string | null, rules: TagRules): PrimarySettings {
  const aliases = key.aliases.filter((one) => !isRotatedAlias(one)).map(withoutAliasPrefix);
  const first = alias === null ? undefined : withoutAliasPrefix(alias);
  return {
    ...(isPolicyDocument(key.policy) ? { Policy: key.policy } : {}),
    Tags: comparedTags(key, rules),
    Aliases: aliases.toSorted((a, b) => Number(b === first) - Number(a === first)),
    Description: key.description ?? '',
  };
}

/** Whether CCKM tells a policy, and not that there is one. */
export function isPolicyDocument(policy: unknown): policy is Record<string, unknown> {
  return typeof policy === 'object' && policy !== null && !Array.isArray(policy) && Object.keys(policy).length > 0;
}

/** Those of these fields. */
export function pickSettings(given: PrimarySettings, of: readonly CopiedField[]): PrimarySettings {
  return Object.fromEntries(
    of.flatMap((field) => (given[fields[field]] === undefined ? [] : [[fields[field], given[fields[field]]]])),
  );
}

/** Fields of the primary that are asked for and not known. */
export function unknownSettings(given: PrimarySettings | null, of: readonly CopiedField[]): CopiedField[] {
  return of.filter((field) => given?.[fields[field]] === undefined);
}

/** A block with the primary's settings in it. */
export function withSettings(block: ReplicaBlock, settings: PrimarySettings): WantedReplica {
  const { Aliases: [alias, ...more] = [], Tags, Policy, Description } = settings;
  const aws_param = {
    ...block.aws_param,
    ...(Policy === undefined ? {} : { Policy }),
    ...(Tags === undefined ? {} : { Tags: [...Tags] }),
    ...(alias === undefined ? {} : { Alias: alias }),
    ...(Description === undefined ? {} : { Description }),
  };
  return {
    ...block,
    ...(Object.keys(aws_param).length > 0 ? { aws_param } : {}),
    ...(more.length > 0 ? { more_aliases: more } : {}),
  };
}
