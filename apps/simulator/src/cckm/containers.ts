import { regions } from '@keyferry/core';
import type { Kms } from '../kms/kms.ts';
import type { Settings } from '../settings.ts';
import { kmsOf } from './key-json.ts';

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly account_id: string;
  readonly regions: readonly string[];
  readonly status: 'active' | 'archived';
}

const allRegions = [...regions.values()].filter(({ partition }) => partition === 'aws').map(({ name }) => name);

/**
 * The account containers of all accounts that have keys: one each, and beside it an archived one where the settings say so.
 * Source: CCKM contract, section 4.
 */
export function containers(kms: Kms, settings: Settings): (Container & Record<string, unknown>)[] {
  return [...kms.accounts()].flatMap((account) => {
    const archived = settings.archivedContainers[account];
    const { id, name } = kmsOf(account);
    const own = container(account, { id, name, status: archived === 'only' ? 'archived' : 'active' }, settings);
    const before = { id: `${id}-before`, name: `${name}-before`, status: 'archived' as const };
    return archived === 'beside' ? [container(account, before, settings), own] : [own];
  });
}

function container(
  account: string,
  named: Pick<Container, 'id' | 'name' | 'status'>,
  { kmsRegions, acls }: Settings,
): Container & Record<string, unknown> {
  return {
    ...named,
    uri: `kylo:kylo:cckm:kms:${named.id}`,
    account: 'kylo:kylo:admin:accounts:kylo',
    account_id: account,
    arn: `arn:aws:iam::${account}:user/cckm`,
    connection: 'aws',
    regions: kmsRegions[account] ?? allRegions,
    auto_added: false,
    acls,
  };
}

/** The container of a name or an id. */
export function findContainer(kms: Kms, settings: Settings, named: unknown): Container | undefined {
  return containers(kms, settings).find(({ id, name }) => id === named || name === named);
}
