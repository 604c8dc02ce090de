import { errorRule } from '../../../packages/core/src/errors/index.ts';
import type { CallFailure } from '../../../packages/core/src/replica/after-replicate.ts';
import type { ReplicaLife } from '../../../packages/core/src/replica/life.ts';
import { isTerminalReplicaState, replicaTransitions } from '../../../packages/core/src/replica/states.ts';
import { isDueForSlot, type ModelRow } from './row.ts';
import { pollMs, readsThatProveAbsence, type World } from './world.ts';

/** What a plan asks for. */
export interface PlanRules {
  readonly importMaterial: boolean;
  readonly maxAttempts: number;
  readonly withAlias: boolean;
}

/** A call of ours that may have landed, and what CCKM has been asked since. */
interface OpenCall {
  missesInARow: number;
  asked: boolean;
  /** It was answered, or a person retries: one look before the next call is enough. */
  onceIsEnough: boolean;
}

/** The longest that a row may rest before it goes on by itself: the longest Retry-After and the longest backoff. */
const longestRestMs = 10 * 60_000;

/** What Keyferry promises of every row at every step, checked against what the world knows to be true. */
export class Promises {
  readonly #world: World;
  readonly #plan: PlanRules;
  readonly #trail: string[] = [];
  #open: OpenCall | null = null;
  /** An answer of ours was lost at some time, or a worker was: a replica that is there may be ours. */
  #doubted = false;
  #accepted: number | null = null;
  #calls = 0;
  #deaths = 0;
  /** What the last look was shown was true, as far as CCKM's contract goes. */
  #shownTruth = true;

  constructor(world: World, plan: PlanRules) {
    this.#world = world;
    this.#plan = plan;
  }

  /** A worker that holds the row to call replicate-key is gone: nobody can know whether it had called. */
  doubt(): void {
    this.#doubted = true;
    this.#deaths += 1;
  }

  retried(): void {
    if (this.#open) this.#open = { missesInARow: 0, asked: false, onceIsEnough: true };
  }

  asked(found: boolean): void {
    if (!this.#open) return;
    this.#open.asked = true;
    this.#open.missesInARow = found ? 0 : this.#open.missesInARow + 1;
  }

  /** replicate-key is called now. */
  called(row: ModelRow): void {
    const open = this.#open;
    this.#trail.push(`+${this.#seconds} replicate-key is called`);
    if (open) {
      this.#hold(open.asked, 'an earlier call may have landed and CCKM was not asked since');
      const enough = open.onceIsEnough || open.missesInARow >= readsThatProveAbsence;
      this.#hold(enough, `an earlier call may have landed and CCKM was asked only ${open.missesInARow} times in a row`);
    }
    this.#hold(row.state === 'replicating', `called while ${row.state}`);
    this.#calls += 1;
    this.#open = { missesInARow: 0, asked: false, onceIsEnough: false };
  }

  /** The answer of a call is written down. */
  answered(call: number, failure: CallFailure | null): void {
    // With an alias the refusal may come from CreateAlias, after the replica was made.
    const ofAlias = failure !== null && this.#plan.withAlias && errorRule(failure.code).fromAlias;
    if (failure === null) this.#accepted = call;
    if (failure === null || failure.mayHaveLanded || ofAlias) this.#doubted = true;
    else this.#open = null;
    if (ofAlias && this.#open) this.#open.onceIsEnough = true;
  }

  /** A look is decided upon. */
  believed(shownTruth: boolean, changes: Partial<ReplicaLife>): void {
    this.#shownTruth = shownTruth;
    const deleting = changes.key_state === 'PendingDeletion';
    this.#hold(!deleting || changes.state === 'blocked', 'seen pending deletion, and not blocked');
    if (!shownTruth || (changes.state !== 'succeeded' && changes.state !== 'already_present')) return;
    const { replica } = this.#world;
    this.#hold(replica !== null, `${changes.state}, and there is no replica`);
    const { keyState } = this.#world;
    if (changes.state === 'already_present') {
      this.#hold(
        !this.#plan.importMaterial || keyState !== 'PendingImport',
        'already_present, and without its material',
      );
    }
    if (changes.state !== 'succeeded') return;
    const withoutMaterial = !this.#plan.importMaterial && keyState === 'PendingImport';
    this.#hold(keyState === 'Enabled' || withoutMaterial, `succeeded, and the replica is ${keyState}`);
    const told = (changes.diff?.length ?? 0) > 0;
    this.#hold(replica?.alias === true || !this.#plan.withAlias || told, 'succeeded, and the replica lacks its alias');
  }

  /** The row has changed. */
  kept(what: string, before: ModelRow, row: ModelRow, cancelled: boolean): void {
    this.#trail.push(`+${this.#seconds} ${what} → ${row.state}`);
    this.#hold(
      before.state === row.state || replicaTransitions[before.state].includes(row.state),
      `${before.state} may not become ${row.state}`,
    );
    if (isTerminalReplicaState(row.state)) this.#ended(row);
    else if (row.held === null) this.#hasAWayForward(row, cancelled);
    this.#countsRight(row);
    this.#saysWhose(row);
  }

  #ended(row: ModelRow): void {
    this.#hold(row.next_look_at === null, `${row.state}, and still to be looked at`);
    this.#hold(row.unsettled_since === null, `${row.state}, and still unsettled`);
    this.#hold(row.held === null && row.slotAt === null, `${row.state}, and still in somebody's hands`);
    if (row.state === 'failed' || row.state === 'blocked') {
      this.#hold(row.error !== null, `${row.state} without an error`);
      this.#hold(row.error?.retryable === false, `${row.state} with an error that says that it is retried`);
    }
    const differs = row.diff !== null && row.diff.length > 0;
    this.#hold(
      (row.error?.code === 'replica_differs') === (differs && row.state === 'failed'),
      `${row.state} without, or with, a difference`,
    );
    if (row.error?.code === 'replica_differs' && this.#plan.importMaterial)
      this.#hold(row.usable_at !== null && row.key_state === 'Enabled', `differs, and is ${row.key_state}`);
    if (row.state !== 'succeeded') return;
    this.#hold(!differs || row.outcome === 'already_present', 'succeeded with a difference');
    this.#hold(row.error === null, 'succeeded with an error');
    const usable = row.key_state === 'Enabled';
    this.#hold(
      (row.usable_at !== null) === usable,
      `succeeded ${row.key_state} with usable_at ${row.usable_at?.toISOString()}`,
    );
    this.#hold(usable || !this.#plan.importMaterial, `succeeded, and seen ${row.key_state}`);
  }

  /** Nobody holds the row, so something must be set that brings it on by itself, and soon enough. */
  #hasAWayForward(row: ModelRow, cancelled: boolean): void {
    const rests = (until: Date | null, most: number) => until !== null && until.getTime() <= this.#world.now + most;
    // A call of which nothing is known is asked about no sooner than its Retry-After said.
    const looked = rests(row.next_look_at, row.state === 'replicating' ? longestRestMs : 30 * pollMs);
    if (row.state === 'pending') this.#hold(rests(row.not_before, longestRestMs), 'pending, and never due');
    else if (row.state === 'queued') this.#hold(row.slotAt !== null, 'queued without a slot');
    else if ((row.state === 'importing' || row.state === 'creating') && row.next_look_at === null) {
      const due = isDueForSlot(row, cancelled, Math.max(this.#world.now, row.not_before.getTime()));
      this.#hold(row.slotAt !== null || due, `${row.state}, and neither looked at nor called for`);
      this.#hold(row.slotAt !== null || rests(row.not_before, longestRestMs), `${row.state}, and never due`);
      this.#hold(row.state === 'importing' || this.#plan.withAlias, 'due for an alias that nobody asked for');
    } else this.#hold(looked, `${row.state}, and nobody looks at it`);
    if (row.state === 'pending' || row.state === 'queued') {
      this.#hold(row.next_look_at === null, `${row.state}, and looked at`);
      this.#hold(row.outcome === null, `${row.state}, and already ${row.outcome}`);
    }
    if (row.state === 'replicating')
      this.#hold(row.unsettled_since !== null, 'called, held by nobody, and not unsettled');
  }

  #countsRight(row: ModelRow): void {
    const { maxAttempts } = this.#plan;
    this.#hold(row.failures <= maxAttempts, `${row.failures} calls failed of ${maxAttempts}`);
    const again = row.state === 'pending' || row.state === 'queued';
    this.#hold(!again || row.failures < maxAttempts, `${row.state} after ${row.failures} failures of ${maxAttempts}`);
    this.#hold(row.alias_calls <= maxAttempts, `${row.alias_calls} calls for the alias of ${maxAttempts}`);
    this.#hold(
      row.imports <= maxAttempts || isTerminalReplicaState(row.state),
      `${row.imports} imports of ${maxAttempts}`,
    );
    const possible = this.#calls + this.#deaths;
    this.#hold(row.attempts <= possible, `${row.attempts} calls counted, and at most ${possible} were made`);
  }

  /**
   * `adopted` cannot be more than a well-founded belief: when our answer was lost (or the worker was, before or after
   * calling) and somebody else makes the replica meanwhile, nothing in AWS or CCKM tells the two apart. The other two are
   * knowledge.
   */
  #saysWhose(row: ModelRow): void {
    const { replica } = this.#world;
    const ours = replica !== null && replica.madeByCall !== null;
    if (row.outcome === 'created') {
      this.#hold(ours && replica.madeByCall === this.#accepted, 'created, and no accepted call of ours made it');
    }
    if (row.outcome === 'adopted') this.#hold(this.#doubted, 'adopted, and no answer of ours was ever lost');
    if (row.outcome === 'already_present') this.#hold(!ours, 'already_present, and we made it');
    if (row.outcome !== null && row.state !== 'pending') this.#hold(replica !== null, `${row.outcome} of nothing`);
  }

  get #seconds(): string {
    return `${(this.#world.now - Date.UTC(2026, 10, 24)) / 1000}s`;
  }

  #hold(promise: boolean, broken: string): void {
    if (!promise) this.fail(broken);
  }

  /** Tells what was broken, and the whole story up to here. */
  fail(broken: string): never {
    throw new Error(`${broken}\n  ${this.#trail.join('\n  ')}\n(shown the truth: ${this.#shownTruth})`);
  }
}
