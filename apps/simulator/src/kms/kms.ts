import type { Settings } from '../settings.ts';
import { AwsException } from './aws-exception.ts';
import { arnOf, type Member, mustBeEnabled, stateOf } from './member.ts';
import { Quotas } from './quotas.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface NewReplica {
  readonly region: string;
  readonly description: string;
  readonly tags: Member['tags'];
  readonly policy: unknown;
  readonly policyTemplate: string | null;
}

/** AWS KMS: accounts, Regions, multi-Region sets, states and quotas. Time comes from `now`, chance from the seed. */
export class Kms {
  readonly quotas: Quotas;
  readonly #byId = new Map<string, Member>();
  readonly #bySet = new Map<string, Member[]>();
  readonly #perRegion = new Map<string, number>();
  readonly #aliases = new Set<string>();
  readonly #settings: () => Settings;
  readonly #random: SeededRandom;
  readonly now: () => number;

  constructor(settings: () => Settings, random: SeededRandom, now: () => number) {
    this.#settings = settings;
    this.#random = random;
    this.now = now;
    this.quotas = new Quotas(settings, now);
  }

  all(): IterableIterator<Member> {
    return this.#byId.values();
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
      id: this.#random.uuid(),
      keyId: multiRegion ? `mrk-${this.#random.hex(32)}` : this.#random.uuid(),
      multiRegion,
      type: 'PRIMARY',
      origin,
      spec: 'SYMMETRIC_DEFAULT',
      createdAt: now,
      readyAt: now,
      updatedAt: now,
      updatingUntil: 0,
      disabled: false,
      deletionDate: null,
      materialAt: origin === 'EXTERNAL' ? now : null,
      importError: null,
      sourceKeyId: origin === 'EXTERNAL' ? this.#random.hex(64) : null,
      aliases: [],
      tags: [],
      description: '',
      policy: null,
      policyTemplate: null,
      listedFrom: now,
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

  /** AWS without a key, its quotas full. */
  clear(): void {
    for (const index of [this.#byId, this.#bySet, this.#perRegion, this.#aliases]) index.clear();
    this.quotas.clear();
  }

  /** ReplicateKey. Throws AwsException. */
  replicate(primary: Member, wanted: NewReplica): Member {
    const { account, region: from, keyId } = primary;
    this.quotas.spend(account, from, 'ReplicateKey');
    if (!primary.multiRegion || primary.type !== 'PRIMARY') {
      throw new AwsException('UnsupportedOperationException', `${arnOf(primary)} is not a multi-Region primary key.`);
    }
    mustBeEnabled(primary, this.now());
    if (wanted.region === from || this.set(keyId).some((member) => member.region === wanted.region)) {
      throw new AwsException(
        'AlreadyExistsException',
        'You can create only one replica of each primary key in each AWS Region.',
      );
    }
    this.quotas.spend(account, wanted.region, 'CreateKey', 2);
    const settings = this.#settings();
    if ((this.#perRegion.get(`${account}:${wanted.region}`) ?? 0) >= settings.keyLimit) {
      throw new AwsException(
        'LimitExceededException',
        'The number of customer managed keys in this Region is at its limit.',
      );
    }
    return this.add({ ...this.#newReplica(primary, wanted.region), ...wanted });
  }

  addAlias(member: Member, alias: string): void {
    this.quotas.spend(member.account, member.region, 'CreateAlias');
    const id = `${member.account}:${member.region}:${alias}`;
    if (this.#aliases.has(id)) {
      throw new AwsException('AlreadyExistsException', `An alias with the name ${alias} already exists`);
    }
    this.#aliases.add(id);
    member.aliases.push(alias);
  }

  removeAlias(member: Member, alias: string): void {
    this.#aliases.delete(`${member.account}:${member.region}:${alias}`);
    member.aliases = member.aliases.filter((name) => name !== alias);
  }

  isAliasTaken(account: string, region: string, alias: string): boolean {
    return this.#aliases.has(`${account}:${region}:${alias}`);
  }

  /** GetParametersForImport and ImportKeyMaterial. Throws AwsException. */
  importMaterial(member: Member, sourceKeyId: string): void {
    this.quotas.spend(member.account, member.region, 'GetParametersForImport');
    const state = this.state(member);
    const arn = arnOf(member);
    if (member.origin !== 'EXTERNAL') {
      throw new AwsException(
        'UnsupportedOperationException',
        `${arn} origin is AWS_KMS which is not valid for this operation.`,
      );
    }
    if (state === 'Creating') throw new AwsException('KMSInvalidStateException', `${arn} is creating.`);
    if (state === 'PendingDeletion') throw new AwsException('KMSInvalidStateException', `${arn} is pending deletion.`);
    this.quotas.spend(member.account, member.region, 'ImportKeyMaterial');
    const primary = this.set(member.keyId).find((candidate) => candidate.type === 'PRIMARY');
    if (primary && primary !== member && primary.sourceKeyId !== sourceKeyId) {
      throw new AwsException(
        'IncorrectKeyMaterialException',
        'The key material in the request is not the same as the key material of the primary.',
      );
    }
    member.materialAt = this.now();
    member.importError = null;
    member.sourceKeyId = sourceKeyId;
    member.updatedAt = this.now();
  }

  /** UpdatePrimaryRegion. Throws AwsException. */
  promote(member: Member, region: string): void {
    const primary = this.set(member.keyId).find((candidate) => candidate.type === 'PRIMARY');
    const target = this.set(member.keyId).find((candidate) => candidate.region === region);
    if (!primary || !target) throw new AwsException('NotFoundException', `There is no replica in ${region}.`);
    this.quotas.spend(primary.account, primary.region, 'UpdatePrimaryRegion');
    this.quotas.spend(primary.account, region, 'UpdatePrimaryRegion');
    mustBeEnabled(primary, this.now());
    mustBeEnabled(target, this.now());
    if (primary === target) return;
    primary.type = 'REPLICA';
    target.type = 'PRIMARY';
    for (const changed of [primary, target]) {
      changed.updatingUntil = this.now() + this.#settings().promotionMs;
      changed.updatedAt = this.now();
    }
  }

  #newReplica(primary: Member, region: string): Partial<Member> & Pick<Member, 'account' | 'region'> {
    const settings = this.#settings();
    const now = this.now();
    const { min, max } = settings.creatingMsByRegion[region] ?? settings.creatingMs;
    const readyAt = now + this.#random.between(min, max);
    const external = primary.origin === 'EXTERNAL';
    const fails = settings.autoImport === 'fails_while_creating';
    return {
      keyId: primary.keyId,
      account: primary.account,
      region,
      type: 'REPLICA',
      origin: primary.origin,
      spec: primary.spec,
      readyAt,
      // CCKM's own imports wait for their turn: KMS gives few import tokens a second.
      materialAt:
        external && settings.autoImport === 'on'
          ? this.quotas.reserve(primary.account, region, 'GetParametersForImport', readyAt + settings.autoImportMs)
          : null,
      importError: external && fails ? `KMSInvalidStateException: ${arnOf({ ...primary, region })} is creating.` : null,
      sourceKeyId: external ? primary.sourceKeyId : null,
      listedFrom: now + settings.staleMs,
    };
  }
}
