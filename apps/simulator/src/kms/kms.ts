import type { Settings } from '../settings.ts';
import { AwsException } from './aws-exception.ts';
import { type Member, stateOf } from './member.ts';
import { Quotas } from './quotas.ts';
import type { SeededRandom } from './seeded-random.ts';

/** AWS KMS: accounts, Regions, multi-Region sets, states and quotas. Time comes from `now`, chance from the seed. */
export class Kms {
  readonly quotas: Quotas;
  readonly #byId = new Map<string, Member>();
  readonly #bySet = new Map<string, Member[]>();
  readonly #perRegion = new Map<string, number>();
  readonly #aliases = new Set<string>();
  readonly settings: () => Settings;
  readonly random: SeededRandom;
  readonly now: () => number;
  #behindMs = 0;

  constructor(settings: () => Settings, random: SeededRandom, now: () => number) {
    this.settings = settings;
    this.random = random;
    this.now = () => now() - this.#behindMs;
    this.quotas = new Quotas(settings, now);
  }

  all(): IterableIterator<Member> {
    return this.#byId.values();
  }

  /** What a read sees on a cluster node whose records are `ms` old. */
  asOf<T>(ms: number, read: () => T): T {
    this.#behindMs = ms;
    try {
      return read();
    } finally {
      this.#behindMs = 0;
    }
  }

  /** Every account that has or had a key. */
  accounts(): Set<string> {
    return new Set([...this.#perRegion.keys()].map((place) => place.slice(0, place.indexOf(':'))));
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): Member | undefined {
    return this.#byId.get(id);
  }

  set(keyId: string): readonly Member[] {
    return this.#bySet.get(keyId) ?? [];
  }

  state(member: Member): ReturnType<typeof stateOf> {
    return stateOf(member, this.now(), this.set(member.keyId).length > 1);
  }

  /** A key as it is in AWS already: inventory and what was made outside CCKM. */
  add(key: Partial<Member> & Pick<Member, 'account' | 'region'>): Member {
    const now = this.now();
    const multiRegion = key.multiRegion ?? true;
    const origin = key.origin ?? 'AWS_KMS';
    const member: Member = {
      id: this.random.uuid(),
      keyId: multiRegion ? `mrk-${this.random.hex(32)}` : this.random.uuid(),
      multiRegion,
      type: 'PRIMARY',
      primaryFrom: 0,
      origin,
      spec: 'SYMMETRIC_DEFAULT',
      createdAt: now,
      readyAt: now,
      updatedAt: now,
      updatingUntil: 0,
      disabled: false,
      deletionDate: null,
      materialAt: origin === 'EXTERNAL' ? now : null,
      validTo: null,
      importError: null,
      sourceKeyId: origin === 'EXTERNAL' ? this.random.hex(64) : null,
      aliases: [],
      aliasListedFrom: new Map(),
      tags: [],
      description: '',
      policy: null,
      policyTemplate: null,
      principals: {},
      listedFrom: now,
      remembered: null,
      refreshes: [],
      goneIds: [],
      rotatedFrom: null,
      rotatedTo: null,
      ...key,
    };
    this.#byId.set(member.id, member);
    this.#bySet.set(member.keyId, [...this.set(member.keyId), member]);
    const place = `${member.account}:${member.region}`;
    this.#perRegion.set(place, (this.#perRegion.get(place) ?? 0) + 1);
    for (const alias of member.aliases) this.#aliases.add(`${place}:${alias}`);
    return member;
  }

  /** Takes a key away as if its deletion had come, or as if it were deleted outside CCKM. */
  remove(member: Member): void {
    const place = `${member.account}:${member.region}`;
    this.#byId.delete(member.id);
    const others = this.set(member.keyId).filter((other) => other !== member);
    if (others.length > 0) this.#bySet.set(member.keyId, others);
    else this.#bySet.delete(member.keyId);
    this.#perRegion.set(place, (this.#perRegion.get(place) ?? 1) - 1);
    for (const alias of member.aliases) this.#aliases.delete(`${place}:${alias}`);
  }

  /** How many keys an account has in a Region, whatever their state. */
  count(account: string, region: string): number {
    return this.#perRegion.get(`${account}:${region}`) ?? 0;
  }

  /** Throws LimitExceededException where an account has all the keys that it may have in a Region. */
  mustHaveRoom(account: string, region: string): void {
    if (this.count(account, region) < this.settings().keyLimit) return;
    throw new AwsException(
      'LimitExceededException',
      'The number of customer managed keys in this Region is at its limit.',
    );
  }

  /** AWS without a key, its quotas full. */
  clear(): void {
    for (const index of [this.#byId, this.#bySet, this.#perRegion, this.#aliases]) index.clear();
    this.quotas.clear();
  }

  addAlias(member: Member, alias: string): void {
    this.quotas.spend(member.account, member.region, 'CreateAlias');
    const id = `${member.account}:${member.region}:${alias}`;
    if (this.#aliases.has(id)) {
      throw new AwsException('AlreadyExistsException', `An alias with the name ${alias} already exists`);
    }
    this.#aliases.add(id);
    member.aliases.push(alias);
    member.aliasListedFrom.set(alias, this.now() + this.settings().aliasStaleMs);
  }

  removeAlias(member: Member, alias: string): void {
    this.#aliases.delete(`${member.account}:${member.region}:${alias}`);
    member.aliases = member.aliases.filter((name) => name !== alias);
  }

  isAliasTaken(account: string, region: string, alias: string): boolean {
    return this.#aliases.has(`${account}:${region}:${alias}`);
  }
}
