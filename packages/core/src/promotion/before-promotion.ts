import { errorRule, toReplicaError } from '../errors/index.ts';
import type { CckmKey } from '../keys/cckm-key.ts';
import { afterRefused, type CallContext } from '../replica/after-replicate.ts';
import type { Decision, ReplicaIdentity, ReplicaLife } from '../replica/life.ts';
import { afterPromotionLook } from './after-promotion-look.ts';
import { promotionObstacle } from './promotion-obstacle.ts';
import { promotionStanding } from './promotion-standing.ts';

/**
 * What the members of a set say just before its primary is moved: the key for which to call, the primary of now, whichever
 * that was when the plan was resolved; or what becomes of the row without a call.
 */
export function beforePromotion(
  row: ReplicaIdentity & ReplicaLife,
  members: readonly CckmKey[],
  context: CallContext,
): { readonly call: CckmKey } | { readonly decision: Decision } {
  const { moved, primary } = promotionStanding(members, row);
  if (moved) return { decision: afterPromotionLook({ ...row, unsettled_since: context.now }, members, context) };
  const obstacle = promotionObstacle(members, row);
  if (obstacle === null && primary !== null) return { call: primary };
  const { code, message, refresh } = obstacle ?? { code: 'promotion_not_ready', message: 'No primary.', refresh: [] };
  const found = { code, message, httpStatus: null, providerCode: null, retryAfterMs: null, mayHaveLanded: false };
  if (errorRule(code).verdict === 'final') {
    return { decision: { changes: { state: 'blocked', error: toReplicaError(found) }, note: 'not called' } };
  }
  // As if KMS had said so, for as long as that is waited for.
  return { decision: { ...afterRefused(row, found, context), refresh } };
}
