import type { CckmKey } from '../../../packages/core/src/keys/cckm-key.ts';
import { afterPromotionLook } from '../../../packages/core/src/promotion/after-promotion-look.ts';
import { beforePromotion } from '../../../packages/core/src/promotion/before-promotion.ts';
import { promotionStanding } from '../../../packages/core/src/promotion/promotion-standing.ts';
import {
  afterAccepted,
  afterRefused,
  type CallContext,
  type CallFailure,
} from '../../../packages/core/src/replica/after-replicate.ts';
import type { Decision } from '../../../packages/core/src/replica/life.ts';
import { isTerminalReplicaState, replicaTransitions } from '../../../packages/core/src/replica/states.ts';
import * as store from '../replica/row.ts';
import { type Fate, pollMs, readsThatProveAbsence } from '../replica/world.ts';
import { MovingSet, type Place, type SetRules, type SetView } from './moving-set.ts';

export interface Luck {
  readonly fate: Fate;
  readonly view: SetView;
  readonly random: number;
}

export const maxAttempts = 3;
const target = 'eu-west-1' satisfies Place;
const watch = { pollMs, timeoutMs: 20 * 60_000 };
const longestRestMs = 10 * 60_000;

/** One row of a promotion, its workers, the store, and the set that it is about; its promises are held at every step. */
export class PromotionStory {
  readonly set: MovingSet;
  row: store.ModelRow;
  readonly #trail: string[] = [];
  #cancelled = false;
  /** What the worker that holds the row is to call, or has been answered; null: it has read nothing yet. */
  #inHand: { readonly call: CckmKey } | { readonly answer: CallFailure | null } | null = null;
  /** Looks in a row that found the primary elsewhere, since a call that may have landed; null: there is none. */
  #open: number | null = null;
  #accepted = false;
  #doubted = false;

  constructor(rules: SetRules) {
    this.set = new MovingSet(rules);
    this.row = { ...store.newRow('AWS_KMS', this.set.now), operation: 'promote', region: target };
  }

  /** The next step of work; false: there is nothing to do now. */
  work(luck: Luck): boolean {
    const { row, set } = this;
    if (row.held?.dead) return false;
    if (row.held) this.#goOn(row.held.work, luck);
    else if (store.isDueForLook(row, set.now)) this.#change('look', { held: { work: 'look', dead: false } });
    else if (store.isDueForSlot(row, this.#cancelled, set.now))
      this.#change('slot', store.release(row, set.now, false));
    else {
      const claimed = store.claim(row, this.#cancelled);
      if (!claimed) return false;
      this.#inHand = null;
      this.#change('claim', claimed);
    }
    return true;
  }

  workerDies(): void {
    const { held } = this.row;
    if (!held) return;
    // Nobody can know whether it had called.
    if (held.work === 'replicate') this.#mayHaveLanded();
    this.#change('the worker dies', { held: { ...held, dead: true } });
  }

  sweep(): boolean {
    const changes = store.sweep(this.row, this.#cancelled, this.set.now);
    if (changes) this.#change('sweep', changes);
    return changes !== null;
  }

  cancel(): void {
    this.#cancelled = true;
    this.#change('cancel', {});
  }

  retry(): void {
    const changes = this.#cancelled ? null : store.retry(this.row, this.set.now);
    if (!changes) return;
    // A person says so; the set is read once more all the same.
    this.#open = null;
    this.#change('retry', changes);
  }

  /** When the row can next be worked on; null: never. */
  get nextDue(): number | null {
    const { row } = this;
    if (row.next_look_at) return row.next_look_at.getTime();
    return row.state === 'pending' ? row.not_before.getTime() : row.slotAt;
  }

  /** apps/worker/src/call/promote.ts and watch/watch-promotions.ts, a step at a time. */
  #goOn(work: store.Held['work'], { fate, view, random }: Luck): void {
    const { row, set } = this;
    const now = new Date(set.now);
    const context: CallContext = { now, random: () => random, maxAttempts, watch, cckmIsDown: false };
    const inHand = this.#inHand;
    if (work === 'look') {
      const members = set.show(view);
      if (members === null)
        this.#record('look failed', { changes: { next_look_at: new Date(set.now + pollMs) }, note: '' });
      else this.#decide(`look (${view})`, members, view, afterPromotionLook(row, members, context));
    } else if (inHand === null) {
      const members = set.show(view);
      if (members === null) {
        this.#record('could not be asked', {
          changes: { state: 'pending', not_before: new Date(set.now + 5_000) },
          note: '',
        });
        return;
      }
      const known = beforePromotion(row, members, context);
      if ('call' in known) this.#inHand = known;
      else this.#decide(`first look (${view})`, members, view, known.decision);
    } else if ('call' in inHand) {
      this.#called(inHand.call);
      this.#inHand = { answer: set.call(inHand.call.id, target, fate) };
    } else if (inHand.answer === null) {
      this.#accepted = true;
      this.#open = null;
      this.#record('taken', afterAccepted(row, { replicaKeyId: null, replicaArn: null }, context));
    } else {
      if (inHand.answer.mayHaveLanded) this.#mayHaveLanded();
      else this.#open = null;
      this.#record(inHand.answer.code, afterRefused(row, inHand.answer, context));
    }
  }

  #mayHaveLanded(): void {
    this.#doubted = true;
    this.#open = 0;
  }

  #called(primary: CckmKey): void {
    this.#trail.push(`+${this.#seconds} update-primary-region of ${primary.region}`);
    this.#hold(this.row.state === 'replicating', `called while ${this.row.state}`);
    this.#hold(
      primary.multiRegionKeyType === 'PRIMARY' && primary.keyState === 'Enabled',
      'called for no usable primary',
    );
    this.#hold(primary.region !== target, 'called for what is there already');
    this.#hold(
      this.#open === null,
      `an earlier call may have landed, and ${this.#open} looks found the primary elsewhere`,
    );
    this.#mayHaveLanded();
  }

  #decide(what: string, members: readonly CckmKey[], view: SetView, decision: Decision): void {
    const { primary, moved, unconfirmed } = promotionStanding(members, this.row);
    if (this.#open !== null) this.#open = primary === null || moved ? 0 : this.#open + 1;
    // So many say that it came to nothing.
    if (this.#open === readsThatProveAbsence) this.#open = null;
    const { state } = decision.changes;
    if (state === 'succeeded' || state === 'already_present') {
      this.#hold(moved && unconfirmed.length === 0, `${state}, and not every member says so`);
      this.#hold(view !== 'records' || this.set.isSettledIn(target), `${state}, and the primary is elsewhere`);
    }
    this.#record(what, decision);
    this.set.refresh(decision.refresh ?? []);
  }

  #record(what: string, { changes, note }: Decision): void {
    this.#inHand = null;
    this.#change(`${what}: ${note}`, store.recordOutcome(changes));
  }

  #change(what: string, changes: Partial<store.ModelRow>): void {
    const before = this.row;
    const row = { ...before, ...changes };
    this.row = row;
    this.#trail.push(`+${this.#seconds} ${what} → ${row.state}`);
    this.#hold(
      before.state === row.state || replicaTransitions[before.state].includes(row.state),
      `${before.state} may not become ${row.state}`,
    );
    this.#hold(row.failures <= maxAttempts, `${row.failures} calls failed of ${maxAttempts}`);
    if (isTerminalReplicaState(row.state)) this.#ended(row);
    else if (row.held === null) this.#hasAWayForward(row);
    if (row.outcome === 'created') this.#hold(this.#accepted, 'created, and no call of ours was taken');
    if (row.outcome === 'adopted') this.#hold(this.#doubted, 'adopted, and no answer of ours was ever lost');
  }

  #ended(row: store.ModelRow): void {
    this.#hold(row.next_look_at === null && row.unsettled_since === null, `${row.state}, and still to be looked at`);
    this.#hold(row.held === null && row.slotAt === null, `${row.state}, and still in somebody's hands`);
    const bad = row.state === 'failed' || row.state === 'blocked';
    if (row.state !== 'cancelled')
      this.#hold((row.error !== null) === bad, `${row.state}, its error is ${row.error?.code}`);
    if (bad) this.#hold(row.error?.retryable === false, `${row.state} with an error that says that it is retried`);
    if (row.state === 'succeeded') this.#hold(row.usable_at !== null, 'succeeded without a time');
  }

  /** Nobody holds the row, so something must be set that brings it on by itself, and soon enough. */
  #hasAWayForward(row: store.ModelRow): void {
    const due = this.nextDue;
    this.#hold(due !== null && due <= this.set.now + longestRestMs, `${row.state}, and never due`);
    if (row.state === 'pending' || row.state === 'queued')
      this.#hold(row.next_look_at === null, `${row.state}, and looked at`);
    if (row.state === 'replicating')
      this.#hold(row.unsettled_since !== null, 'called, held by nobody, and not unsettled');
  }

  get #seconds(): string {
    return `${(this.set.now - Date.UTC(2026, 10, 24)) / 1000}s`;
  }

  #hold(promise: boolean, broken: string): void {
    if (!promise) this.fail(broken);
  }

  /** Tells what was broken, and the whole story up to here. */
  fail(broken: string): never {
    throw new Error(`${broken}\n  ${this.#trail.join('\n  ')}`);
  }
}
