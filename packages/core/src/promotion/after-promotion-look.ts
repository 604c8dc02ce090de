import type { CckmKey } from '../keys/cckm-key.ts';
import { liveMembers } from '../keys/resolved-key.ts';
import { absencesToConclude, giveUp, lagMs, nextCall } from '../replica/after-look.ts';
import type { LookContext } from '../replica/found-replica.ts';
import {
  type Decision,
  isLate,
  nextLook,
  type ReplicaIdentity,
  type ReplicaLife,
  reconcileRules,
} from '../replica/life.ts';
import { end } from '../replica/towards-usable.ts';
import { type PromotionStanding, promotionStanding } from './promotion-standing.ts';

type Watching = Pick<LookContext, 'now' | 'random' | 'watch' | 'maxAttempts'>;

/** Waits of first length that CCKM has to read the members from AWS by itself; after that each is refreshed. */
const refreshAfterPolls = 4;

/**
 * What a promotion that was called, or may have been, becomes after a look at all members of its set. It ends once every
 * member confirms the move; a call of which the answer was lost is called again only where a member goes on to be the
 * primary that is not the one wanted.
 */
export function afterPromotionLook(
  row: ReplicaIdentity & ReplicaLife,
  members: readonly CckmKey[],
  context: Watching,
): Decision {
  const standing = promotionStanding(members, row);
  const { moved, target, unconfirmed } = standing;
  const seen: Partial<ReplicaLife> = {
    replica_key_id: target?.id ?? row.replica_key_id,
    replica_arn: target?.arn ?? row.replica_arn,
    key_state: target?.keyState ?? null,
    looks: row.looks + 1,
  };
  if (row.unsettled_since !== null && !moved)
    return unsettled(row, row.unsettled_since, standing, members, seen, context);
  const settled = row.unsettled_since === null ? {} : settle(row, context);
  const life = { ...row, ...seen, ...settled };
  const changes = { ...seen, ...settled };
  if (moved && unconfirmed.length === 0) {
    const done = { ...changes, error: null, error_since: null, next_look_at: null };
    return life.outcome === 'already_present'
      ? { changes: { ...done, state: 'already_present', accepted_at: null }, note: 'already the primary' }
      : {
          changes: { ...done, state: 'succeeded', usable_at: context.now },
          note: 'confirmed by every member of the set',
        };
  }
  return confirming(life, standing, changes, context);
}

/** Whose move it was, after a call of which we did not know the outcome. */
function settle(row: ReplicaLife, { now }: Watching): Partial<ReplicaLife> {
  return {
    state: 'creating',
    outcome: row.lost_answer ? 'adopted' : 'already_present',
    unsettled_since: null,
    look_first: false,
    error: null,
    error_since: null,
    accepted_at: now,
    absences: 0,
    looks: 0,
  };
}

function confirming(
  life: ReplicaLife,
  { unconfirmed }: PromotionStanding,
  changes: Partial<ReplicaLife>,
  context: Watching,
): Decision {
  const { now, random, watch } = context;
  const passed = now.getTime() - (life.accepted_at ?? now).getTime();
  const note = `not confirmed yet: ${unconfirmed.map(({ seen }) => seen).join(', ') || 'no member is listed'}`;
  if (passed >= watch.timeoutMs && !isLate(life, context)) return timedOut(life, changes, note);
  return {
    changes: { ...changes, next_look_at: nextLook(now, life.looks, watch, random) },
    note,
    refresh: passed >= refreshAfterPolls * watch.pollMs ? unconfirmed.map(({ id }) => id) : [],
  };
}

/** The primary has not moved, or the records do not say: they are refreshed, because they may be older than the call. */
function unsettled(
  row: ReplicaLife,
  since: Date,
  { primary, target }: PromotionStanding,
  members: readonly CckmKey[],
  seen: Partial<ReplicaLife>,
  context: Watching,
): Decision {
  const { now, random, watch, maxAttempts } = context;
  const passed = now.getTime() - since.getTime();
  const absences = primary === null ? 0 : row.absences + 1;
  const again = { ...seen, absences, next_look_at: nextLook(now, row.looks, reconcileRules(watch), random) };
  if (primary === null) {
    const note = 'the members of the set do not agree on a primary';
    if (passed >= watch.timeoutMs && !isLate(row, context)) return timedOut(row, { ...seen, absences }, note);
    return { changes: again, note, refresh: liveMembers(members).map(({ id }) => id) };
  }
  const note = `the primary is in ${primary.region}`;
  if (absences < absencesToConclude || passed < lagMs) {
    return { changes: again, note, refresh: [primary, target].flatMap((key) => key?.id ?? []) };
  }
  if (row.failures >= maxAttempts) {
    return giveUp(row, { ...seen, absences }, `${note}; no attempts left`);
  }
  return {
    changes: {
      ...seen,
      absences,
      state: 'pending',
      unsettled_since: null,
      next_look_at: null,
      not_before: nextCall(row, context),
    },
    note: `read ${absences} times from CCKM, ${note}: called again`,
  };
}

/** Whether KMS has moved it is not known, or not of every member: a retry goes by what is there then. */
function timedOut(row: ReplicaLife, changes: Partial<ReplicaLife>, note: string): Decision {
  const lostAnswer = row.outcome !== 'already_present';
  return end('failed', 'promotion_timeout', { ...changes, lost_answer: lostAnswer }, note);
}
