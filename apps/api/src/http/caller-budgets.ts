import { bytesPerUnit } from '@keyferry/operations';

export const windowMs = 60_000;

/** What a caller has used of a minute. */
interface Window {
  readonly endsAt: number;
  used: number;
  /** By operation. */
  readonly usedBy: Map<string, number>;
}

/** A budget that is used up: what took most of it, and in how many seconds the next begins. */
export interface Spent {
  readonly most: { readonly operation: string; readonly units: number } | null;
  readonly seconds: number;
}

/** Holds each caller to so many units a minute, counted in memory. `now`: milliseconds. */
export class CallerBudgets {
  readonly perMinute: number;
  readonly #now: () => number;
  readonly #windows = new Map<string, Window>();
  #sweptAt: number;

  constructor(perMinute: number, now: () => number = Date.now) {
    this.perMinute = perMinute;
    this.#now = now;
    this.#sweptAt = now();
  }

  /**
   * Admits a request while anything is left, whatever it will cost: so what costs much is possible with any budget, and what
   * it takes too much is refused to those that follow.
   */
  admit(caller: string): Charge | Spent {
    const now = this.#now();
    const window = this.#windowOf(caller, now);
    return window.used >= this.perMinute
      ? { most: mostOf(window), seconds: secondsTo(window, now) }
      : new Charge(window, this.perMinute, this.#now);
  }

  #windowOf(caller: string, now: number): Window {
    const known = this.#windows.get(caller);
    if (known !== undefined && known.endsAt > now) return known;
    this.#sweep(now);
    const window = { endsAt: now + windowMs, used: 0, usedBy: new Map() };
    this.#windows.set(caller, window);
    return window;
  }

  /** Forgets who came no more, at most once a minute. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < windowMs) return;
    this.#sweptAt = now;
    for (const [caller, { endsAt }] of this.#windows) if (endsAt <= now) this.#windows.delete(caller);
  }
}

/** What one request is charged, to the minute in which it was admitted. */
export class Charge {
  readonly #window: Window;
  readonly #perMinute: number;
  readonly #now: () => number;
  #bytes = 0;

  constructor(window: Window, perMinute: number, now: () => number) {
    this.#window = window;
    this.#perMinute = perMinute;
    this.#now = now;
  }

  /** Charges units, or gives some back by a negative number. */
  add(operation: string, units: number): void {
    const { usedBy } = this.#window;
    this.#window.used += units;
    usedBy.set(operation, (usedBy.get(operation) ?? 0) + units);
  }

  /** Charges bytes that were taken or sent, each time that they make another unit. */
  addBytes(operation: string, bytes: number): void {
    const before = Math.floor(this.#bytes / bytesPerUnit);
    this.#bytes += bytes;
    const units = Math.floor(this.#bytes / bytesPerUnit) - before;
    if (units > 0) this.add(operation, units);
  }

  left(): { readonly units: number; readonly seconds: number } {
    return {
      units: Math.max(0, this.#perMinute - this.#window.used),
      seconds: secondsTo(this.#window, this.#now()),
    };
  }
}

function secondsTo({ endsAt }: Window, now: number): number {
  return Math.max(1, Math.ceil((endsAt - now) / 1_000));
}

function mostOf({ usedBy }: Window): Spent['most'] {
  let most: Spent['most'] = null;
  for (const [operation, units] of usedBy) if (units > (most?.units ?? 0)) most = { operation, units };
  return most;
}
