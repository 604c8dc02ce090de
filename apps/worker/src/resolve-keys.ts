import type { CckmClient } from '@keyferry/cckm';
import {
  type CckmKey,
  type KeyReference,
  type PlanSpec,
  parseKeyReference,
  type ResolvedKey,
  type Selector,
} from '@keyferry/core';
import pMap from 'p-map';

/** Up to this many named keys are looked up one by one; more are found by reading the whole multi-Region inventory. */
const lookedUpOneByOne = 200;
const lookupsAtOnce = 8;
const pageSize = 500;
/** Keys handed on at a time. */
const chunk = 200;

/** The keys that a plan means, with the members of their sets, some hundred at a time. Throws CckmError. */
export async function* resolveKeys(cckm: CckmClient, spec: PlanSpec): AsyncGenerator<ResolvedKey[]> {
  if (spec.keys === undefined) {
    yield* selected(await readInventory(cckm), spec.selector ?? {});
    return;
  }
  const references = [...new Set(spec.keys)];
  const inventory = references.length > lookedUpOneByOne ? await readInventory(cckm) : null;
  for (let start = 0; start < references.length; start += chunk) {
    yield await resolveChunk(cckm, references.slice(start, start + chunk), inventory);
  }
}

function resolveChunk(
  cckm: CckmClient,
  references: readonly string[],
  inventory: Inventory | null,
): Promise<ResolvedKey[]> {
  const resolve = async (reference: string): Promise<ResolvedKey> => {
    const listed = inventory ? fromInventory(inventory, reference) : null;
    // A key that the inventory misses (pages moved while they were read) is asked for by itself.
    return listed?.key ? listed : lookUpKey(cckm, reference);
  };
  return pMap(references, resolve, { concurrency: lookupsAtOnce });
}

/** Finds one key by what the plan calls it, and its set. Source of the look-ups: CCKM contract, section 2.2. */
async function lookUpKey(cckm: CckmClient, reference: string): Promise<ResolvedKey> {
  const parsed = parseKeyReference(reference);
  if (parsed === null) return { reference, key: null, primary: null, members: [] };
  if (parsed.form === 'cckm_id') {
    const key = (await cckm.findById(parsed.id)).value;
    const members = key?.keyId && key.multiRegion ? (await cckm.findMembers(key.keyId)).value : [];
    return choose(reference, parsed, key ? [key, ...members] : []);
  }
  return choose(reference, parsed, (await cckm.findMembers(parsed.keyId)).value);
}

/** The key that a reference means among the members of its set. */
function choose(reference: string, parsed: KeyReference, listed: readonly CckmKey[]): ResolvedKey {
  const members = [...new Map(listed.map((key) => [key.id, key])).values()];
  const primaries = members.filter((key) => key.multiRegionKeyType === 'PRIMARY');
  // Just after a promotion two members may call themselves primary; they agree on where the primary is.
  const primary = primaries.find((key) => key.region === key.primaryKey?.region) ?? primaries[0] ?? null;
  const key =
    parsed.form === 'cckm_id'
      ? members.find(({ id }) => id.toLowerCase() === parsed.id)
      : parsed.form === 'arn'
        ? members.find(({ arn }) => arn === parsed.arn)
        : (primary ?? members[0]);
  return { reference, key: key ?? null, primary, members };
}

interface Inventory {
  readonly byId: ReadonlyMap<string, CckmKey>;
  readonly bySet: ReadonlyMap<string, readonly CckmKey[]>;
}

async function readInventory(cckm: CckmClient): Promise<Inventory> {
  const byId = new Map<string, CckmKey>();
  const bySet = new Map<string, CckmKey[]>();
  for await (const page of cckm.eachKeyPage({ multi_region: true }, { pageSize })) {
    for (const key of page.value) {
      if (byId.has(key.id)) continue;
      byId.set(key.id, key);
      if (key.keyId === null) continue;
      const set = bySet.get(key.keyId);
      if (set) set.push(key);
      else bySet.set(key.keyId, [key]);
    }
  }
  return { byId, bySet };
}

function fromInventory({ byId, bySet }: Inventory, reference: string): ResolvedKey | null {
  const parsed = parseKeyReference(reference);
  if (parsed === null) return null;
  const keyId = parsed.form === 'cckm_id' ? byId.get(parsed.id)?.keyId : parsed.keyId;
  return keyId ? choose(reference, parsed, bySet.get(keyId) ?? []) : null;
}

function* selected(inventory: Inventory, selector: Selector): Generator<ResolvedKey[]> {
  let keys: ResolvedKey[] = [];
  for (const key of inventory.byId.values()) {
    if (key.multiRegionKeyType !== 'PRIMARY' || key.gone || !matches(key, selector)) continue;
    keys.push({ reference: key.id, key, primary: key, members: inventory.bySet.get(key.keyId ?? '') ?? [key] });
    if (keys.length === chunk) {
      yield keys;
      keys = [];
    }
  }
  if (keys.length > 0) yield keys;
}

function matches(key: CckmKey, { alias, tags, account, region, origin }: Selector): boolean {
  const glob = alias === undefined ? null : new RegExp(`^${alias.split('*').map(escapeRegExp).join('.*')}$`);
  return (
    (glob === null || key.aliases.some((name) => glob.test(name))) &&
    (account === undefined || key.account === account) &&
    (region === undefined || key.region === region) &&
    (origin === undefined || key.origin === origin) &&
    Object.entries(tags ?? {}).every(([name, value]) => key.tags.some((tag) => tag.key === name && tag.value === value))
  );
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
