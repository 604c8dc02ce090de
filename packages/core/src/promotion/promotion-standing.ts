import type { CckmKey } from '../keys/cckm-key.ts';
import { liveMembers } from '../keys/resolved-key.ts';

/** Of what to what a key is promoted. */
export interface Move {
  /** The primary's Region when the plan was resolved. */
  readonly primary_region: string;
  /** The Region that is to have the primary. */
  readonly region: string;
}

/** A member whose record does not confirm a move yet, and what it says instead. */
export interface Unconfirmed {
  readonly id: string;
  readonly seen: string;
}

/** How far a set is on its way to having its primary in a Region, by the records that CCKM has of its members. */
export interface PromotionStanding {
  /** The one member that calls itself the primary; null: none does, or several do, so that some record is old. */
  readonly primary: CckmKey | null;
  /** The member in the Region; null: CCKM lists none. */
  readonly target: CckmKey | null;
  /** The target is that primary. */
  readonly moved: boolean;
  /** Once there are none after a move, it is confirmed. */
  readonly unconfirmed: readonly Unconfirmed[];
}

/**
 * A move is confirmed by every member: the new primary is `PRIMARY` and `Enabled`, the one before `REPLICA` and `Enabled`,
 * all of them name the new Region, and none is `Updating` any more. Source: CCKM contract, section 3.2.
 */
export function promotionStanding(
  members: readonly CckmKey[],
  { primary_region: primaryRegion, region }: Move,
): PromotionStanding {
  const live = liveMembers(members);
  const claiming = live.filter((key) => {
    return key.multiRegionKeyType === 'PRIMARY' && (key.primaryKey?.region ?? key.region) === key.region;
  });
  const primary = claiming.length === 1 ? (claiming[0] ?? null) : null;
  const target = live.find((key) => key.region === region) ?? null;
  const unconfirmed = live.flatMap((key) => {
    const seen = against(key, key === target, key.region === primaryRegion, region);
    return seen === null ? [] : [{ id: key.id, seen: `${key.region} ${seen}` }];
  });
  return { primary, target, moved: primary !== null && primary === target, unconfirmed };
}

/** What a member says that does not fit; null: it confirms. */
function against(key: CckmKey, isTarget: boolean, wasPrimary: boolean, region: string): string | null {
  const type = isTarget ? 'PRIMARY' : 'REPLICA';
  if (key.multiRegionKeyType !== type) return `is ${key.multiRegionKeyType ?? 'not a multi-Region key'}`;
  const named = key.primaryKey?.region ?? null;
  if (named !== region) return `names ${named ?? 'no Region'} as the primary's`;
  const enabled = isTarget || wasPrimary ? key.keyState === 'Enabled' : key.keyState !== 'Updating';
  return enabled ? null : `is ${key.keyState ?? 'without a state'}`;
}
