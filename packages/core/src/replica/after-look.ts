import { errorCatalogue, toReplicaError } from '../errors/index.ts';
import {
  type Decision,
  nextLook,
  type ReplicaIdentity,
  type ReplicaLife,
  reconcileRules,
  type WatchRules,
} from './life.ts';

/** A replica as CCKM lists it. */
export interface FoundReplica {
  readonly id: string;
  readonly arn: string | null;
  readonly keyState: string | null;
  /** EXTERNAL: whether CCKM's rotation records say that material was imported; null when they say nothing. */
  readonly materialImported: boolean | null;
  /** EXTERNAL: the last error of CCKM's own import, if it says one. */
  readonly importError: string | null;
  /** False: it is another row's by our own records, or older than this row, so that no call for this row has made it. */
  readonly mayBeOurs: boolean;
}

export interface LookContext {
  readonly now: Date;
  readonly random: () => number;
  readonly watch: WatchRules;
  /** The plan wants material imported into EXTERNAL replicas. */
  readonly importMaterial: boolean;
  /** Calls that may fail before the row does. */
  readonly maxAttempts: number;
}

/** Reads in a row that must miss a replica before it counts as absent: one may come from a cluster node that lags. */
export const absencesToConclude = 3;
/** Nor does it count as absent so soon after the call, milliseconds: records lag, and work may land after its answer was lost. */
const lagMs = 2_000;
/** Waits of first length: how long CCKM may take to import by itself before we do it. */
const importGracePolls = 6;
/** Waits of first length: how long `Enabled` must hold for an EXTERNAL replica when nothing proves its material. */
const settlePolls = 12;
/** The same once `PendingImport` was seen: an `Enabled` just after that may come from a node that lags. */
const settlePollsAfterImport = 4;
/** Waits of first length: how much later than planned a look may be and still end a row for its time. */
const lateLookPolls = 12;

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
    replicaKeyId: found.id,
    replicaArn: found.arn ?? row.replicaArn,
    keyState: found.keyState,
    looks: row.looks + 1,
    absences: 0,
  };
  if (found.keyState !== null && deleting.includes(found.keyState)) {
    return end('blocked', 'replica_pending_deletion', seen, `found ${found.keyState}`);
  }
  const settled = row.unsettledSince === null ? {} : settle(row, found, context);
  const life = { ...row, ...seen, ...settled };
  const decision = towardsUsable(life, found, context);
  return { changes: { ...seen, ...settled, ...decision.changes }, note: decision.note };
}

/** Whose replica was found after a call of which we did not know the outcome. */
function settle(row: ReplicaLife, { mayBeOurs }: FoundReplica, { now }: LookContext): Partial<ReplicaLife> {
  return {
    state: 'creating',
    outcome: row.lostAnswer && mayBeOurs ? 'adopted' : 'already_present',
    unsettledSince: null,
    lookFirst: false,
    error: null,
    errorSince: null,
    acceptedAt: now,
    looks: 0,
  };
}

function towardsUsable(life: ReplicaIdentity & ReplicaLife, found: FoundReplica, context: LookContext): Decision {
  const state = found.keyState;
  if (state === 'Creating' || state === 'Updating' || state === null) {
    return waitOn(life, context, { enabledSince: null }, `found ${state ?? 'without a state'}`);
  }
  if (life.outcome === 'already_present') {
    return {
      changes: { state: 'already_present', error: null, nextLookAt: null },
      note: `somebody else's replica is there: ${state}`,
    };
  }
  if (state === 'PendingImport') return withoutMaterial(life, found, context);
  if (state !== 'Enabled') return waitOn(life, context, { enabledSince: null }, `found ${state}`);
  return life.origin === 'EXTERNAL' ? externalEnabled(life, found, context) : usable(context.now, 'Enabled');
}

function usable(now: Date, note: string): Decision {
  return { changes: { state: 'succeeded', error: null, errorSince: null, usableAt: now, nextLookAt: null }, note };
}

/** An EXTERNAL replica that has no material: CCKM may be about to import it; after a grace it is imported by us. */
function withoutMaterial(life: ReplicaLife, found: FoundReplica, context: LookContext): Decision {
  const { now, watch } = context;
  if (!context.importMaterial) {
    return {
      changes: { state: 'succeeded', error: null, nextLookAt: null },
      note: 'created without key material, as the plan asks; import it before use',
    };
  }
  const since = life.pendingImportSince ?? now;
  const importing: Partial<ReplicaLife> = { state: 'importing', pendingImportSince: since, enabledSince: null };
  const ours = life.importCalledAt;
  const waitFrom = ours !== null && ours > since ? ours : since;
  // Longer each time, since CCKM took it and it may yet arrive; a material that was taken and did not has failed.
  const grace = importGracePolls * 1.5 ** Math.min(life.imports, 8) * watch.pollMs;
  const graceOver = now.getTime() - waitFrom.getTime() >= grace;
  if (graceOver && ours !== null) importing.imports = life.imports + 1;
  if ((importing.imports ?? 0) >= context.maxAttempts) {
    return end('failed', 'verify_timeout', { ...importing, lostAnswer: true }, 'PendingImport after every import');
  }
  if (graceOver || (found.importError !== null && ours === null)) {
    return {
      changes: { ...importing, nextLookAt: null, notBefore: now },
      note: found.importError === null ? 'PendingImport: material is imported' : 'CCKM could not import: done by us',
    };
  }
  return waitOn(life, context, importing, 'PendingImport: CCKM may import by itself');
}

/**
 * CCKM says `Enabled` for an EXTERNAL replica before it has asked AWS once: it is believed with the proof of its rotation
 * records, or with time where it has none; never against them.
 */
function externalEnabled(life: ReplicaLife, found: FoundReplica, context: LookContext): Decision {
  const { now, watch } = context;
  if (found.materialImported === true) return usable(now, 'Enabled, and its material is imported');
  const since = life.enabledSince ?? now;
  if (found.materialImported === false) {
    return waitOn(life, context, { enabledSince: null }, 'Enabled, but its rotation records say: not imported');
  }
  const polls = life.pendingImportSince === null ? settlePolls : settlePollsAfterImport;
  const stayed = life.enabledSince !== null && now.getTime() - since.getTime() >= polls * watch.pollMs;
  if (stayed) return usable(now, 'Enabled, and stayed so');
  return waitOn(
    life,
    context,
    { enabledSince: since },
    'Enabled, not yet proved: CCKM says so before it has asked AWS',
  );
}

function waitOn(life: ReplicaLife, context: LookContext, changes: Partial<ReplicaLife>, note: string): Decision {
  const { now, watch, random } = context;
  const since = lastProgress({ ...life, ...changes }) ?? now;
  if (!isLate(life, context) && now.getTime() - since.getTime() >= watch.timeoutMs) {
    return end('failed', 'verify_timeout', { ...changes, lostAnswer: life.outcome !== 'already_present' }, note);
  }
  return { changes: { ...changes, nextLookAt: nextLook(now, life.looks, watch, random) }, note };
}

/** A look that comes late (CCKM or the workers were down) sees what CCKM knew before that: the next one decides. */
function isLate({ nextLookAt }: ReplicaLife, { now, watch }: LookContext): boolean {
  return nextLookAt !== null && now.getTime() - nextLookAt.getTime() >= lateLookPolls * watch.pollMs;
}

/** When the replica last came a step nearer: what it waited for a slot or for us is not held against it. */
function lastProgress(life: ReplicaLife): Date | null {
  const steps = [life.acceptedAt, life.pendingImportSince, life.importCalledAt, life.enabledSince];
  return steps.reduce((last, step) => (step !== null && (last === null || step > last) ? step : last), null);
}

function absent(row: ReplicaIdentity & ReplicaLife, context: LookContext): Decision {
  const { now, watch, random } = context;
  const absences = row.absences + 1;
  const missed = { looks: row.looks + 1, absences };
  if (row.unsettledSince === null) return waitOn({ ...row, ...missed }, context, missed, 'not listed yet');
  const lookAgain: Partial<ReplicaLife> = {
    ...missed,
    nextLookAt: nextLook(now, row.looks, reconcileRules(watch), random),
  };
  const tooSoon = now.getTime() - row.unsettledSince.getTime() < lagMs;
  if (absences < absencesToConclude || tooSoon) return { changes: lookAgain, note: 'not listed' };
  if (row.error?.code === 'already_exists' || row.error?.code === 'cckm_conflict') {
    // Its time runs from the first synchronisation, whenever that could be asked for.
    const since = absences === absencesToConclude ? now : row.unsettledSince;
    if (now.getTime() - since.getTime() < watch.timeoutMs || isLate(row, context)) {
      return {
        changes: { ...lookAgain, unsettledSince: since },
        note: 'AWS has a replica that CCKM does not list: synchronised',
        synchronize: true,
      };
    }
    return giveUp(row, missed, 'AWS has a replica that CCKM does not list, even after a synchronisation');
  }
  if (row.error?.code === 'alias_taken') return giveUp(row, missed, 'the alias is taken and there is no replica');
  if (row.failures >= context.maxAttempts)
    return giveUp(row, missed, 'no replica is there, and the attempts are used up');
  return {
    changes: { ...missed, state: 'pending', unsettledSince: null, nextLookAt: null, notBefore: now },
    note: `CCKM was asked ${absences} times and has no replica there: called again`,
  };
}

/** Ends a row with the error that it carries. */
function giveUp(row: ReplicaLife, changes: Partial<ReplicaLife>, note: string): Decision {
  const error = row.error && { ...row.error, retryable: false };
  return {
    changes: { ...changes, state: 'failed', error, errorSince: null, unsettledSince: null, nextLookAt: null },
    note,
  };
}

function end(
  state: 'blocked' | 'failed',
  code: 'replica_pending_deletion' | 'verify_timeout',
  changes: Partial<ReplicaLife>,
  seen: string,
): Decision {
  const { title } = errorCatalogue[code];
  const error = toReplicaError({ code, message: `${title} (${seen})`, httpStatus: null, providerCode: null });
  return {
    changes: { ...changes, state, error, errorSince: null, unsettledSince: null, nextLookAt: null },
    note: seen,
  };
}
