import { Problem } from './problem.ts';

export interface PlacesOptions {
  /** What one of them is for, as it is told: "event streams open". */
  readonly what: string;
  readonly perCaller: number;
  /** Of all callers together, in this process. */
  readonly inAll: number;
  /** What a caller that has all of its own can do about it: "Close one". */
  readonly remedy: string;
  /** After how many seconds it is worth coming again. */
  readonly retrySeconds: number;
}

/** Bounds what goes on at the same time, for one caller and in all: so that nobody holds everything that a process has. */
export class Places {
  readonly #options: PlacesOptions;
  /** By caller; none that has none. */
  readonly #taken = new Map<string, number>();
  #inAll = 0;

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  /** Takes a place, which must be freed; or says why there is none. */
  take(caller: string): Problem | null {
    const { what, perCaller, inAll, remedy, retrySeconds } = this.#options;
    const headers = { 'Retry-After': String(retrySeconds) };
    const taken = this.#taken.get(caller) ?? 0;
    if (taken >= perCaller) {
      const why = `${caller} has ${told(perCaller)} ${what}, as many as one caller may have.`;
      return new Problem(429, 'Too many requests', `${why} ${remedy}, or try again in ${retrySeconds} s.`, { headers });
    }
    if (this.#inAll >= inAll) {
      const why = `This API process has ${told(inAll)} ${what}, as many as it may have.`;
      return new Problem(503, 'Too busy', `${why} Try again in ${retrySeconds} s.`, { headers });
    }
    this.#taken.set(caller, taken + 1);
    this.#inAll += 1;
    return null;
  }

  free(caller: string): void {
    const left = (this.#taken.get(caller) ?? 0) - 1;
    if (left > 0) this.#taken.set(caller, left);
    else this.#taken.delete(caller);
    this.#inAll -= 1;
  }
}

const told = (count: number): string => count.toLocaleString('en');
