import type { ErrorCode } from '../errors/index.ts';
import type { CckmKey } from './cckm-key.ts';
import { liveMembers } from './resolved-key.ts';

/**
 * Refusals that a call may get because its key is not the primary of its set any more, or because CCKM manages it under
 * another record: the set is read again before they are believed.
 */
export const staleIdentityCodes = [
  'not_primary',
  'unsupported_operation',
  'key_not_found',
  'cckm_not_found',
  'key_disabled',
  'key_pending_deletion',
  'key_pending_import',
  'invalid_state',
] as const satisfies readonly ErrorCode[];

export function mayBeStaleIdentity(code: string | undefined): boolean {
  return (staleIdentityCodes as readonly string[]).includes(code ?? '');
}

/** What the members of a set say of its primary after a call for one of them was refused. */
export type PrimaryNow =
  /** Another record than the one that was called is the primary. */
  | { readonly is: 'elsewhere'; readonly primary: CckmKey }
  /** Nothing but the one that was called claims to be it. */
  | { readonly is: 'the_same' }
  /** The records do not agree, or none claims to be it. */
  | { readonly is: 'unclear' };

/**
 * Reads where the primary of a set is now. `refused`: KMS has just said that `calledId` is not it; with `refreshed` records
 * that word decides between several that claim to be it.
 */
export function primaryNow(
  members: readonly CckmKey[],
  calledId: string,
  { refused, refreshed }: { readonly refused: boolean; readonly refreshed: boolean },
): PrimaryNow {
  const live = liveMembers(members);
  const called = live.find(({ id }) => id === calledId);
  const claiming = live.filter(
    (key) => key.multiRegionKeyType === 'PRIMARY' && (key.primaryKey?.region ?? key.region) === key.region,
  );
  const [other, ...more] = claiming.filter(({ id }) => id !== calledId);
  const calledClaims = claiming.some(({ id }) => id === calledId);
  if (other !== undefined && more.length === 0 && (!calledClaims || (refused && refreshed))) {
    return { is: 'elsewhere', primary: other };
  }
  if (other !== undefined) return { is: 'unclear' };
  if (calledClaims) return { is: 'the_same' };
  // None claims to be it: the one that was called, else all others, may say where it is.
  const named = new Set((called ? [called] : live).map(({ primaryKey }) => primaryKey?.region ?? null));
  const [region = null] = named.size === 1 ? named : [];
  const primary = region === null ? undefined : live.find((key) => key.region === region && key.id !== calledId);
  return primary === undefined ? { is: 'unclear' } : { is: 'elsewhere', primary };
}
