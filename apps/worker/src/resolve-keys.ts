import type { CckmClient } from '@keyferry/cckm';
import {
  allRegions,
  type CckmKey,
  chooseByAlias,
  type KeyReference,
  keySelection,
  type PlanSpec,
  parseKeyReference,
  primaryOf,
  type ResolvedKey,
  regions,
  resolveMember,
  type Selector,
  unknownKey,
} from '@keyferry/core';
import pMap from 'p-map';
import { type Inventory, readInventory } from './resolve-inventory.ts';

/** Up to this many named keys are looked up one by one; more are found by reading the whole multi-Region inventory. */
const lookedUpOneByOne = 200;
const lookupsAtOnce = 8;
/** Keys handed on at a time. */
const chunk = 200;

type AliasReference = Extract<KeyReference, { form: 'alias' }>;

/** The keys that a plan means, with the members of their sets, some hundred at a time. Throws CckmError. */
export async function* resolveKeys(cckm: CckmClient, spec: PlanSpec): AsyncGenerator<ResolvedKey[]> {
  if (spec.keys === undefined) {
    yield* selected(await readInventory(cckm, spec), spec.selector ?? {});
    return;
  }
  const references = [...new Set(spec.keys)];
  const inventory = references.length > lookedUpOneByOne ? await readInventory(cckm, spec) : null;
  for (let start = 0; start < references.length; start += chunk) {
    yield await resolveChunk(cckm, spec, references.slice(start, start + chunk), inventory);
  }
}

function resolveChunk(
  cckm: CckmClient,
  spec: PlanSpec,
  references: readonly string[],
  inventory: Inventory | null,
): Promise<ResolvedKey[]> {
  const resolve = async (reference: string): Promise<ResolvedKey> => {
    const listed = inventory ? fromInventory(inventory, spec, reference) : null;
    // A key that the inventory misses (pages moved while they were read) is asked for by itself.
    const found = listed?.key || listed?.rivals.length ? listed : await lookUpKey(cckm, spec, reference);
    return spec.options.replicas_as_primary ? asPrimary(found) : found;
  };
  return pMap(references, resolve, { concurrency: lookupsAtOnce });
}

/** Finds one key by what the plan calls it, and its set. Source of the look-ups: CCKM contract, section 2.2. */
async function lookUpKey(cckm: CckmClient, spec: PlanSpec, reference: string): Promise<ResolvedKey> {
  const parsed = parseKeyReference(reference);
  if (parsed === null) return unknownKey(reference);
  if (parsed.form === 'alias') {
    const region = parsed.place?.region;
    const carriers = await cckm.findByAlias(parsed.alias, region === undefined ? {} : { region });
    return byAlias(spec, reference, parsed, carriers.value, async (mrk) => (await cckm.findMembers(mrk)).value);
  }
  if (parsed.form === 'cckm_id') {
    const key = (await cckm.findById(parsed.id)).value;
    const members = key?.keyId && key.multiRegion ? (await cckm.findMembers(key.keyId)).value : [];
    return resolveMember(reference, parsed, key ? [key, ...members] : []);
  }
  return resolveMember(reference, parsed, (await cckm.findMembers(parsed.keyId)).value);
}

function fromInventory({ byId, byAlias: carriers, bySet }: Inventory, spec: PlanSpec, reference: string) {
  const parsed = parseKeyReference(reference);
  if (parsed === null) return null;
  if (parsed.form === 'alias') {
    const { key, rivals } = chooseByAlias(parsed, inScope(spec, carriers.get(parsed.alias) ?? []));
    return asResolved(reference, parsed, key, rivals, bySet.get(key?.keyId ?? '') ?? []);
  }
  const keyId = parsed.form === 'cckm_id' ? byId.get(parsed.id)?.keyId : parsed.keyId;
  return keyId ? resolveMember(reference, parsed, bySet.get(keyId) ?? []) : null;
}

async function byAlias(
  spec: PlanSpec,
  reference: string,
  parsed: AliasReference,
  carriers: readonly CckmKey[],
  membersOf: (mrk: string) => Promise<readonly CckmKey[]>,
): Promise<ResolvedKey> {
  const { key, rivals } = chooseByAlias(parsed, inScope(spec, carriers));
  return asResolved(reference, parsed, key, rivals, key?.multiRegion && key.keyId ? await membersOf(key.keyId) : []);
}

function asResolved(
  reference: string,
  { alias }: AliasReference,
  key: CckmKey | null,
  rivals: readonly CckmKey[],
  members: readonly CckmKey[],
): ResolvedKey {
  return { reference, key, primary: primaryOf(members), members, alias: key && alias, rivals };
}

/** An alias means keys of the partition that the plan replicates in: no other could go into its Regions. */
function inScope(spec: PlanSpec, keys: readonly CckmKey[]): CckmKey[] {
  const partitions = new Set(allRegions(spec).map((region) => regions.get(region)?.partition));
  return keys.filter(({ region }) => {
    const partition = region === null ? undefined : regions.get(region)?.partition;
    return partition === undefined || partitions.has(partition);
  });
}

function asPrimary(resolved: ResolvedKey): ResolvedKey {
  const { key, primary, alias } = resolved;
  if (key?.multiRegionKeyType !== 'REPLICA' || primary === null) return resolved;
  const own = alias !== null && primary.aliases.includes(alias);
  return { ...resolved, key: primary, alias: own ? alias : (primary.aliases[0] ?? null) };
}

function* selected(inventory: Inventory, selector: Selector): Generator<ResolvedKey[]> {
  const selection = keySelection(selector);
  let keys: ResolvedKey[] = [];
  for (const key of inventory.byId.values()) {
    const members = inventory.bySet.get(key.keyId ?? '') ?? [key];
    const taken = selection.select(key, members);
    if (taken === null) continue;
    keys.push({ reference: key.id, key, primary: key, members, alias: taken.alias, rivals: [] });
    if (keys.length === chunk) {
      yield keys;
      keys = [];
    }
  }
  if (keys.length > 0) yield keys;
}
