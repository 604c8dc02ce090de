import {
  allRegions,
  type BlockKey,
  type CckmKey,
  diffReplica,
  keyName,
  missingMaterial,
  type PairBlock,
  type PlanSpec,
  type Preflight,
  type PrimarySettings,
  preflight,
  preflightCall,
  preflightPromotion,
  primarySettings,
  type ResolvedKey,
  readBlocks,
  skippingSameRegion,
  type TagRules,
  type Target,
  tagRules,
  warning,
} from '@keyferry/core';
import { type ClaimedPlan, findInFlight, type RecheckedReplica } from '@keyferry/store';
import pMap from 'p-map';
import { readMaterialRecords } from '../cckm/read-material-records.ts';
import { findUnfinished } from './find-unfinished.ts';
import type { Inventory } from './inventory.ts';
import type { KeyWithTargets } from './key-with-targets.ts';
import { copiesPolicies, withPolicies } from './read-policies.ts';
import type { ResolveContext } from './resolve-context.ts';
import { Surroundings } from './surroundings.ts';

const readsAtOnce = 8;

/** One key × Region while it is checked. */
interface Pair {
  readonly resolved: ResolvedKey;
  readonly region: string;
  readonly target: Target;
  readonly pair: PairBlock;
  readonly verdict: Preflight;
  /** The replica that is there and still lacks the key material that the plan imports; null: it is not so. */
  readonly unfinished: CckmKey | null;
  readonly before: KeyWithTargets['before'];
}
/** A pair that may be called for, as far as its key and Region go. */
interface GoodPair extends Pair {
  readonly resolved: ResolvedKey & { readonly key: CckmKey };
}

/**
 * Makes the rows of a plan from its keys: one a Region, checked against its scope, the rules of KMS, what CCKM lists and
 * the rows before it. A key that the plan names twice (by id and by ARN, say) gets its rows once. Throws CckmError.
 */
export function rowMaker(
  context: ResolveContext,
  { id: planId, spec, scope }: ClaimedPlan,
  inventory: Inventory,
): (keys: readonly KeyWithTargets[]) => Promise<RecheckedReplica[]> {
  const surroundings = new Surroundings(context, inventory);
  const blockOf = readBlocks(spec);
  const waves = allRegions(spec);
  const promotes = spec.operation === 'promote';
  const rules = tagRules(spec.options, context.config.ignoreTags);
  const fresh = eachPairOnce();
  /** By account and Region: replicas of this plan, and who gets an alias there. */
  const planned = new Map<string, number>();
  const aliases = new Map<string, Map<string, string>>();

  const check = async (pairs: readonly Pair[]): Promise<Map<Pair, Preflight>> => {
    const good = pairs.filter(isGood);
    const facts = await readFacts(context, planId, spec, surroundings, good);
    return new Map(
      good.map((pair, i) => {
        const { key } = pair.resolved;
        const place = `${key.account} ${pair.region}`;
        const alias = pair.pair.block.aws_param?.Alias;
        const taken = aliases.get(place) ?? new Map<string, string>();
        aliases.set(place, taken);
        const rival = alias === undefined ? undefined : taken.get(alias);
        const { warnings, ...verdict } = preflightCall(key, pair.region, pair.pair, {
          managedRegions: facts.managed.get(key.account ?? '') ?? null,
          aliasHolder:
            pair.unfinished !== null ? null : rival ? `${rival}, another key of this plan` : (facts.holders[i] ?? null),
          keysListed: pair.unfinished !== null ? null : (facts.listed.get(place) ?? null),
          keysPlanned: planned.get(place) ?? 0,
          keyQuota: context.config.quotas.keys,
          importSourceUnknown: facts.withoutSource.has(key.id),
          inFlightIn: facts.inFlight.get(`${key.keyId} ${place}`) ?? null,
          now: new Date(),
        });
        if (verdict.state === 'pending' && pair.unfinished === null) {
          planned.set(place, (planned.get(place) ?? 0) + 1);
          if (alias !== undefined) taken.set(alias, keyName(key));
        }
        return [pair, { ...verdict, warnings: [...pair.verdict.warnings, ...warnings] }] as const;
      }),
    );
  };

  const verdictOf = (resolved: ResolvedKey, region: string): Preflight => {
    const verdict = preflight(resolved, region, scope);
    return spec.options.skip_same_region ? skippingSameRegion(verdict, resolved, region) : verdict;
  };
  const copied = copiesPolicies(spec);

  return async (given) => {
    const keys = copied ? await withPolicies(context, given) : given;
    const named = keys.flatMap(({ resolved, targets, before }) =>
      fresh(resolved.key?.id ?? resolved.reference, targets).map((target): Pair => {
        const { region, settings } = target;
        const key = { ...blockKey(resolved, rules, target.fromPrimary), named_as: before?.named_as ?? null };
        const pair = blockOf(key, region, settings);
        const verdict =
          primaryCame(resolved, region, before) ??
          (promotes ? preflightPromotion(resolved, region, scope) : verdictOf(resolved, region));
        return { resolved, region, target, pair, verdict, unfinished: null, before };
      }),
    );
    // A primary in the Region of a pair is no replica that could lack material.
    const there = named.flatMap(({ verdict, resolved }) =>
      verdict.state === 'already_present' && verdict.replica.id !== resolved.key?.id ? [verdict.replica] : [],
    );
    const imports = !promotes && spec.options.import_material;
    const unfinished = imports ? await findUnfinished(context.cckm, there) : new Set<string>();
    const pairs = named.map((pair) => toFinish(pair, unfinished));
    // What a promotion would send and where it would land, its set says alone.
    const checked = promotes ? new Map<Pair, Preflight>() : await check(pairs);
    return pairs.map((pair) => rowOf(pair, checked.get(pair) ?? pair.verdict, waves.indexOf(pair.region), rules));
  };
}

/** The primary has moved into the Region since the plan was resolved: there is nothing to make there any more. */
function primaryCame({ key }: ResolvedKey, region: string, before: KeyWithTargets['before']): Preflight | null {
  if (key === null || before === undefined || before.key_id === key.id || key.region !== region) return null;
  return { state: 'already_present', replica: key, warnings: [], diff: [] };
}

/**
 * Lets each key × Region through once. What it remembers of a million keys is their ids: keys that go into the same Regions
 * share the set of these.
 */
function eachPairOnce(): (keyId: string, targets: readonly Target[]) => readonly Target[] {
  const seen = new Map<string, ReadonlySet<string>>();
  const sets = new Map<string, ReadonlySet<string>>();
  return (keyId, targets) => {
    const before = seen.get(keyId);
    const fresh = before ? targets.filter(({ region }) => !before.has(region)) : targets;
    const names = [...(before ?? []), ...fresh.map(({ region }) => region)].sort();
    const set = sets.get(names.join(' ')) ?? new Set(names);
    sets.set(names.join(' '), set);
    seen.set(keyId, set);
    return fresh;
  };
}

/** A replica without the material that the plan imports is not done: its row is worked on, and CCKM asked first. */
function toFinish(pair: Pair, unfinished: ReadonlySet<string>): Pair {
  const { verdict, region } = pair;
  if (verdict.state !== 'already_present' || !unfinished.has(verdict.replica.id)) return pair;
  const { replica } = verdict;
  const others = verdict.warnings.filter(({ code }) => code !== 'replica_not_enabled');
  const lacks = warning(
    'material_to_import',
    `The replica in ${region} is ${replica.keyState ?? 'in an unknown state'}.`,
  );
  return { ...pair, verdict: { state: 'pending', warnings: [...others, lacks] }, unfinished: replica };
}

const isGood = (pair: Pair): pair is GoodPair => pair.verdict.state === 'pending' && pair.resolved.key !== null;

/** What preflightCall wants to know of these pairs, read together. */
async function readFacts(
  { cckm, store }: ResolveContext,
  planId: string,
  spec: PlanSpec,
  surroundings: Surroundings,
  pairs: readonly GoodPair[],
) {
  const places = new Map(
    pairs.map(({ resolved: { key }, region }) => [`${key.account} ${region}`, { account: key.account ?? '', region }]),
  );
  const managed = new Map<string, ReadonlySet<string> | null>();
  for (const { account } of places.values()) {
    if (!managed.has(account)) managed.set(account, await surroundings.managedRegions(account));
  }
  const count = async ([place, { account, region }]: [string, { account: string; region: string }]) =>
    [place, await surroundings.keysListed(account, region)] as const;
  const listed = new Map(await pMap(places, count, { concurrency: readsAtOnce }));
  const wanted = pairs.map(({ resolved: { key }, region, pair }) => {
    const alias = pair.block.aws_param?.Alias;
    return alias === undefined ? null : { account: key.account ?? '', region, alias, mrk: key.keyId ?? '' };
  });
  const found = await surroundings.aliasHolders(wanted.filter((alias) => alias !== null));
  const holders = wanted.map((alias) => (alias === null ? null : (found.shift() ?? null)));
  const inFlight = await findInFlight(
    store,
    planId,
    pairs.map(({ resolved: { key }, region }) => ({ mrk: key.keyId ?? '', account: key.account ?? '', region })),
  );
  const external = new Map(pairs.map(({ resolved: { key } }) => [key.id, key]));
  const doubtful = [...external.values()].filter(
    (key) => spec.options.import_material && key.origin === 'EXTERNAL' && key.localKeyId === null,
  );
  const sources = await pMap(
    doubtful,
    async (key) => ({ id: key.id, sources: missingMaterial(key, await readMaterialRecords(cckm, key.id), []) }),
    { concurrency: readsAtOnce },
  );
  return {
    managed,
    listed,
    holders,
    inFlight: new Map(
      inFlight.map(({ mrk, account, region, plan }) => {
        return [`${mrk} ${account} ${region}`, plan === null ? 'Another plan' : `The plan "${plan}"`];
      }),
    ),
    withoutSource: new Set(sources.filter((one) => one.sources.length === 0).map(({ id }) => id)),
  };
}

/**
 * A resolved key, as far as replica blocks ask for it. `fromPrimary`: what was read of the primary before, and is sent for that.
 */
export function blockKey(
  { reference, key, alias }: ResolvedKey,
  rules: TagRules,
  fromPrimary: PrimarySettings | null = null,
): BlockKey {
  return {
    key_id: key?.id ?? reference,
    mrk: key?.keyId ?? '',
    arn: key?.arn ?? '',
    aliases: key?.aliases ?? [],
    alias,
    account: key?.account ?? '',
    primary_region: key?.region ?? '',
    from_primary: fromPrimary ?? (key === null ? null : primarySettings(key, alias, rules)),
  };
}

function rowOf(
  { resolved, region, target, pair, unfinished, before }: Pair,
  verdict: Preflight,
  wave: number,
  rules: TagRules,
): RecheckedReplica {
  const { reference, key, alias } = resolved;
  const present = verdict.state === 'already_present' ? verdict.replica : null;
  const there = present ?? (verdict.state === 'pending' ? unfinished : null);
  // A primary that has moved here is no replica that the plan could have wished for.
  const diff = there ? (there.id === key?.id ? [] : diffReplica(pair.block, there, rules)) : null;
  const differs = diff?.length
    ? [warning('replica_differs', `The replica in ${region} differs in ${diff.map(({ field }) => field).join(', ')}.`)]
    : [];
  return {
    key_id: key?.id ?? reference,
    was_key_id: before?.key_id ?? key?.id ?? reference,
    mrk: key?.keyId ?? '',
    key_arn: key?.arn ?? null,
    alias,
    aliases: key?.aliases ?? [],
    origin: key?.origin ?? null,
    account: key?.account ?? '',
    primary_region: key?.region ?? '',
    region,
    wave,
    state: verdict.state,
    outcome: present ? 'already_present' : null,
    replica_key_id: present?.id ?? null,
    replica_arn: present?.arn ?? null,
    key_state: there?.keyState ?? null,
    look_first: there !== null,
    present_key_id: resolved.members.find((member) => member.region === region && !member.gone)?.id ?? null,
    error: verdict.state === 'blocked' ? verdict.error : null,
    warnings: [...verdict.warnings, ...differs],
    diff,
    settings: target.settings,
    from_primary: pair.from_primary,
    manifest_line: target.line,
  };
}
