import { errorCatalogue, toReplicaError } from '../errors/index.ts';
import { type Decision, nextLook, type ReplicaIdentity, type ReplicaLife, type WatchRules } from './life.ts';

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

/** Waits of first length: how long CCKM may take to import by itself before we do it. */
const importGracePolls = 6;
/** Waits of first length: how long `Enabled` must hold for an EXTERNAL replica when nothing proves its material. */
const settlePolls = 12;
/** The same once `PendingImport` was seen: an `Enabled` just after that may come from a node that lags. */
const settlePollsAfterImport = 4;
/** Waits of first length: how much later than planned a look may be and still end a row for its time. */
const lateLookPolls = 12;

/** What a replica that is there becomes on its way to usable. Its time runs out where it gets no step nearer. */
export function towardsUsable(
  life: ReplicaIdentity & ReplicaLife,
  found: FoundReplica,
  context: LookContext,
): Decision {
  const state = found.keyState;
  if (state === 'Creating' || state === 'Updating' || state === null) {
    return waitOn(life, context, { enabledSince: null }, `found ${state ?? 'without a state'}`);
  }
  if (life.outcome === 'already_present') {
    return {
      changes: { state: 'already_present', error: null, acceptedAt: null, nextLookAt: null },
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

export function waitOn(life: ReplicaLife, context: LookContext, changes: Partial<ReplicaLife>, note: string): Decision {
  const { now, watch, random } = context;
  const since = lastProgress({ ...life, ...changes }) ?? now;
  if (!isLate(life, context) && now.getTime() - since.getTime() >= watch.timeoutMs) {
    return end('failed', 'verify_timeout', { ...changes, lostAnswer: life.outcome !== 'already_present' }, note);
  }
  return { changes: { ...changes, nextLookAt: nextLook(now, life.looks, watch, random) }, note };
}

/** A look that comes late (CCKM or the workers were down) sees what CCKM knew before that: the next one decides. */
export function isLate({ nextLookAt }: ReplicaLife, { now, watch }: Pick<LookContext, 'now' | 'watch'>): boolean {
  return nextLookAt !== null && now.getTime() - nextLookAt.getTime() >= lateLookPolls * watch.pollMs;
}

/** When the replica last came a step nearer: what it waited for a slot or for us is not held against it. */
function lastProgress(life: ReplicaLife): Date | null {
  const steps = [life.acceptedAt, life.pendingImportSince, life.importCalledAt, life.enabledSince];
  return steps.reduce((last, step) => (step !== null && (last === null || step > last) ? step : last), null);
}

/** Ends a row for what was seen. */
export function end(
  state: 'blocked' | 'failed',
  code: 'replica_pending_deletion' | 'verify_timeout' | 'promotion_timeout',
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
