import { errorCatalogue, toReplicaError } from '../errors/index.ts';
import { asRequested } from './as-requested.ts';
import type { FoundReplica, LookContext } from './found-replica.ts';
import { type Decision, isLate, nextLook, type ReplicaIdentity, type ReplicaLife } from './life.ts';

/** Waits of first length: how long CCKM may take to import by itself before we do it. */
const importGracePolls = 6;
/** Waits of first length: how long `Enabled` must hold for an EXTERNAL replica when nothing proves its material. */
const settlePolls = 12;
/** The same once `PendingImport` was seen: an `Enabled` just after that may come from a node that lags. */
const settlePollsAfterImport = 4;

/** What a replica that is there becomes on its way to usable. Its time runs out where it gets no step nearer. */
export function towardsUsable(
  life: ReplicaIdentity & ReplicaLife,
  found: FoundReplica,
  context: LookContext,
): Decision {
  const state = found.keyState;
  if (state === 'Creating' || state === 'Updating' || state === null) {
    return waitOn(life, context, notUsable, `found ${state ?? 'without a state'}`);
  }
  if (life.outcome === 'already_present') return thereAlready(life, found, context);
  if (state === 'PendingImport') return withoutMaterial(life, found, context);
  if (state !== 'Enabled') return waitOn(life, context, notUsable, `found ${state}`);
  return life.origin === 'EXTERNAL' ? externalEnabled(life, found, context) : usable(life, found, context, 'Enabled');
}

/**
 * A replica that this plan did not create ends its row unchanged, in any state: but where the plan imports material it is
 * not done without. KMS takes no other material into it than its primary's, which is what the plan asks for.
 */
function thereAlready(life: ReplicaIdentity & ReplicaLife, found: FoundReplica, context: LookContext): Decision {
  const state = found.keyState;
  const imports = context.importMaterial && (life.origin === 'EXTERNAL' || state === 'PendingImport');
  if (imports && state === 'PendingImport') return withoutMaterial(life, found, context);
  if (imports && state === 'Enabled') {
    const decision = externalEnabled(life, found, context);
    // What was seen without material has become usable by this row: it has more to say than that it was there.
    if (decision.changes.state !== 'succeeded' || life.state === 'importing') return decision;
  } else if (life.state === 'importing') return waitOn(life, context, notUsable, `found ${state}`);
  return asRequested(life, found, context, {
    changes: { state: 'already_present', accepted_at: null },
    note: `found a replica that this plan did not create: ${state}`,
  });
}

const notUsable: Partial<ReplicaLife> = { enabled_since: null, usable_at: null, differs_since: null };

function usable(
  life: ReplicaIdentity & ReplicaLife,
  found: FoundReplica,
  context: LookContext,
  note: string,
): Decision {
  const usableAt = life.usable_at ?? context.now;
  return asRequested(life, found, context, { changes: { state: 'succeeded', usable_at: usableAt }, note });
}

/** An EXTERNAL replica that has no material: CCKM may be about to import it; after a grace it is imported by us. */
function withoutMaterial(life: ReplicaIdentity & ReplicaLife, found: FoundReplica, context: LookContext): Decision {
  const { now, watch } = context;
  if (!context.importMaterial) {
    return asRequested(life, found, context, {
      changes: { state: 'succeeded', usable_at: null },
      note: 'created without key material, as planned; import it before use',
    });
  }
  const since = life.pending_import_since ?? now;
  const importing: Partial<ReplicaLife> = { ...notUsable, state: 'importing', pending_import_since: since };
  const ours = life.import_called_at;
  const waitFrom = ours !== null && ours > since ? ours : since;
  // Longer each time, since CCKM took it and it may yet arrive; a material that was taken and did not has failed.
  const grace = importGracePolls * 1.5 ** Math.min(life.imports, 8) * watch.pollMs;
  const graceOver = now.getTime() - waitFrom.getTime() >= grace;
  if (graceOver && ours !== null) importing.imports = life.imports + 1;
  if ((importing.imports ?? 0) >= context.maxAttempts) {
    return end('failed', 'material_missing', { ...importing, ...keptOurs(life) }, 'PendingImport after every import');
  }
  if (graceOver || (found.importError !== null && ours === null)) {
    return {
      changes: { ...importing, next_look_at: null, not_before: now },
      note:
        found.importError === null
          ? 'PendingImport: importing the material'
          : 'CCKM could not import: Keyferry imports the material',
    };
  }
  return waitOn(life, context, importing, 'PendingImport: CCKM may import by itself');
}

/**
 * CCKM says `Enabled` for an EXTERNAL replica before it has asked AWS once: it is believed with the proof of its rotation
 * records, or with time where it has none; never against them.
 */
function externalEnabled(life: ReplicaIdentity & ReplicaLife, found: FoundReplica, context: LookContext): Decision {
  const { now, watch } = context;
  if (found.materialImported === true) return usable(life, found, context, 'Enabled, and its material is imported');
  const since = life.enabled_since ?? now;
  if (found.materialImported === false) {
    return waitOn(life, context, notUsable, 'Enabled, but its rotation records say: not imported');
  }
  const polls = life.pending_import_since === null ? settlePolls : settlePollsAfterImport;
  const stayed = life.enabled_since !== null && now.getTime() - since.getTime() >= polls * watch.pollMs;
  if (stayed) return usable(life, found, context, 'Enabled, and stayed Enabled');
  return waitOn(
    life,
    context,
    { enabled_since: since },
    'Enabled, not proven yet: CCKM reports this before it has asked AWS',
  );
}

export function waitOn(life: ReplicaLife, context: LookContext, changes: Partial<ReplicaLife>, note: string): Decision {
  const { now, watch, random } = context;
  const since = lastProgress({ ...life, ...changes }) ?? now;
  if (!isLate(life, context) && now.getTime() - since.getTime() >= watch.timeoutMs) {
    return end('failed', 'verify_timeout', { ...changes, ...keptOurs(life) }, note);
  }
  return { changes: { ...changes, next_look_at: nextLook(now, life.looks, watch, random) }, note };
}

/** A row that ends without its replica in use knows whose that is, should it be retried. */
export function keptOurs({ lost_answer: lostAnswer, outcome }: ReplicaLife): Pick<ReplicaLife, 'lost_answer'> {
  return { lost_answer: lostAnswer || outcome !== 'already_present' };
}

/** When the replica last came a step nearer: what it waited for a slot or for us is not held against it. */
function lastProgress(life: ReplicaLife): Date | null {
  const {
    accepted_at: acceptedAt,
    pending_import_since: pendingImportSince,
    import_called_at: importCalledAt,
    enabled_since: enabledSince,
    differs_since: differsSince,
    alias_called_at: aliasCalledAt,
  } = life;
  const steps = [acceptedAt, pendingImportSince, importCalledAt, enabledSince, differsSince, aliasCalledAt];
  return steps.reduce((last, step) => (step !== null && (last === null || step > last) ? step : last), null);
}

/** Ends a row for what was seen. */
export function end(
  state: 'blocked' | 'failed',
  code: 'replica_pending_deletion' | 'material_missing' | 'verify_timeout' | 'promotion_timeout',
  changes: Partial<ReplicaLife>,
  seen: string,
): Decision {
  const { title } = errorCatalogue[code];
  const error = toReplicaError({ code, message: `${title} (${seen})`, httpStatus: null, providerCode: null });
  return {
    changes: { ...changes, state, error, error_since: null, unsettled_since: null, next_look_at: null },
    note: seen,
  };
}
