import { regions } from '@keyferry/core';
import type { SeededRandom } from '../seeded-random.ts';

/** A "KMS" of CCKM: an AWS account, or some Regions of one. Source: CCKM contract, section 4. */
export interface KmsContainer {
  readonly id: string;
  readonly name: string;
  readonly account: string;
  regions: string[];
  readonly connection: string;
  readonly createdAt: number;
}

/** Regions that every account has without opting in. */
export const commonRegions: readonly string[] = [...regions.values()]
  .filter(({ partition, optIn }) => partition === 'aws' && !optIn)
  .map(({ name }) => name);

/** The account containers; the same account may have several, with different Regions. */
export class KmsContainers {
  readonly #byId = new Map<string, KmsContainer>();
  readonly #byPlace = new Map<string, KmsContainer>();
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  add(given: { name: string; account: string; regions: readonly string[] }, createdAt: number): KmsContainer {
    const container: KmsContainer = {
      ...given,
      regions: [...given.regions],
      id: this.#random.uuid(),
      connection: 'aws-connection',
      createdAt,
    };
    this.#byId.set(container.id, container);
    for (const region of container.regions) this.#byPlace.set(`${container.account}|${region}`, container);
    return container;
  }

  /** The container that holds an account's Region. */
  holding(account: string, region: string): KmsContainer | undefined {
    return this.#byPlace.get(`${account}|${region}`);
  }

  /** By id or by name. */
  find(idOrName: string): KmsContainer | undefined {
    return this.#byId.get(idOrName) ?? this.all().find(({ name }) => name === idOrName);
  }

  knowsAccount(account: string): boolean {
    return this.all().some((container) => container.account === account);
  }

  all(): KmsContainer[] {
    return [...this.#byId.values()];
  }
}

/** A container as CCKM's JSON has it. */
export function kmsJson(container: KmsContainer): Record<string, unknown> {
  const at = new Date(container.createdAt).toISOString();
  return {
    id: container.id,
    uri: `kylo:kylo:cckm:kms:${container.id}`,
    account: 'kylo:kylo:admin:accounts:kylo',
    application: 'ncryptify:gemalto:admin:apps:kylo',
    devAccount: 'ncryptify:gemalto:admin:accounts:gemalto',
    createdAt: at,
    updatedAt: at,
    name: container.name,
    account_id: container.account,
    arn: `arn:aws:iam::${container.account}:user/cckm`,
    connection: container.connection,
    regions: container.regions,
    status: 'active',
    auto_added: false,
    assume_role_arn: '',
    assume_role_external_id: '',
    acls: [],
  };
}
