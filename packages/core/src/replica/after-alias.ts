import { backoffDelayMs, errorRule, toReplicaError } from '../errors/index.ts';
import { burnsAttempt, type CallContext, type CallFailure } from './after-replicate.ts';
import { after, type Decision, nextLook, type ReplicaLife } from './life.ts';
import { saysTaken } from './make-alias.ts';

const aliasBackoff = { baseMs: 2_000, capMs: 60_000 };

/** Who has an alias that KMS says is taken, by what CCKM lists. */
export type AliasHolder =
  | { readonly who: 'this replica' }
  | { readonly who: 'another key'; readonly name: string }
  | { readonly who: 'not listed' };

/** CCKM accepted add-alias: the replica is read until it shows the alias. */
export function afterAliased({ now, random, watch }: CallContext): Decision {
  return {
    changes: { alias_called_at: now, error: null, looks: 0, next_look_at: nextLook(now, 0, watch, random) },
    note: 'alias accepted; watched until the replica shows it',
  };
}

/** Refusals that pass: the replica is not ready, or CCKM's records lag. */
const passes = ['cckm_not_found', 'key_not_found', 'invalid_state', 'key_creating', 'key_updating'];

/**
 * add-alias failed. What may have happened is read back; a refusal that stays ends the row at the next look, with the
 * difference. `holder` is read where the refusal says that the alias is taken.
 * Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
 */
export function afterAliasRefused(
  life: ReplicaLife,
  failure: CallFailure,
  context: CallContext,
  holder: AliasHolder | null,
): Decision {
  const { now, random, watch } = context;
  if (failure.code === 'not_sent')
    return { changes: { not_before: now }, note: 'not sent in its slot; gets another slot' };
  const passing = passes.includes(failure.code);
  const aliasCalls = life.alias_calls + (passing || burnsAttempt(failure, context) ? 1 : 0);
  // By the error alone: a text that names CreateAlias names the call that was refused.
  const { verdict, mayHaveLanded } = errorRule(failure.code);
  const error = toReplicaError(failure);
  const refused = { alias_calls: aliasCalls, error: { ...error, retryable: false } };
  if (saysTaken(failure.code) && holder !== null) {
    return {
      changes: { ...refused, ...takenBy(holder, failure, refused.error, context) },
      note: `alias taken by ${nameOf(holder)}`,
    };
  }
  if (mayHaveLanded || verdict === 'reconcile') {
    return {
      changes: {
        alias_calls: aliasCalls,
        error: { ...error, retryable: true },
        alias_called_at: now,
        looks: 0,
        next_look_at: nextLook(now, 0, watch, random),
      },
      note: 'add-alias may have landed: the replica is read first',
    };
  }
  const delay = Math.max(failure.retryAfterMs ?? 0, backoffDelayMs(Math.max(1, aliasCalls), aliasBackoff, random));
  const notBefore = after(now, delay);
  if (aliasCalls >= context.maxAttempts || (verdict === 'final' && !passing)) {
    return {
      changes: { ...refused, next_look_at: now },
      note: 'add-alias refused for good: the replica is read once more',
    };
  }
  if (passing) {
    return {
      changes: {
        alias_calls: aliasCalls,
        error: { ...error, retryable: true },
        not_before: notBefore,
        next_look_at: nextLook(now, life.looks, watch, random),
      },
      note: 'the state of the replica is read first',
    };
  }
  return {
    changes: { alias_calls: aliasCalls, error, next_look_at: null, not_before: notBefore },
    note: 'add-alias is retried later',
  };
}

function takenBy(
  holder: AliasHolder,
  failure: CallFailure,
  error: NonNullable<ReplicaLife['error']>,
  { now, random, watch }: CallContext,
): Partial<ReplicaLife> {
  switch (holder.who) {
    case 'this replica':
      return { error: null, next_look_at: now };
    case 'another key':
      return {
        error: { ...error, message: `The alias belongs to ${holder.name}. ${failure.message}` },
        next_look_at: now,
      };
    case 'not listed':
      // It may be this replica's: CCKM's record of it may lag.
      return { alias_called_at: now, looks: 0, next_look_at: nextLook(now, 0, watch, random) };
  }
}

function nameOf(holder: AliasHolder): string {
  if (holder.who === 'another key') return holder.name;
  return holder.who === 'this replica' ? 'this replica: it is there' : 'a key that CCKM does not list';
}
