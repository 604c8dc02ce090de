import { withoutAliasPrefix } from '../keys/alias-name.ts';
import { type PrimarySettings, pickSettings, unknownSettings, withSettings } from './primary-settings.ts';
import { type CopiedField, mergeReplicaBlocks, type ReplicaBlock, type WantedReplica } from './replica-block.ts';
import type { PlanSpec } from './spec.ts';
import { expandDocument, expandTemplate, type TemplateValues } from './template.ts';

/** A key of a plan, as far as the plan's replica blocks ask for it. */
export interface BlockKey {
  /** The names under which it may stand in an override. */
  readonly key_id: string;
  readonly mrk: string;
  readonly arn: string;
  /** In the place of its key id and ARN: those that it had when the plan was resolved. */
  readonly named_as?: readonly string[] | null;
  readonly aliases: readonly string[];
  /** What `{alias}` stands for, with its `alias/`; null: it has none. */
  readonly alias: string | null;
  /** What `{account}` and `{primary_region}` stand for. */
  readonly account: string;
  readonly primary_region: string;
  /** What `same_as_primary` means; null: not known, or not asked for. */
  readonly from_primary: PrimarySettings | null;
}

/** Where a template may stand. */
export type TemplateField = 'Alias' | 'Description' | 'Tags' | 'Policy';

/** What is sent to replicate-key for one key × Region. */
export interface PairBlock {
  /** With its templates filled in, and with what it gets from the primary. */
  readonly block: WantedReplica;
  /** Before that: what the plan says for this pair. */
  readonly template: ReplicaBlock;
  /** Fields whose template names `{alias}` while the primary has none; they are left out of `block`. */
  readonly withoutAlias: readonly TemplateField[];
  /** What it gets from the primary, to be kept with the row; null: nothing. */
  readonly from_primary: PrimarySettings | null;
  /** Fields that it is to get from the primary and that are not known; they are left out of `block`. */
  readonly unknown: readonly CopiedField[];
}

/** The block of one key × Region; `settings` are those of its row in a manifest. */
type BlockOf = (key: BlockKey, region: string, settings?: ReplicaBlock | null) => PairBlock;

/**
 * Reads the replica settings of a plan: what a key × Region gets is the plan's block with every matching override laid
 * over it, in their order, then the settings of its row, and its templates expanded. Indexed, so that a plan may have as
 * many overrides as keys.
 */
export function readBlocks(spec: PlanSpec): BlockOf {
  const everyKey: number[] = [];
  const byName = new Map<string, number[]>();
  for (const [i, { key }] of spec.overrides.entries()) {
    const known = key === undefined ? everyKey : byName.get(key);
    if (known) known.push(i);
    else if (key !== undefined) byName.set(key, [i]);
  }
  const merged = new Map<string, ReplicaBlock>();
  return (key, region, settings = null) => {
    const named = namesOf(key).flatMap((name) => byName.get(name) ?? []);
    const matching = [...new Set([...everyKey, ...named])]
      .filter((i) => [undefined, region].includes(spec.overrides[i]?.region))
      .sort((a, b) => a - b);
    const id = named.length === 0 ? region : null;
    const template =
      (id === null ? undefined : merged.get(id)) ??
      mergeReplicaBlocks(spec.replica, ...matching.flatMap((i) => spec.overrides[i]?.replica ?? []));
    if (id !== null) merged.set(id, template);
    return expand(settings ? mergeReplicaBlocks(template, settings) : template, key, region);
  };
}

const readers = new WeakMap<PlanSpec, BlockOf>();

/** The block for one key × Region of a plan; the plan is read once for many of them. */
export function replicaBlockFor(
  spec: PlanSpec,
  key: BlockKey,
  region: string,
  settings: ReplicaBlock | null = null,
): PairBlock {
  const read = readers.get(spec) ?? readBlocks(spec);
  readers.set(spec, read);
  return read(key, region, settings);
}

function namesOf({ key_id: keyId, mrk, arn, named_as: namedAs, aliases }: BlockKey): string[] {
  const own = namedAs ?? [keyId, arn];
  const places = own.filter((name) => name.startsWith('arn:')).map((name) => name.slice(0, name.lastIndexOf(':') + 1));
  return [...own, mrk, ...aliases, ...places.flatMap((place) => aliases.map((alias) => `${place}${alias}`))];
}

function expand(template: ReplicaBlock, key: BlockKey, region: string): PairBlock {
  const { same_as_primary: same = [], ...given } = template;
  const { account, primary_region } = key;
  const values = { alias: key.alias && withoutAliasPrefix(key.alias), region, account, primary_region };
  const { block, withoutAlias } = fillIn(given, values);
  const fromPrimary = same.length === 0 ? null : pickSettings(key.from_primary ?? {}, same);
  return {
    // What the primary has is sent as it is there: braces in it are its own.
    block: fromPrimary === null ? block : withSettings(block, fromPrimary),
    template,
    withoutAlias,
    from_primary: fromPrimary,
    unknown: unknownSettings(fromPrimary, same),
  };
}

/** A block with its templates filled in; what needs no filling in stays the very same. */
function fillIn(
  block: ReplicaBlock,
  values: TemplateValues,
): { block: ReplicaBlock; withoutAlias: readonly TemplateField[] } {
  const { Alias, Description, Tags, Policy, ...params } = block.aws_param ?? {};
  const given = Object.entries({ Alias, Description, Tags, Policy }).flatMap(([field, value]) => {
    if (value === undefined) return [];
    const filled = typeof value === 'string' ? expandTemplate(value, values) : expandDocument(value, values);
    return [[field as TemplateField, filled] as const];
  });
  if (given.length === 0) return { block, withoutAlias: [] };
  const known = given.filter(([, value]) => value !== null);
  return {
    block: { ...block, aws_param: { ...params, ...Object.fromEntries(known) } },
    withoutAlias: given.filter(([, value]) => value === null).map(([field]) => field),
  };
}
