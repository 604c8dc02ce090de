import { type ErrorCode, errorRule } from '../errors/index.ts';
import type { ReplicaErrorView } from '../errors/replica-error.ts';
import { withoutAliasPrefix } from '../keys/alias-name.ts';
import type { FoundReplica, LookContext } from './found-replica.ts';
import { isLate, type ReplicaLife } from './life.ts';

/** How long a replica must lack an alias that replicate-key was to make, in waits of first length and milliseconds at least. */
const alonePolls = 1;
/** The same for an alias that an accepted add-alias was to make; half as much again after each call that came to nothing. */
const calledPolls = 2;
const leastMs = 2_000;

/** What is to be done about the aliases that a usable replica lacks. */
export type AliasStep =
  /** CCKM's records lag: look again. */
  | { readonly step: 'wait'; readonly changes: Partial<ReplicaLife> }
  /** add-alias is due. */
  | { readonly step: 'call'; readonly changes: Partial<ReplicaLife> }
  /** None is missing, or no call would make it. */
  | { readonly step: 'none'; readonly changes: Partial<ReplicaLife>; readonly error: ReplicaErrorView | null };

/**
 * The next step towards the aliases that are missing, one after the other. Each has `maxAttempts` calls; one that is
 * refused for good ends them. `since` is when the replica was first seen to lack something.
 */
export function aliasStep(
  life: ReplicaLife,
  { differences }: Pick<FoundReplica, 'differences'>,
  since: Date,
  context: Pick<LookContext, 'now' | 'watch' | 'maxAttempts'>,
): AliasStep {
  const { now, watch, maxAttempts } = context;
  const missing = differences.flatMap(({ field, wanted }) =>
    field === 'alias' ? [withoutAliasPrefix(String(wanted))] : [],
  );
  const awaited = life.alias_due !== null && missing.includes(life.alias_due);
  const made = life.alias_due !== null && !awaited;
  // What stands in `error` before the first alias is due is about the calls before.
  const error = awaited ? life.error : null;
  const target = awaited ? life.alias_due : (missing[0] ?? null);
  if (target === null) return { step: 'none', changes: { alias_due: null, alias_called_at: null }, error: null };
  if (isFutile(error)) return { step: 'none', changes: {}, error };

  const called = awaited ? life.alias_called_at : null;
  const polls = called === null ? alonePolls : calledPolls * 1.5 ** Math.min(life.alias_calls, 6);
  const over = now.getTime() - (called ?? since).getTime() >= Math.max(leastMs, polls * watch.pollMs);
  if ((!over && !made) || isLate(life, context)) return { step: 'wait', changes: {} };
  // CCKM accepted the call, and nothing came of it. A call that failed was counted then.
  const cameToNothing = called !== null && error === null ? 1 : 0;
  const aliasCalls = awaited ? Math.min(life.alias_calls + cameToNothing, maxAttempts) : 0;
  if (aliasCalls >= maxAttempts) return { step: 'none', changes: { alias_calls: aliasCalls }, error };
  const notBefore = life.not_before > now ? life.not_before : now;
  const due = {
    alias_due: target,
    alias_calls: aliasCalls,
    alias_called_at: null,
    error,
    next_look_at: null,
    not_before: notBefore,
  };
  return { step: 'call', changes: due };
}

const taken: readonly ErrorCode[] = ['alias_taken', 'already_exists', 'cckm_conflict'];

/** Whether a refusal says that some key has the alias already. */
export function saysTaken(code: ErrorCode): boolean {
  return taken.includes(code);
}

/** Whether the last add-alias was refused in a way that another call cannot pass. */
function isFutile(error: ReplicaErrorView | null): boolean {
  if (error === null || error.retryable) return false;
  const code = error.code as ErrorCode;
  return taken.includes(code) || errorRule(code)?.verdict === 'final';
}
