import { regions } from '@keyferry/core';
import type { Kms } from '../kms/kms.ts';
import type { Settings } from '../settings.ts';
import { kmsOf } from './key-json.ts';

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly account_id: string;
  readonly regions: readonly string[];
}

const allRegions = [...regions.values()].filter(({ partition }) => partition === 'aws').map(({ name }) => name);

/** One account container for each account that has keys. Source: CCKM contract, section 4. */
export function containers(kms: Kms, { kmsRegions, acls }: Settings): (Container & Record<string, unknown>)[] {
  return [...kms.accounts()].map((account) => ({
    ...kmsOf(account),
    uri: `kylo:kylo:cckm:kms:${kmsOf(account).id}`,
    account: 'kylo:kylo:admin:accounts:kylo',
    account_id: account,
    arn: `arn:aws:iam::${account}:user/cckm`,
    connection: 'aws',
    regions: kmsRegions[account] ?? allRegions,
    status: 'active',
    auto_added: false,
    acls,
  }));
}

/** The container of a name or an id. */
export function findContainer(kms: Kms, settings: Settings, named: unknown): Container | undefined {
  return containers(kms, settings).find(({ id, name }) => id === named || name === named);
}
