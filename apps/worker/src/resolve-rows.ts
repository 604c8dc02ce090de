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
  preflight,
  preflightCall,
  preflightPromotion,
  type ResolvedKey,
  readBlocks,
  type Target,
  warning,
} from '@keyferry/core';
import { type ClaimedPlan, findInFlight, type ResolvedReplica } from '@keyferry/store';
import pMap from 'p-map';
import { readMaterialRecords } from './read-material-records.ts';
import type { ResolveContext } from './resolve-context.ts';
import type { Inventory } from './resolve-inventory.ts';
import type { KeyWithTargets } from './resolve-pairs.ts';
import { Surroundings } from './resolve-surroundings.ts';

const readsAtOnce = 8;

/** One key × Region while it is checked. */
interface Pair {
  readonly resolved: ResolvedKey;
  readonly region: string;
  readonly target: Target;
  readonly pair: PairBlock;
  readonly verdict: Preflight;
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
): (keys: readonly KeyWithTargets[]) => Promise<ResolvedReplica[]> {
  const surroundings = new Surroundings(context, inventory);
  const blockOf = readBlocks(spec);
  const waves = allRegions(spec);
  const promotes = spec.operation === 'promote';
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
          aliasHolder: rival ? `${rival}, another key of this plan` : (facts.holders[i] ?? null),
          keysListed: facts.listed.get(place) ?? null,
          keysPlanned: planned.get(place) ?? 0,
          keyQuota: context.config.quotas.keys,
          importSourceUnknown: facts.withoutSource.has(key.id),
          inFlightIn: facts.inFlight.get(`${key.keyId} ${place}`) ?? null,
          now: new Date(),
        });
        if (verdict.state === 'pending') {
          planned.set(place, (planned.get(place) ?? 0) + 1);
          if (alias !== undefined) taken.set(alias, keyName(key));
        }
        return [pair, { ...verdict, warnings: [...pair.verdict.warnings, ...warnings] }] as const;
      }),
    );
  };

  return async (keys) => {
    const pairs = keys.flatMap(({ resolved, targets }) =>
      fresh(resolved.key?.id ?? resolved.reference, targets).map((target): Pair => {
        const { region, settings } = target;
        const pair = blockOf(blockKey(resolved), region, settings);
        const verdict = (promotes ? preflightPromotion : preflight)(resolved, region, scope);
        return { resolved, region, target, pair, verdict };
      }),
    );
    // What a promotion would send and where it would land, its set says alone.
    const checked = promotes ? new Map<Pair, Preflight>() : await check(pairs);
    return pairs.map((pair) => rowOf(pair, checked.get(pair) ?? pair.verdict, waves.indexOf(pair.region)));
  };
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

/** A resolved key, as far as replica blocks ask for it. */
export function blockKey({ reference, key, alias }: ResolvedKey): BlockKey {
  return {
    keyId: key?.id ?? reference,
    mrk: key?.keyId ?? '',
    arn: key?.arn ?? '',
    aliases: key?.aliases ?? [],
    alias,
    account: key?.account ?? '',
  };
}

function rowOf({ resolved, region, target, pair }: Pair, verdict: Preflight, wave: number): ResolvedReplica {
  const { reference, key, alias } = resolved;
  const present = verdict.state === 'already_present' ? verdict.replica : null;
  const diff = present ? diffReplica(pair.block, present) : null;
  const differs = diff?.length
    ? [warning('replica_differs', `The replica in ${region} differs in ${diff.map(({ field }) => field).join(', ')}.`)]
    : [];
  return {
    keyId: key?.id ?? reference,
    mrk: key?.keyId ?? '',
    keyArn: key?.arn ?? null,
    alias,
    aliases: key?.aliases ?? [],
    origin: key?.origin ?? null,
    account: key?.account ?? '',
    primaryRegion: key?.region ?? '',
    region,
    wave,
    state: verdict.state,
    outcome: present ? 'already_present' : null,
    replicaKeyId: present?.id ?? null,
    replicaArn: present?.arn ?? null,
    keyState: present?.keyState ?? null,
    error: verdict.state === 'blocked' ? verdict.error : null,
    warnings: [...verdict.warnings, ...differs],
    diff,
    settings: target.settings,
    manifestLine: target.line,
  };
}
