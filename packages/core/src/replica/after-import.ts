import { backoffDelayMs, errorRule, toReplicaError } from '../errors/index.ts';
import { burnsAttempt, type CallContext, type CallFailure } from './after-replicate.ts';
import { after, type Decision, nextLook, type ReplicaLife } from './life.ts';
import { keptOurs } from './towards-usable.ts';

const importBackoff = { baseMs: 2_000, capMs: 60_000 };

/**
 * CCKM took the import: the replica is looked at until KMS says that the material is there; while `more` materials of a
 * rotated key are to follow, the next one is due first. CCKM's records must show the one before by then, or it is sent
 * again: that ends with the time that the replica has, or it would go on for ever.
 */
export function afterImported(
  { accepted_at: acceptedAt }: Pick<ReplicaLife, 'accepted_at'>,
  { more }: { readonly more: number },
  { now, random, watch }: CallContext,
): Decision {
  const sent: Partial<ReplicaLife> = { import_called_at: now, error: null };
  const inTime = acceptedAt === null || now.getTime() - acceptedAt.getTime() < watch.timeoutMs;
  if (more > 0 && inTime) {
    return {
      changes: { ...sent, imports: 0, not_before: after(now, watch.pollMs) },
      note: `material sent; ${more} more to send`,
    };
  }
  return {
    changes: { ...sent, looks: 0, next_look_at: nextLook(now, 0, watch, random) },
    note: 'material sent; watched until it is usable',
  };
}

/** Refusals that pass: the replica is not ready, CCKM's records lag, or the material came by another way meanwhile. */
const toldByLooking = ['cckm_not_found', 'invalid_state', 'key_pending_import', 'key_creating', 'key_updating'];

/**
 * An import failed. Whatever may have happened is seen by looking: material that is there already, a record of CCKM's that
 * lags and a lost answer all end in a look, which asks for another import only if it is still needed.
 */
export function afterImportRefused(life: ReplicaLife, failure: CallFailure, context: CallContext): Decision {
  const { now, random, maxAttempts, watch } = context;
  const { verdict } = errorRule(failure.code);
  const error = toReplicaError(failure);
  if (failure.code === 'not_sent')
    return { changes: { not_before: now }, note: 'not sent in its slot; gets another slot' };
  const look = failure.mayHaveLanded || verdict === 'reconcile' || toldByLooking.includes(failure.code);
  const imports = life.imports + (burnsAttempt(failure, context) ? 1 : 0);
  if ((verdict === 'final' && !look) || imports >= maxAttempts) {
    return {
      changes: {
        state: 'failed',
        imports,
        error: { ...error, retryable: false },
        next_look_at: null,
        ...keptOurs(life),
      },
      note: 'the replica exists without key material: fix the cause, then retry, or import the material in CCKM',
    };
  }
  if (failure.mayHaveLanded && !burnsAttempt(failure, context)) {
    // No time runs from a call that may never have arrived: it would be taken for an import that came to nothing.
    return {
      changes: { imports, error, looks: 0, next_look_at: nextLook(now, 0, watch, random) },
      note: 'AWS did not answer, and the import may have landed: CCKM is asked',
    };
  }
  if (failure.mayHaveLanded) {
    return {
      changes: { imports, error, import_called_at: now, looks: 0, next_look_at: nextLook(now, 0, watch, random) },
      note: 'the import may have landed: CCKM is asked',
    };
  }
  if (look) {
    return {
      changes: { imports, error, next_look_at: nextLook(now, life.looks, watch, random) },
      note: 'CCKM is asked for its state first',
    };
  }
  const delay = Math.max(failure.retryAfterMs ?? 0, backoffDelayMs(Math.max(1, imports), importBackoff, random));
  return { changes: { imports, error, next_look_at: null, not_before: after(now, delay) }, note: 'retried later' };
}
