import { backoffDelayMs, type ErrorCode, errorCatalogue, errorRule } from '../errors/index.ts';
import type { FoundReplica, LookContext } from './found-replica.ts';
import {
  after,
  type Decision,
  isLate,
  nextLook,
  type ReplicaIdentity,
  type ReplicaLife,
  reconcileRules,
} from './life.ts';
import { end, towardsUsable, waitOn } from './towards-usable.ts';

/** Reads in a row that must miss a replica before it counts as absent: one may come from a cluster node that lags. */
export const absencesToConclude = 3;
/** Nor does it count as absent so soon after the call, milliseconds: records lag, and work may land after its answer was lost. */
export const lagMs = 2_000;

/** Calls that must be refused for good, with nothing there, where one such refusal may be of the alias alone. */
const refusalsToConclude = 2;

/** Waits before a call that got no answer from AWS is made again, milliseconds. */
const unreachedBackoff = { baseMs: 500, capMs: 30_000 };

const deleting = ['PendingDeletion', 'PendingReplicaDeletion'];

/**
 * What a watched replica becomes after a look at CCKM. The same function settles a lost answer, `AlreadyExists`, and a
 * replica on its way to usable, since all three ask one question: what is there?
 */
export function afterLook(
  row: ReplicaIdentity & ReplicaLife,
  found: FoundReplica | null,
  context: LookContext,
): Decision {
  if (found === null) return absent(row, context);
  const seen: Partial<ReplicaLife> = {
    replica_key_id: found.id,
    replica_arn: found.arn ?? row.replica_arn,
    key_state: found.keyState,
    looks: row.looks + 1,
    absences: 0,
  };
  if (found.keyState !== null && deleting.includes(found.keyState)) {
    return end('blocked', 'replica_pending_deletion', seen, `found ${found.keyState}`);
  }
  const settled = row.unsettled_since === null ? {} : settle(row, found, context);
  const life = { ...row, ...seen, ...settled };
  const decision = towardsUsable(life, found, context);
  return { ...decision, changes: { ...seen, ...settled, ...decision.changes } };
}

/** Whose replica was found after a call of which we did not know the outcome. */
function settle(row: ReplicaLife, { mayBeOurs }: FoundReplica, { now }: LookContext): Partial<ReplicaLife> {
  return {
    state: 'creating',
    outcome: row.lost_answer && mayBeOurs ? 'adopted' : 'already_present',
    unsettled_since: null,
    look_first: false,
    error: null,
    error_since: null,
    accepted_at: now,
    looks: 0,
  };
}

function absent(row: ReplicaIdentity & ReplicaLife, context: LookContext): Decision {
  const { now, watch, random } = context;
  const absences = row.absences + 1;
  const missed = { looks: row.looks + 1, absences };
  if (row.unsettled_since === null) return waitOn({ ...row, ...missed }, context, missed, 'not listed yet');
  const lookAgain: Partial<ReplicaLife> = {
    ...missed,
    next_look_at: nextLook(now, row.looks, reconcileRules(watch), random),
  };
  const tooSoon = now.getTime() - row.unsettled_since.getTime() < lagMs;
  if (absences < absencesToConclude || tooSoon) return { changes: lookAgain, note: 'not listed' };
  if (row.error?.code === 'already_exists' || row.error?.code === 'cckm_conflict') {
    // Its time runs from the first synchronisation, whenever that could be asked for.
    const since = absences === absencesToConclude ? now : row.unsettled_since;
    const { failedSynchronization: failed = null } = context;
    if (failed !== null && absences > absencesToConclude && failed.at.getTime() >= since.getTime() - lagMs) {
      const message = `${row.error.message} The synchronisation of this account and Region failed: ${failed.said}`;
      return giveUp({ ...row, error: { ...row.error, message } }, missed, 'the synchronisation failed: given up');
    }
    if (now.getTime() - since.getTime() < watch.timeoutMs || isLate(row, context)) {
      return {
        changes: { ...lookAgain, unsettled_since: since },
        note: 'AWS has a replica that CCKM does not list: synchronised',
        synchronize: true,
      };
    }
    return giveUp(row, missed, 'AWS has a replica that CCKM does not list, even after a synchronisation');
  }
  if (row.error?.code === 'alias_taken') return giveUp(row, missed, 'the alias is taken and there is no replica');
  // One more call: should the replica be there and not be listed yet, KMS says so.
  const refused = row.error !== null && errorRule(row.error.code as ErrorCode)?.verdict === 'final';
  if (refused && row.failures >= Math.min(refusalsToConclude, context.maxAttempts))
    return giveUp(row, missed, 'refused again, and no replica found');
  if (row.failures >= context.maxAttempts) return giveUp(row, missed, 'no replica found, and no attempts left');
  return {
    changes: {
      ...missed,
      state: 'pending',
      unsettled_since: null,
      next_look_at: null,
      not_before: nextCall(row, context),
    },
    note: `read ${absences} times from CCKM, no replica found: called again`,
  };
}

/** What uses up no attempts never ends by them: its calls grow rare instead, or one key alone would be called for ever. */
export function nextCall({ error, attempts }: ReplicaLife, { now, random }: Pick<LookContext, 'now' | 'random'>): Date {
  const rule = error && Object.hasOwn(errorCatalogue, error.code) ? errorRule(error.code as ErrorCode) : null;
  if (rule?.burnsAttempt !== false) return now;
  return after(now, backoffDelayMs(attempts, unreachedBackoff, random));
}

/** Ends a row with the error that it carries. */
export function giveUp(row: ReplicaLife, changes: Partial<ReplicaLife>, note: string): Decision {
  const error = row.error && { ...row.error, retryable: false };
  return {
    changes: { ...changes, state: 'failed', error, error_since: null, unsettled_since: null, next_look_at: null },
    note,
  };
}
