import {
  allRegions,
  type CckmKey,
  chooseByAlias,
  coversAccount,
  type KeyReference,
  keySelection,
  liveRecordOf,
  mainAlias,
  type PlanSpec,
  parseKeyReference,
  primaryOf,
  type ResolvedKey,
  regions,
  regionsOfEntry,
  resolveMember,
  type Scope,
  type Selector,
  unknownKey,
} from '@keyferry/core';
import type { ClaimedPlan } from '@keyferry/store';
import pMap from 'p-map';
import { isListRefused } from '../cckm/find-set.ts';
import type { Inventory, Listed } from './inventory.ts';
import type { ResolveContext } from './resolve-context.ts';

/** Up to this many named keys are looked up one by one; more are found by reading the whole multi-Region inventory. */
export const lookedUpOneByOne = 200;
const lookupsAtOnce = 8;
/**
 * Keys that the inventory misses (pages moved while they were read) are asked for by themselves, so many of a plan: of a
 * list with a million strangers in it not each one.
 */
const missesAskedFor = 1_000;

/** Rotations of one key that are followed; more would be a circle. */
const rotationsFollowed = 50;

type AliasReference = Extract<KeyReference, { form: 'alias' }>;

/**
 * Finds the keys that a plan names, among those of the accounts that it is bound to: any other is as if CCKM did not list it.
 * Source of the look-ups: CCKM contract, section 2.2.
 */
export class KeyFinder {
  readonly #context: ResolveContext;
  readonly #spec: PlanSpec;
  readonly #scope: Scope;
  readonly #inventory: Inventory;
  readonly #followsRotation: boolean;
  #misses = 0;

  /** `again`: the keys are those that the plan has been resolved to, and no rotation since leads to others. */
  constructor(context: ResolveContext, { spec, scope, again }: ClaimedPlan, inventory: Inventory) {
    this.#context = context;
    this.#spec = spec;
    this.#scope = scope;
    this.#inventory = inventory;
    this.#followsRotation = spec.options.follow_rotation && !again;
  }

  /**
   * Some hundred keys by what the plan calls them, in the same order; `few`: the plan names no more than can be asked for one
   * by one. Throws CckmError.
   */
  async find(references: readonly string[], few: boolean): Promise<ResolvedKey[]> {
    const listed = few ? null : await this.#inventory.find(references.flatMap((one) => parseKeyReference(one) ?? []));
    const find = async (reference: string): Promise<ResolvedKey> => {
      const found = listed ? this.#inListed(listed, reference) : null;
      if (found?.key || found?.rivals.length) return found;
      if (listed) this.#misses += 1;
      return this.#misses <= missesAskedFor ? this.#lookUp(reference) : (found ?? unknownKey(reference));
    };
    const meant = async (reference: string): Promise<ResolvedKey> => {
      const found = await this.#follow(await find(reference));
      return found.key === null || coversAccount(this.#scope, found.key.account) ? found : unknownKey(reference);
    };
    return pMap(references, meant, { concurrency: lookupsAtOnce });
  }

  /** Every key that a selector takes, some hundred at a time. Throws CckmError. */
  async *select(selector: Selector): AsyncGenerator<ResolvedKey[]> {
    const selection = keySelection(selector, (entry, account) => regionsOfEntry(this.#spec, entry, account));
    for await (const page of this.#inventory.primaries()) {
      const taken = page.flatMap(({ key, members }) => {
        const taken = coversAccount(this.#scope, key.account) ? selection.select(key, members) : null;
        return taken ? [{ reference: key.id, key, primary: key, members, alias: taken.alias, rivals: [] }] : [];
      });
      yield await pMap(taken, (one) => this.#follow(one), { concurrency: lookupsAtOnce });
    }
  }

  /** The newest key that CCKM's rotations have made of one, where the plan asks for that and CCKM lists it. */
  async #follow(found: ResolvedKey): Promise<ResolvedKey> {
    if (!this.#followsRotation) return found;
    let newest = found;
    for (let hops = 0; hops < rotationsFollowed && newest.key?.rotatedTo; hops += 1) {
      const next = await this.#lookUp(newest.key.rotatedTo, true);
      if (next.key === null || next.key.id === found.key?.id || !coversAccount(this.#scope, next.key.account)) break;
      newest = next;
    }
    if (newest === found || newest.key === null) return found;
    const moved = found.alias !== null && newest.key.aliases.includes(found.alias);
    return { ...newest, reference: found.reference, alias: moved ? found.alias : newest.alias };
  }

  /** `asId`: what is no reference of a plan is taken for a CCKM id. */
  async #lookUp(reference: string, asId = false): Promise<ResolvedKey> {
    const { cckm } = this.#context;
    const parsed = parseKeyReference(reference) ?? (asId ? { form: 'cckm_id' as const, id: reference } : null);
    if (parsed === null) return unknownKey(reference);
    if (parsed.form === 'alias') {
      const region = parsed.place?.region;
      const carriers = await cckm.findByAlias(parsed.alias, region === undefined ? {} : { region });
      const { key, rivals } = chooseByAlias(parsed, this.#inScope(carriers.value));
      const members = key?.multiRegion && key.keyId ? (await cckm.findMembers(key.keyId)).value : [];
      return asResolved(reference, parsed, key, rivals, members);
    }
    if (parsed.form === 'cckm_id') {
      const key = (await cckm.findById(parsed.id)).value;
      const members = key?.keyId && key.multiRegion ? await this.#membersOf(key.keyId) : [];
      return resolveMember(reference, parsed, key ? [key, ...members] : []);
    }
    return resolveMember(reference, parsed, (await cckm.findMembers(parsed.keyId)).value);
  }

  /** The members of a set that is known by one of them; none where CCKM's user may not list keys. */
  async #membersOf(keyId: string): Promise<readonly CckmKey[]> {
    try {
      return (await this.#context.cckm.findMembers(keyId)).value;
    } catch (error) {
      if (!isListRefused(error)) throw error;
      this.#context.log.warn(
        { code: error.code },
        'CCKM refuses to list the members of a key set: the set is checked without them',
      );
      return [];
    }
  }

  #inListed({ byId, byAlias, bySet }: Listed, reference: string): ResolvedKey | null {
    const parsed = parseKeyReference(reference);
    if (parsed === null) return null;
    if (parsed.form === 'alias') {
      const { key, rivals } = chooseByAlias(parsed, this.#inScope(byAlias.get(parsed.alias) ?? []));
      return asResolved(reference, parsed, key, rivals, bySet.get(key?.keyId ?? '') ?? []);
    }
    const keyId = parsed.form === 'cckm_id' ? byId.get(parsed.id)?.keyId : parsed.keyId;
    return keyId ? resolveMember(reference, parsed, bySet.get(keyId) ?? []) : null;
  }

  /** An alias means keys of the plan's accounts, in the partition that it replicates in: no other could go into its Regions. */
  #inScope(keys: readonly CckmKey[]): CckmKey[] {
    const partitions = new Set(allRegions(this.#spec).map((region) => regions.get(region)?.partition));
    return keys.filter(({ account, region }) => {
      const partition = region === null ? undefined : regions.get(region)?.partition;
      return coversAccount(this.#scope, account) && (partition === undefined || partitions.has(partition));
    });
  }
}

function asResolved(
  reference: string,
  { alias }: AliasReference,
  key: CckmKey | null,
  rivals: readonly CckmKey[],
  members: readonly CckmKey[],
): ResolvedKey {
  const live = key && liveRecordOf(key, members);
  return { reference, key: live, primary: primaryOf(members), members, alias: live && alias, rivals };
}

/** What a replica that the plan names means where it may stand for its primary. */
export function asPrimary(resolved: ResolvedKey): ResolvedKey {
  const { key, primary, alias } = resolved;
  if (key?.multiRegionKeyType !== 'REPLICA' || primary === null) return resolved;
  const own = alias !== null && primary.aliases.includes(alias);
  return { ...resolved, key: primary, alias: own ? alias : mainAlias(primary.aliases) };
}
