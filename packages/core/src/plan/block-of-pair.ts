import { withoutAliasPrefix } from '../keys/alias-name.ts';
import { mergeReplicaBlocks, type ReplicaBlock } from './replica-block.ts';
import type { PlanSpec } from './spec.ts';
import { expandTemplate } from './template.ts';

/** A key of a plan, as far as the plan's replica blocks ask for it. */
export interface BlockKey {
  /** The names under which it may stand in an override. */
  readonly keyId: string;
  readonly mrk: string;
  readonly arn: string;
  readonly aliases: readonly string[];
  /** What `{alias}` stands for, with its `alias/`; null: it has none. */
  readonly alias: string | null;
  /** What `{account}` stands for. */
  readonly account: string;
}

/** What is sent to replicate-key for one key × Region. */
export interface PairBlock {
  /** With its templates expanded. */
  readonly block: ReplicaBlock;
  /** Before its templates are expanded; the same object for all pairs of a Region that no override tells apart. */
  readonly template: ReplicaBlock;
  /** Fields whose template names `{alias}` while the primary has none; they are left out of `block`. */
  readonly withoutAlias: readonly ('Alias' | 'Description')[];
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

function namesOf({ keyId, mrk, arn, aliases }: BlockKey): string[] {
  const place = arn.slice(0, arn.lastIndexOf(':') + 1);
  return [keyId, mrk, arn, ...aliases, ...aliases.map((alias) => `${place}${alias}`)];
}

function expand(template: ReplicaBlock, key: BlockKey, region: string): PairBlock {
  const { Alias: alias, Description: description, ...params } = template.aws_param ?? {};
  if (alias === undefined && description === undefined) return { block: template, template, withoutAlias: [] };
  const values = { alias: key.alias && withoutAliasPrefix(key.alias), region, account: key.account };
  const given = Object.entries({ Alias: alias, Description: description }).flatMap(([field, text]) =>
    text === undefined ? [] : [[field as 'Alias' | 'Description', expandTemplate(text, values)] as const],
  );
  const known = given.filter(([, text]) => text !== null);
  return {
    block: { ...template, aws_param: { ...params, ...Object.fromEntries(known) } },
    template,
    withoutAlias: given.filter(([, text]) => text === null).map(([field]) => field),
  };
}
