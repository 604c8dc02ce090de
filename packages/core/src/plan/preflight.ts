import type { ReplicaErrorView } from '../api/views.ts';
import { type ErrorCode, errorCatalogue } from '../errors/index.ts';
import type { CckmKey } from '../keys/cckm-key.ts';
import { regions } from '../regions/regions.ts';

/** What is known about one key of a plan before anything is called. */
export interface ResolvedKey {
  /** As the plan names it. */
  readonly reference: string;
  /** The key that it names; null when CCKM does not list it. */
  readonly key: CckmKey | null;
  /** The primary of its set; the key itself, another member, or null. */
  readonly primary: CckmKey | null;
  /** Every member of its set that CCKM lists, primary included. */
  readonly members: readonly CckmKey[];
}

/** What preflight says of one key × Region: go, or why not. */
export type Preflight =
  | { readonly state: 'pending' }
  | { readonly state: 'already_present'; readonly replica: CckmKey }
  | { readonly state: 'blocked'; readonly error: ReplicaErrorView };

const deleting = ['PendingDeletion', 'PendingReplicaDeletion'];

/**
 * The rules of ReplicateKey that can be known beforehand: the source is a multi-Region primary and `Enabled`, the target
 * is another Region of the same partition, and holds no related key yet.
 * Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html
 */
export function preflight({ reference, key, primary, members }: ResolvedKey, region: string): Preflight {
  if (key === null) {
    return blocked('unknown_key', `CCKM lists no key ${reference} in this domain.`);
  }
  if (!key.multiRegion) {
    return blocked('not_multi_region', `${name(key)} is a single-Region key and can never be replicated.`);
  }
  if (key.multiRegionKeyType === 'REPLICA') {
    const where = primary
      ? `${name(primary)} in ${primary.region}`
      : `in ${key.primaryKey?.region ?? 'another Region'}`;
    return blocked('not_primary', `${name(key)} is a replica; its primary is ${where}. Name the primary instead.`);
  }
  if (key.region === region) {
    return blocked('same_region', `${region} is the primary key's own Region.`);
  }
  const from = key.region === null ? undefined : regions.get(key.region)?.partition;
  const to = regions.get(region)?.partition;
  if (from !== undefined && to !== undefined && from !== to) {
    return blocked('other_partition', `The key is in partition ${from}, ${region} is in ${to}.`);
  }
  const there = members.find((member) => member.region === region && !member.gone);
  if (there) {
    return there.keyState !== null && deleting.includes(there.keyState)
      ? blocked('replica_pending_deletion', `The replica in ${region} is ${there.keyState} and still holds its place.`)
      : { state: 'already_present', replica: there };
  }
  if (key.gone) {
    return blocked(
      'key_not_found',
      `CCKM marks ${name(key)} as gone: ${key.region} is not in its KMS container any more.`,
    );
  }
  return sourceState(key);
}

function sourceState(key: CckmKey): Preflight {
  const say = (code: ErrorCode) => blocked(code, `The primary ${name(key)} is ${key.keyState}.`);
  switch (key.keyState) {
    case 'Disabled':
      return say('key_disabled');
    case 'PendingDeletion':
    case 'PendingReplicaDeletion':
      return say('key_pending_deletion');
    case 'PendingImport':
      return say('key_pending_import');
    default:
      // `Creating` and `Updating` pass by themselves; the call is repeated until they have.
      return { state: 'pending' };
  }
}

function blocked(code: ErrorCode, message: string): Preflight {
  return {
    state: 'blocked',
    error: {
      code,
      message: `${message} ${errorCatalogue[code].operatorAdvice}`.trim(),
      http_status: null,
      retryable: false,
      provider_code: null,
    },
  };
}

function name(key: CckmKey): string {
  return key.aliases[0] ?? key.arn ?? key.id;
}
