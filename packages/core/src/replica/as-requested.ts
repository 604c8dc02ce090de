import { type ErrorCode, errorCatalogue } from '../errors/index.ts';
import type { ReplicaErrorView } from '../errors/replica-error.ts';
import { differingFields } from '../plan/diff-requested.ts';
import type { ReplicaDifferenceView } from './difference.ts';
import type { FoundReplica, LookContext } from './found-replica.ts';
import { type Decision, isLate, nextLook, type ReplicaIdentity, type ReplicaLife } from './life.ts';
import { aliasStep } from './make-alias.ts';

/** A difference stands once it was seen for so many waits of first length, milliseconds and looks: CCKM's records lag. */
const standsPolls = 2;
const standsMs = 10_000;
const standsLooks = 3;
/** Looks between two refreshes of the record. */
const looksPerRefresh = 3;
/** The first wait at least, milliseconds: a record that was just read is not read again at once. */
const leastPollMs = 2_000;

/** How a row ends where nothing differs. */
export interface End {
  readonly changes: Partial<ReplicaLife> & Pick<ReplicaLife, 'state'>;
  readonly note: string;
}

/**
 * What becomes of a row whose replica is as far as it can get by itself, once it is compared with the request: it ends well
 * where nothing differs. A missing alias is made. A difference that stays ends the row: `failed` where the replica is ours,
 * since not everything is as requested, though the replica may be used.
 */
export function asRequested(
  life: ReplicaIdentity & ReplicaLife,
  found: FoundReplica,
  context: LookContext,
  end: End,
): Decision {
  const { differences } = found;
  if (differences.length === 0) {
    const ended = { error: null, error_since: null, differs_since: null, alias_due: null, next_look_at: null };
    return { changes: { ...ended, ...end.changes }, note: end.note };
  }
  const { now, watch, random } = context;
  const isFirst = life.differs_since === null;
  const since = life.differs_since ?? now;
  const looks = isFirst ? 1 : life.looks;
  const ours = life.outcome !== 'already_present';
  const standing: Partial<ReplicaLife> = {
    differs_since: since,
    looks,
    ...(life.alias_due === null ? { error: null, error_since: null } : {}),
    ...(ours ? { state: 'creating', usable_at: end.changes.usable_at ? (life.usable_at ?? now) : null } : {}),
  };
  const fields = differingFields(differences).join(', ');
  const lookAgain = (note: string): Decision => {
    const nextLookAt = nextLook(now, looks, { ...watch, pollMs: Math.max(watch.pollMs, leastPollMs) }, random);
    const changes = { ...standing, next_look_at: nextLookAt };
    return looks % looksPerRefresh === 1 ? { changes, note, refresh: [found.id] } : { changes, note };
  };

  const alias = ours ? aliasStep(life, found, since, context) : null;
  if (alias?.step === 'wait') return lookAgain('usable; an alias is not listed yet');
  if (alias?.step === 'call') {
    return { changes: { ...standing, ...alias.changes }, note: 'usable without an alias: add-alias is due' };
  }
  const seenSince = Math.max(since.getTime(), life.alias_called_at?.getTime() ?? 0);
  const stands = looks >= standsLooks && now.getTime() - seenSince >= Math.max(standsMs, standsPolls * watch.pollMs);
  if (!stands || isLate(life, context)) return lookAgain(`usable, but differs in ${fields}; read again`);
  const ended = { ...alias?.changes, differs_since: null, next_look_at: null, error_since: null, diff: differences };
  if (!ours) return { changes: { ...end.changes, ...ended, error: null }, note: `differs in ${fields}` };
  const error = differsError(differences, alias?.error ?? null, standing.usable_at !== null);
  return {
    changes: { ...standing, ...ended, state: 'failed', error },
    note: `differs in ${fields}, and nothing more can be done`,
  };
}

/** Names the fields, the alias that is missing and the cause; of tags, policy and description no content. */
function differsError(
  differences: readonly ReplicaDifferenceView[],
  cause: ReplicaErrorView | null,
  usable: boolean,
): ReplicaErrorView {
  const named = differences.map(({ field, wanted }) =>
    field === 'alias' ? `alias (${String(wanted)} is missing)` : field,
  );
  const why = cause === null ? '' : ` Cause: ${cause.message} (${cause.code})`;
  const start = usable ? errorCatalogue.replica_differs.title : 'The replica exists but differs from the request.';
  return {
    code: 'replica_differs' satisfies ErrorCode,
    message: `${start} Differs in: ${named.join(', ')}.${why}`,
    http_status: cause?.http_status ?? null,
    retryable: false,
    provider_code: cause?.provider_code ?? null,
  };
}
