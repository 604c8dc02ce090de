import type { ErrorCode } from '../errors/index.ts';
import type { CckmKey } from '../keys/cckm-key.ts';
import { keyName, liveMembers } from '../keys/resolved-key.ts';
import { sourceState } from '../plan/preflight.ts';
import { type Move, promotionStanding } from './promotion-standing.ts';

/** Why update-primary-region is not to be called for a set just now. */
export interface PromotionObstacle {
  /** `promotion_not_ready` passes by itself; any other does not. */
  readonly code: ErrorCode;
  readonly message: string;
  /** CCKM ids of the records that may be old. */
  readonly refresh: readonly string[];
}

const deleting = ['PendingDeletion', 'PendingReplicaDeletion'];
const passing = ['Creating', 'Updating'];

/**
 * The rules of UpdatePrimaryRegion about the set, for one whose primary is not in the Region yet: there is a replica, both
 * keys are `Enabled`, and CCKM's record of the primary knows the replica, since CCKM goes by that. Null: nothing stands in
 * the way. Sources: KMS API reference, UpdatePrimaryRegion; KMS developer guide, key states; CCKM contract, section 2.6.
 */
export function promotionObstacle(members: readonly CckmKey[], move: Move): PromotionObstacle | null {
  const { primary, target } = promotionStanding(members, move);
  const { region } = move;
  const final = (code: ErrorCode, message: string) => ({ code, message, refresh: [] });
  const notYet = (message: string, keys: readonly CckmKey[]) => {
    return { code: 'promotion_not_ready' as const, message, refresh: keys.map(({ id }) => id) };
  };
  if (target === null) return final('replica_missing', `CCKM lists no replica in ${region}.`);
  const { keyState = null } = target;
  if (keyState !== null && deleting.includes(keyState)) {
    return final('replica_pending_deletion', `The replica in ${region} is ${keyState}.`);
  }
  if (keyState !== null && keyState !== 'Enabled' && !passing.includes(keyState)) {
    return final('replica_not_usable', `The replica in ${region} is ${keyState}.`);
  }
  if (primary === null) return withoutPrimary(liveMembers(members)) ?? notYet(disagreeing, liveMembers(members));
  const source = sourceState(primary);
  if (source.state === 'blocked')
    return { code: source.error.code as ErrorCode, message: source.error.message, refresh: [] };
  const busy = [primary, target].filter((key) => key.keyState !== null && passing.includes(key.keyState));
  if (busy.length > 0) {
    return notYet(`${busy.map((key) => `${keyName(key)} in ${key.region} is ${key.keyState}`).join(', ')}.`, busy);
  }
  if (!primary.replicaKeys.some((replica) => replica.region === region)) {
    return notYet(`CCKM's record of the primary in ${primary.region} does not name ${region} yet.`, [primary]);
  }
  return null;
}

const disagreeing = "CCKM's records of the set do not agree on where its primary is.";

/** The members agree on a Region for the primary, and CCKM lists nothing there: that does not pass. */
function withoutPrimary(members: readonly CckmKey[]): PromotionObstacle | null {
  const named = [...new Set(members.map(({ primaryKey }) => primaryKey?.region ?? null))];
  const [region = null] = named;
  if (named.length > 1 || region === null || members.some((key) => key.region === region)) return null;
  return {
    code: 'primary_unknown',
    message: `The primary is in ${region}, and CCKM lists no key there.`,
    refresh: [],
  };
}
