import { CckmError, type KmsContainer } from '@keyferry/cckm';
import { type CckmKey, errorRule, withAliasPrefix } from '@keyferry/core';
import pMap from 'p-map';
import type { Inventory } from './inventory.ts';
import { regionsByAccount } from './regions-by-account.ts';
import type { ResolveContext } from './resolve-context.ts';

/** Up to this many aliases of a plan are looked up one by one; for more all keys of their Regions are read. */
const lookedUpOneByOne = 200;
const lookupsAtOnce = 8;

/** An alias that a replica shall get. */
export interface WantedAlias {
  readonly account: string;
  readonly region: string;
  /** Without its `alias/`, as it is sent. */
  readonly alias: string;
  /** The set that it is for: its own members do not stand in the way. */
  readonly mrk: string;
}

/** What CCKM reports of the accounts and Regions that a plan's replicas go into. Each is read once per plan. */
export class Surroundings {
  readonly #context: ResolveContext;
  readonly #inventory: Inventory;
  #containers: Promise<readonly KmsContainer[]> | null = null;
  readonly #counts = new Map<string, Promise<number | null>>();
  #aliasesAsked = 0;

  constructor(context: ResolveContext, inventory: Inventory) {
    this.#context = context;
    this.#inventory = inventory;
  }

  /** The Regions that CCKM's containers have for an account; null: not reported. Source: CCKM contract, section 4. */
  async managedRegions(account: string): Promise<ReadonlySet<string> | null> {
    return regionsByAccount(await this.#allContainers()).get(account) ?? null;
  }

  /** How many keys CCKM lists of an account in a Region, in all of its containers; null: not known. */
  keysListed(account: string, region: string): Promise<number | null> {
    const place = `${account} ${region}`;
    const known = this.#counts.get(place) ?? this.#countKeys(account, region);
    this.#counts.set(place, known);
    return known;
  }

  /** Who has these aliases where they shall be, each as a phrase; null: no key that CCKM lists. Throws CckmError. */
  async aliasHolders(wanted: readonly WantedAlias[]): Promise<(string | null)[]> {
    this.#aliasesAsked += wanted.length;
    const carriersOf =
      this.#aliasesAsked <= lookedUpOneByOne ? await this.#askForAliases(wanted) : await this.#listAliases(wanted);
    return wanted.map((one, i) => {
      const alias = withAliasPrefix(one.alias);
      const holder = carriersOf[i]?.find(
        (key) =>
          key.account === one.account &&
          key.region === one.region &&
          key.keyId !== one.mrk &&
          key.aliases.includes(alias) &&
          !key.gone,
      );
      return holder ? `the key ${holder.keyId ?? holder.id}` : null;
    });
  }

  #askForAliases(wanted: readonly WantedAlias[]): Promise<(readonly CckmKey[])[]> {
    const ask = ({ alias, region }: WantedAlias) =>
      this.#lenient([], async () => (await this.#context.cckm.findByAlias(withAliasPrefix(alias), { region })).value);
    return pMap(wanted, ask, { concurrency: lookupsAtOnce });
  }

  async #listAliases(wanted: readonly WantedAlias[]): Promise<(readonly CckmKey[])[]> {
    const places = Map.groupBy(wanted, ({ region }) => region);
    const carriers = new Map<string, readonly CckmKey[]>();
    for (const [region, there] of places) {
      const aliases = [...new Set(there.map(({ alias }) => withAliasPrefix(alias)))];
      for (const key of await this.#lenient([], () => this.#inventory.carriers(region, aliases))) {
        for (const alias of key.aliases) {
          const place = `${region} ${alias}`;
          carriers.set(place, [...(carriers.get(place) ?? []), key]);
        }
      }
    }
    return wanted.map(({ region, alias }) => carriers.get(`${region} ${withAliasPrefix(alias)}`) ?? []);
  }

  #allContainers(): Promise<readonly KmsContainer[]> {
    this.#containers ??= this.#context.cckm.listKmsContainers().then(
      ({ value }) => value,
      (error: unknown) => this.#unknown('the KMS containers', error, []),
    );
    return this.#containers;
  }

  async #countKeys(account: string, region: string): Promise<number | null> {
    const containers = (await this.#allContainers()).filter(
      (one) => one.account === account && !one.archived && one.regions.includes(region),
    );
    if (containers.length === 0) return null;
    try {
      const counts = await Promise.all(
        containers.map(async ({ id }) => (await this.#context.cckm.countKeys({ kmsId: id, region })).value),
      );
      return counts.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
    } catch (error) {
      return this.#unknown('the number of keys', error, null);
    }
  }

  /** What CCKM will never answer is left unchecked; what it may answer later is asked again, with all of the plan. */
  async #lenient<T>(otherwise: T, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof CckmError) || errorRule(error.code).verdict !== 'final') throw error;
      return this.#unknown('aliases', error, otherwise);
    }
  }

  /** A plan must not wait for what is only good to know. */
  #unknown<T>(what: string, error: unknown, otherwise: T): T {
    if (!(error instanceof CckmError)) throw error;
    this.#context.log.warn({ code: error.code }, `CCKM does not report ${what}: plans are checked without`);
    return otherwise;
  }
}
