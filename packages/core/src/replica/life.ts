import type { ReplicaErrorView } from '../errors/replica-error.ts';
import type { PlanOperation } from '../plan/life.ts';
import type { ReplicaDifferenceView } from './difference.ts';
import type { ReplicaOutcome, ReplicaState } from './states.ts';

/** The part of a replica row that changes while it is worked on. Times are null until they happen. */
export interface ReplicaLife {
  state: ReplicaState;
  outcome: ReplicaOutcome | null;
  replica_key_id: string | null;
  replica_arn: string | null;
  key_state: string | null;
  /** replicate-key calls made. */
  attempts: number;
  /** Calls that count against `max_attempts`. */
  failures: number;
  error: ReplicaErrorView | null;
  /** When the present run of one briefly-retried error began. */
  error_since: Date | null;
  /** A pending row, or one that waits for a slot to import or for its alias, is not released before this time. */
  not_before: Date;
  /** A replicate-key call may have landed, and CCKM has not been asked yet. */
  unsettled_since: Date | null;
  /** CCKM is asked for the replica before replicate-key is called. */
  look_first: boolean;
  /** An answer of ours was lost once: a replica that is found is ours. */
  lost_answer: boolean;
  /** When the last call ended that may have made the replica without our knowing: of several rows the newest claims it. */
  lost_call_at: Date | null;
  /** Promotions: the call was made by the replica's id too, since the primary's was refused. */
  asked_by_replica: boolean;
  /** When the row is next looked at in CCKM; null: it is not watched. */
  next_look_at: Date | null;
  looks: number;
  absences: number;
  enabled_since: Date | null;
  pending_import_since: Date | null;
  import_called_at: Date | null;
  /** import-material calls that failed, or were taken and came to nothing, since material last got on. */
  imports: number;
  /** Since when the replica is seen to lack a requested setting, though it is far enough to have it. */
  differs_since: Date | null;
  /** The alias that is being made, without its `alias/`: due, called or awaited. */
  alias_due: string | null;
  /** When CCKM accepted add-alias for it, or may have; null: no such call waits to be seen. */
  alias_called_at: Date | null;
  /** add-alias calls for it that failed, or were accepted and came to nothing. */
  alias_calls: number;
  /** In what the replica differs from the request, once the row has ended; null: in nothing, or there is none. */
  diff: readonly ReplicaDifferenceView[] | null;
  accepted_at: Date | null;
  usable_at: Date | null;
}

/** What identifies a replica row. Key id, ARN, lane and Region of the primary change where the primary of its set moves. */
export interface ReplicaIdentity {
  readonly id: string;
  readonly plan_id: string;
  readonly lane_id: string;
  readonly operation: PlanOperation;
  readonly key_id: string;
  readonly mrk: string;
  readonly key_arn: string | null;
  /** CCKM ids and ARNs by which the plan's overrides know the key; null: by its key id and ARN. */
  readonly named_as: readonly string[] | null;
  readonly alias: string | null;
  readonly origin: string | null;
  readonly account: string;
  readonly primary_region: string;
  readonly region: string;
}

/** What is to be changed on a row, and why, for the attempt log. */
export interface Decision {
  readonly changes: Partial<ReplicaLife>;
  readonly note: string;
  /** CCKM should read from AWS what is there in this account and Region. */
  readonly synchronize?: boolean;
  /** CCKM ids of keys that it should read from AWS anew. */
  readonly refresh?: readonly string[];
}

/** How a replica is watched. */
export interface WatchRules {
  /** Between looks, at first. */
  readonly pollMs: number;
  /** From acceptance to usable, at most. */
  readonly timeoutMs: number;
}

export function after(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms);
}

/** The longest first pause when it is only asked whether a call landed: CCKM's own list answers that. */
const reconcilePollMs = 2_000;

/** The rules for a row of which it is not known whether its call landed: the answer is near, so is the next look. */
export function reconcileRules(watch: WatchRules): WatchRules {
  return { ...watch, pollMs: Math.min(watch.pollMs, reconcilePollMs) };
}

/**
 * When look number `looks` + 1 is due: a fifth of the first wait's length after the one before, then half as much again
 * each time, to 12 times that length, spread by a tenth. Rounded up to quarters of it, so that rows of one place fall due
 * together and share a request.
 */
export function nextLook(now: Date, looks: number, { pollMs }: WatchRules, random: () => number): Date {
  const wait = Math.min(12, 1.5 ** looks / 5) * pollMs * (0.9 + 0.2 * random());
  const grid = pollMs / 4;
  return new Date(Math.ceil((now.getTime() + wait) / grid) * grid);
}

/** Waits of first length: how much later than planned a look may be and still end a row for its time. */
const lateLookPolls = 12;

/** A look that comes late (CCKM or the workers were down) sees what CCKM knew before that: the next one decides. */
export function isLate(
  { next_look_at: nextLookAt }: ReplicaLife,
  { now, watch }: { readonly now: Date; readonly watch: WatchRules },
): boolean {
  return nextLookAt !== null && now.getTime() - nextLookAt.getTime() >= lateLookPolls * watch.pollMs;
}
