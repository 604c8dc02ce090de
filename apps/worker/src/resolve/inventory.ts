import type { CckmKey, KeyReference, PlanSpec } from '@keyferry/core';
import { beginReading, eachPrimaryPage, endReading, readCarriers, readSets, writeReading } from '@keyferry/store';
import { copiesPolicies } from './read-policies.ts';
import type { ResolveContext } from './resolve-context.ts';

const pageSize = 500;

/** Some keys of the inventory, by what a plan may call them. */
export interface Listed {
  readonly byId: ReadonlyMap<string, CckmKey>;
  readonly bySet: ReadonlyMap<string, readonly CckmKey[]>;
  readonly byAlias: ReadonlyMap<string, readonly CckmKey[]>;
}

/**
 * CCKM's list of keys, read once for a plan, page by page, and laid down in Postgres: what a plan asks of it comes back
 * from there, so that neither a million keys nor a million rows fill this process. All methods throw CckmError.
 */
export class Inventory {
  readonly #context: ResolveContext;
  /** Key policies are the larger part of a list, and are kept only where there is one to compare with. */
  readonly #policies: 'none' | 'of replicas' | 'all';
  #reading: Promise<string> | null = null;
  #multiRegion: Promise<void> | null = null;
  readonly #regions = new Map<string, Promise<void>>();

  /** `comparePolicies`: those of primaries and replicas are compared with each other. */
  constructor(context: ResolveContext, spec: PlanSpec, { comparePolicies = false } = {}) {
    this.#context = context;
    const blocks = [spec.replica, ...spec.overrides.map(({ replica }) => replica)];
    const wanted = blocks.some(({ aws_param }) => aws_param?.Policy !== undefined);
    this.#policies = comparePolicies || copiesPolicies(spec) ? 'all' : wanted ? 'of replicas' : 'none';
  }

  /** The keys that these references name, with the members of their sets. */
  async find(references: readonly KeyReference[]): Promise<Listed> {
    await this.#readMultiRegion();
    const ids = references.flatMap((reference) => (reference.form === 'cckm_id' ? [reference.id] : []));
    const aliases = references.flatMap((reference) => (reference.form === 'alias' ? [reference.alias] : []));
    const mrks = references.flatMap((reference) =>
      reference.form === 'mrk' || reference.form === 'arn' ? [reference.keyId] : [],
    );
    return index(await readSets(this.#context.store, await this.#id(), { ids, mrks, aliases }));
  }

  /** Every primary with the members of its set, some hundred at a time. */
  async *primaries(): AsyncGenerator<{ key: CckmKey; members: readonly CckmKey[] }[]> {
    await this.#readMultiRegion();
    const { store } = this.#context;
    for await (const page of eachPrimaryPage(store, await this.#id(), pageSize)) {
      const mrks = page.flatMap(({ keyId }) => keyId ?? []);
      const { bySet } = index(await readSets(store, await this.#id(), { ids: [], mrks, aliases: [] }));
      yield page.map((key) => ({ key, members: bySet.get(key.keyId ?? '') ?? [key] }));
    }
  }

  /** Who carries these aliases in a Region, single-Region keys too. */
  async carriers(region: string, aliases: readonly string[]): Promise<CckmKey[]> {
    const read = this.#regions.get(region) ?? this.#read({ region });
    this.#regions.set(region, read);
    await read;
    const carriers = await readCarriers(this.#context.store, await this.#id(), aliases);
    return carriers.filter((key) => key.region === region);
  }

  /** Takes away what was laid down; what cannot be taken away now goes with this worker. */
  async end(): Promise<void> {
    const { log, store } = this.#context;
    if (this.#reading === null) return;
    await this.#reading
      .then((id) => endReading(store, id))
      .catch((error: unknown) => log.warn({ err: error }, 'could not delete the inventory that was read'));
  }

  #id(): Promise<string> {
    this.#reading ??= beginReading(this.#context.store, this.#context.session.id);
    return this.#reading;
  }

  #readMultiRegion(): Promise<void> {
    this.#multiRegion ??= this.#read({ multi_region: true });
    return this.#multiRegion;
  }

  async #read(filter: { multi_region: true } | { region: string }): Promise<void> {
    const { cckm, log, store } = this.#context;
    const reading = await this.#id();
    for await (const page of cckm.eachKeyPage(filter, { pageSize })) {
      const keys = page.value.map((key) => (this.#keepsPolicy(key) ? key : { ...key, policy: null }));
      const refused = await writeReading(store, reading, keys);
      if (refused.length > 0)
        log.warn({ keys: refused }, 'Postgres refused keys of CCKM: stored without their text fields');
    }
  }

  #keepsPolicy({ multiRegionKeyType: type }: CckmKey): boolean {
    return this.#policies === 'all' || (this.#policies === 'of replicas' && type === 'REPLICA');
  }
}

function index(keys: readonly CckmKey[]): Listed {
  const bySet = new Map<string, CckmKey[]>();
  const byAlias = new Map<string, CckmKey[]>();
  for (const key of keys) {
    if (key.keyId !== null) put(bySet, key.keyId, key);
    for (const alias of key.aliases) put(byAlias, alias, key);
  }
  return { byId: new Map(keys.map((key) => [key.id, key])), bySet, byAlias };
}

function put(index: Map<string, CckmKey[]>, name: string, key: CckmKey): void {
  const known = index.get(name);
  if (known) known.push(key);
  else index.set(name, [key]);
}
