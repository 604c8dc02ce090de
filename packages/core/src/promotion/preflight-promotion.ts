import { coversRegion, type Scope } from '../access/scope.ts';
import { warning } from '../errors/index.ts';
import type { ResolvedKey } from '../keys/resolved-key.ts';
import { blocked, faultOfKey, type Preflight } from '../plan/preflight.ts';
import { regions } from '../regions/regions.ts';
import { promotionObstacle } from './promotion-obstacle.ts';
import { promotionStanding } from './promotion-standing.ts';

/**
 * The rules of UpdatePrimaryRegion for one key of a plan, which any member of its set may name, and the rule of the plan's
 * scope: a move touches keys in both Regions. What passes by itself is only warned of.
 */
export function preflightPromotion(resolved: ResolvedKey, region: string, scope: Scope): Preflight {
  const fault = faultOfKey(resolved, region, scope);
  if (fault) return fault;
  const { key, members } = resolved;
  const from = key?.region ?? '';
  const move = { primary_region: from, region };
  const to = regions.get(region)?.partition;
  if (to === undefined) return blocked('unknown_region', `${region} is not an AWS Region that Keyferry knows.`);
  const { moved, primary, target, unconfirmed } = promotionStanding(members, move);
  if (moved && target && unconfirmed.length === 0) {
    return { state: 'already_present', replica: target, warnings: [], diff: [] };
  }
  const source = primary?.region ?? from;
  if (!coversRegion(scope, source)) {
    return blocked('out_of_scope', `${source}, the primary's Region, is outside the scope of this plan.`);
  }
  if (regions.get(source)?.partition !== to) {
    return blocked('other_partition', `The key is not in ${to}, the partition of ${region}.`);
  }
  if (moved) return { state: 'pending', warnings: [] };
  const obstacle = promotionObstacle(members, move);
  if (obstacle === null) return { state: 'pending', warnings: [] };
  const { code, message } = obstacle;
  if (code === 'promotion_not_ready') return { state: 'pending', warnings: [warning('set_not_ready', message)] };
  return blocked(code, message);
}
