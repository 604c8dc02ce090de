import { Problem } from './problem.ts';

export interface PlacesOptions {
  /** What a place is for, as shown in the message: "event streams open". */
  readonly what: string;
  readonly perCaller: number;
  /** Of all callers together, in this process. */
  readonly inAll: number;
  /** What a caller that has all of its own can do about it: "Close one". */
  readonly remedy: string;
  /** After how many seconds it is worth coming again. */
  readonly retrySeconds: number;
}

/** Limits what runs concurrently, per caller and in total, so that no caller uses up a process. */
export class Places {
  readonly #options: PlacesOptions;
  /** By caller; none that has none. */
  readonly #taken = new Map<string, number>();
  #inAll = 0;
  /** Of those who wait for a place, in their order. */
  readonly #waiting = new Set<() => void>();

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** Takes a place, which must be freed; or says why there is none. */
  take(caller: string): Problem | null {
    return this.#tryToTake(caller) ? null : this.#refusal(caller);
  }

  /** As `take`, but waits so long for a place to be freed: many at once are no flood while each is soon over. */
  takeWithin(waitMs: number, caller: string): Promise<Problem | null> {
    if (this.#tryToTake(caller)) return Promise.resolve(null);
    return new Promise((resolve) => {
      const end = (refusal: Problem | null) => {
        clearTimeout(patience);
        this.#waiting.delete(tryAgain);
        resolve(refusal);
      };
      const patience = setTimeout(() => end(this.take(caller)), waitMs);
      const tryAgain = () => {
        if (this.#tryToTake(caller)) end(null);
      };
      this.#waiting.add(tryAgain);
    });
  }

  free(caller: string): void {
    const left = this.#takenBy(caller) - 1;
    if (left > 0) this.#taken.set(caller, left);
    else this.#taken.delete(caller);
    this.#inAll -= 1;
    for (const tryAgain of this.#waiting) tryAgain();
  }

  #tryToTake(caller: string): boolean {
    const { perCaller, inAll } = this.#options;
    if (this.#takenBy(caller) >= perCaller || this.#inAll >= inAll) return false;
    this.#taken.set(caller, this.#takenBy(caller) + 1);
    this.#inAll += 1;
    return true;
  }

  #refusal(caller: string): Problem {
    const { what, perCaller, inAll, remedy, retrySeconds } = this.#options;
    const headers = { 'Retry-After': String(retrySeconds) };
    if (this.#takenBy(caller) >= perCaller) {
      const why = `${caller} has ${told(perCaller)} ${what}, the limit for one caller.`;
      return new Problem(429, 'Too many requests', `${why} ${remedy}, or retry in ${retrySeconds} s.`, { headers });
    }
    const why = `This API process has ${told(inAll)} ${what}, its limit.`;
    return new Problem(503, 'Too busy', `${why} Retry in ${retrySeconds} s.`, { headers });
  }

  #takenBy(caller: string): number {
    return this.#taken.get(caller) ?? 0;
  }
}

const told = (count: number): string => count.toLocaleString('en');
