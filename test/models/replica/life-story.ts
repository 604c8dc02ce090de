import { type PlanRules, Promises } from './promises.ts';
import * as store from './row.ts';
import { type Luck, Worker } from './worker.ts';
import { World, type WorldRules } from './world.ts';

/** What the store did for the row, or was told: to be done again on a real Postgres. */
export interface StoreStep {
  readonly what: 'slot' | 'claim' | 'look' | 'record' | 'die' | 'sweep' | 'cancel' | 'retry' | 'another plan';
  /** By the world's clock. */
  readonly now: number;
  readonly before: store.ModelRow;
  readonly after: store.ModelRow;
}

/**
 * One row, the workers, the store and the world around them. `work` is the next thing that a worker would do for the row,
 * one small step at a time, so that anything can happen in between.
 */
export class LifeStory {
  readonly world: World;
  readonly promises: Promises;
  row: store.ModelRow;
  readonly #worker: Worker;
  #cancelled = false;
  #anotherPlanMadeIt = false;

  readonly #note: (step: StoreStep) => void;

  constructor(rules: WorldRules, plan: PlanRules, note: (step: StoreStep) => void = () => undefined) {
    this.#note = note;
    this.world = new World(rules);
    this.row = store.newRow(rules.origin, this.world.now);
    this.promises = new Promises(this.world, plan);
    this.#worker = new Worker(this.world, plan, this.promises);
  }

  /** The next step of work; false: there is nothing to do now. */
  work(luck: Luck): boolean {
    const { row, world } = this;
    if (row.held?.dead) return false;
    if (row.held) {
      const outcome = this.#worker.goOn(row, row.held.work, luck);
      if (outcome) this.#change('record', store.recordOutcome(outcome.changes), outcome.what);
    } else if (store.isDueForLook(row, world.now)) {
      this.#change('look', { held: { work: 'look', dead: false } });
    } else if (store.isDueForSlot(row, this.#cancelled, world.now)) {
      this.#change('slot', store.release(row, world.now, this.#anotherPlanMadeIt));
    } else {
      const claimed = store.claim(row, this.#cancelled);
      if (!claimed) {
        if (row.slotAt !== null) this.#unchanged('claim');
        return false;
      }
      this.#worker.begin();
      this.#change('claim', claimed);
    }
    return true;
  }

  workerDies(): void {
    const { held } = this.row;
    if (!held) return;
    if (held.work === 'replicate') this.promises.doubt();
    this.#change('die', { held: { ...held, dead: true } });
  }

  sweep(): boolean {
    const changes = store.sweep(this.row, this.#cancelled, this.world.now);
    if (changes) this.#change('sweep', changes);
    else this.#unchanged('sweep');
    return changes !== null;
  }

  cancel(): void {
    this.#cancelled = true;
    this.#change('cancel', {});
  }

  retry(): void {
    const changes = this.#cancelled ? null : store.retry(this.row, this.world.now);
    if (!changes) return;
    this.promises.retried();
    this.#change('retry', changes);
  }

  /** Another plan of Keyferry's makes the replica, while this row waits. */
  anotherPlanMakesIt(): void {
    if (this.row.state !== 'pending' || this.world.replica) return;
    this.world.make(null, true);
    this.#anotherPlanMadeIt = true;
    this.#unchanged('another plan');
  }

  /** When the row can next be worked on; null: never. */
  get nextDue(): number | null {
    const { row } = this;
    if (row.next_look_at) return row.next_look_at.getTime();
    return ['pending', 'importing', 'creating'].includes(row.state) ? row.not_before.getTime() : row.slotAt;
  }

  #change(what: StoreStep['what'], changes: Partial<store.ModelRow>, told: string = what): void {
    const before = this.row;
    this.row = { ...before, ...changes };
    this.#note({ what, now: this.world.now, before, after: this.row });
    this.promises.kept(told, before, this.row, this.#cancelled);
  }

  #unchanged(what: StoreStep['what']): void {
    this.#note({ what, now: this.world.now, before: this.row, after: this.row });
  }
}
