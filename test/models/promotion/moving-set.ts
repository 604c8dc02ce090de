import type { CckmKey } from '../../../packages/core/src/keys/cckm-key.ts';
import type { CallFailure } from '../../../packages/core/src/replica/after-replicate.ts';
import { newKey } from '../keys/new-key.ts';
import { type Fate, failureOf } from '../replica/world.ts';

export const places = ['us-east-1', 'eu-west-1', 'ap-south-1'] as const;
export type Place = (typeof places)[number];

/** What a look is shown: CCKM's records as its contract describes them, those of a node that lags, or nothing. */
export const setViews = ['records', 'lagging', 'unreadable'] as const;
export type SetView = (typeof setViews)[number];

export interface SetRules {
  /** From UpdatePrimaryRegion until the new primary is one. */
  readonly movingMs: number;
  /** For so long records tell nothing of a move unless they are refreshed; null: for good. */
  readonly staleMs: number | null;
}

/** A set of three keys in KMS with its primary in us-east-1 at first, and the records that CCKM has of it. */
export class MovingSet {
  now = Date.UTC(2026, 10, 24);
  /** Calls of ours whose work is done later. */
  readonly underWay: Place[] = [];
  readonly #rules: SetRules;
  #primary: Place = 'us-east-1';
  #before: Place = 'us-east-1';
  #movedAt = Number.NEGATIVE_INFINITY;
  /** Records as they were before the last move. */
  readonly #old = new Map<Place, CckmKey>();
  #lagging: readonly CckmKey[];

  constructor(rules: SetRules) {
    this.#rules = rules;
    this.#lagging = this.#truth();
  }

  get #moving(): boolean {
    return this.now < this.#movedAt + this.#rules.movingMs;
  }

  /** The primary is in the Region, and KMS is done. */
  isSettledIn(region: string): boolean {
    return this.#primary === region && !this.#moving;
  }

  /** What CCKM lists; null: it cannot be read. */
  show(view: SetView): readonly CckmKey[] | null {
    if (view === 'unreadable') return null;
    return view === 'lagging' ? this.#lagging : this.#records();
  }

  refresh(ids: readonly string[]): void {
    for (const id of ids) this.#old.delete(id as Place);
  }

  /** KMS moves the primary, whoever asks: false where it refuses. */
  move(from: string, to: Place): boolean {
    if (this.#moving || this.#primary !== from || from === to) return false;
    this.#lagging = this.#records();
    for (const key of this.#lagging) if (key.id !== from) this.#old.set(key.id as Place, key);
    this.#before = this.#primary;
    this.#primary = to;
    this.#movedAt = this.now;
    return true;
  }

  /** update-primary-region of ours; null: it was taken. */
  call(from: string, to: Place, fate: Fate): CallFailure | null {
    if (fate.kind === 'refused') return failureOf(fate.code, fate.retryAfterMs);
    if (fate.kind !== 'lost') return this.move(from, to) ? null : failureOf('not_primary');
    if (fate.work === 'after') this.move(from, to);
    if (fate.work === 'late') this.underWay.push(from as Place);
    return failureOf(fate.code);
  }

  #records(): CckmKey[] {
    const { staleMs } = this.#rules;
    if (staleMs !== null && this.now >= this.#movedAt + staleMs) this.#old.clear();
    return this.#truth().map((key) => this.#old.get(key.id as Place) ?? key);
  }

  #truth(): CckmKey[] {
    const moving = this.#moving;
    return places.map((region) =>
      newKey({
        id: region,
        region,
        multiRegionKeyType: region === this.#primary && !moving ? 'PRIMARY' : 'REPLICA',
        keyState: moving && (region === this.#primary || region === this.#before) ? 'Updating' : 'Enabled',
        primaryKey: { arn: null, region: this.#primary },
        replicaKeys: places.filter((place) => place !== this.#primary).map((place) => ({ arn: null, region: place })),
      }),
    );
  }
}
