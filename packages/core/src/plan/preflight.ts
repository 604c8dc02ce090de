import { coversAccount, coversRegion, type Scope } from '../access/scope.ts';
import { blockedError, type ErrorCode, type WarningCode, warning } from '../errors/index.ts';
import type { ReplicaErrorView, ReplicaWarningView } from '../errors/replica-error.ts';
import type { CckmKey } from '../keys/cckm-key.ts';
import { keyName, type ResolvedKey } from '../keys/resolved-key.ts';
import { rotationOf } from '../keys/rotation.ts';
import { regions } from '../regions/regions.ts';
import type { ReplicaDifferenceView } from '../replica/difference.ts';

/** What preflight says of one key × Region: go, or why not. */
export type Preflight =
  | { readonly state: 'pending'; readonly warnings: readonly ReplicaWarningView[] }
  | {
      readonly state: 'already_present';
      readonly replica: CckmKey;
      readonly warnings: readonly ReplicaWarningView[];
      readonly diff: readonly ReplicaDifferenceView[];
    }
  | { readonly state: 'blocked'; readonly error: ReplicaErrorView; readonly warnings: readonly ReplicaWarningView[] };

const deleting = ['PendingDeletion', 'PendingReplicaDeletion'];
/** Rivals of an alias that a sentence names; more are counted. */
const rivalsNamed = 5;

/**
 * The rules of ReplicateKey about the key and the Region: the source is a multi-Region primary and `Enabled`, the target
 * is another Region of the same partition, and holds no related key yet. And the rule of the plan's scope before them: of
 * what CCKM lists outside its accounts nothing is shown, not even that it exists.
 * Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html
 */
export function preflight(resolved: ResolvedKey, region: string, scope: Scope): Preflight {
  const fault = faultOfKey(resolved, region, scope);
  if (fault) return fault;
  const { key, primary, members } = resolved as ResolvedKey & { key: CckmKey };
  if (key.multiRegionKeyType === 'REPLICA') {
    const where = primary
      ? `${keyName(primary)} in ${primary.region}`
      : `in ${key.primaryKey?.region ?? 'another Region'}`;
    return blocked('not_primary', `${keyName(key)} is a replica; its primary is ${where}. Name the primary instead.`);
  }
  const to = regions.get(region)?.partition;
  if (to === undefined) {
    return blocked('unknown_region', `${region} is not an AWS Region that Keyferry knows.`);
  }
  if (key.region === region) {
    return blocked('same_region', `${region} is the primary key's own Region.`);
  }
  const from = key.region === null ? undefined : regions.get(key.region)?.partition;
  if (from !== undefined && from !== to) {
    return blocked('other_partition', `The key is in partition ${from}, ${region} is in ${to}.`);
  }
  const there = members.find((member) => member.region === region && !member.gone);
  if (there) return withRotation(present(there, region), resolved);
  if (key.gone) {
    return blocked(
      'key_not_found',
      `CCKM marks ${keyName(key)} as gone: ${key.region} is no longer in its KMS container.`,
    );
  }
  return withRotation(sourceState(key), resolved);
}

/**
 * The verdict of a plan that skips the primary's own Region: the key is there already. It is counted as present, with a
 * warning, so that the skipped pair is seen. Other verdicts stay.
 */
export function skippingSameRegion(verdict: Preflight, { key }: ResolvedKey, region: string): Preflight {
  if (verdict.state !== 'blocked' || verdict.error.code !== 'same_region' || key === null) return verdict;
  const skipped = warning('same_region_skipped', `${region} is the Region of the primary ${keyName(key)}: skipped.`);
  return { state: 'already_present', replica: key, warnings: [...verdict.warnings, skipped], diff: [] };
}

function withRotation(verdict: Preflight, resolved: ResolvedKey): Preflight {
  const rotation = rotationOf(resolved);
  if (rotation === null) return verdict;
  return { ...verdict, warnings: [...verdict.warnings, warning('rotated_away', rotation)] };
}

/** What is wrong with the name of a key, with its place, or with its kind, for any operation; null: nothing. */
export function faultOfKey(
  { reference, key, rivals }: ResolvedKey,
  region: string,
  scope: Scope,
): Extract<Preflight, { state: 'blocked' }> | null {
  if (rivals.length > 0) {
    return blocked('ambiguous_alias', `${reference} names ${rivals.length} keys: ${listRivals(rivals)}.`);
  }
  if (scope.accounts !== null && !coversAccount(scope, key?.account ?? null)) {
    return blocked('out_of_scope', `CCKM lists no key ${reference} in the accounts of the scope of this plan.`);
  }
  if (key === null) {
    return blocked('unknown_key', `CCKM lists no key ${reference} in this domain.`);
  }
  if (!coversRegion(scope, region)) {
    return blocked('out_of_scope', `${region} is outside the scope of this plan.`);
  }
  if (!key.multiRegion) {
    return blocked('not_multi_region', `${keyName(key)} is a single-Region key and can never be replicated.`);
  }
  return null;
}

function listRivals(rivals: readonly CckmKey[]): string {
  const named = rivals.slice(0, rivalsNamed).map((key) => `${key.keyId ?? key.id} in ${key.account} ${key.region}`);
  const more = rivals.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}

/** One related key per Region; one that waits for its deletion still holds the place. */
function present(replica: CckmKey, region: string): Preflight {
  const { keyState } = replica;
  if (keyState !== null && deleting.includes(keyState)) {
    return blocked('replica_pending_deletion', `The replica in ${region} is ${keyState} and blocks a new one.`);
  }
  const usable = keyState === null || keyState === 'Enabled';
  const warnings = usable ? [] : [warning('replica_not_enabled', `The replica in ${region} is ${keyState}.`)];
  return { state: 'already_present', replica, warnings, diff: [] };
}

/** What the state of a primary allows. Source: KMS developer guide, key states. */
export function sourceState(key: CckmKey): Extract<Preflight, { state: 'pending' | 'blocked' }> {
  const said = `The primary ${keyName(key)} is ${key.keyState}.`;
  const go = (code: WarningCode) => ({ state: 'pending' as const, warnings: [warning(code, said)] });
  switch (key.keyState) {
    case 'Disabled':
      return blocked('key_disabled', said);
    case 'PendingDeletion':
    case 'PendingReplicaDeletion':
      return blocked('key_pending_deletion', said);
    case 'PendingImport':
      return blocked('key_pending_import', said);
    case 'Unavailable':
      return blocked('invalid_state', said);
    // These pass by themselves; the call is repeated until they have.
    case 'Creating':
      return go('primary_creating');
    case 'Updating':
      return go('primary_updating');
    default:
      return { state: 'pending', warnings: [] };
  }
}

/** A pair that cannot be made: why, and what to do about it. */
export function blocked(
  code: ErrorCode,
  message: string,
  warnings: readonly ReplicaWarningView[] = [],
): Extract<Preflight, { state: 'blocked' }> {
  return { state: 'blocked', error: blockedError(code, message), warnings };
}
