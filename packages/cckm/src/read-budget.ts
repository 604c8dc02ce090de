import { CckmError } from './cckm-error.ts';
import { Latencies } from './latencies.ts';

/**
 * Who goes first where reads have to wait: `first` settles the outcome of a call, `normal` is what a plan or a person waits
 * for, `last` is bulk work: proofs, scheduled checks, the list of all keys.
 */
export type ReadUrgency = 'first' | 'normal' | 'last';

export interface ReadLimits {
  readonly perSecond: number;
  readonly atOnce: number;
}

/** The limit as it is now, and how it is used. */
export interface ReadLimitNow extends ReadLimits {
  readonly underWay: number;
  readonly waiting: number;
}

/** Gentle: a CipherTrust Manager serves others too. */
export const defaultReadLimits: ReadLimits = { perSecond: 50, atOnce: 16 };

const urgencies = ['first', 'normal', 'last'] as const satisfies readonly ReadUrgency[];
/** The share of what may be under way that each may take: reads that hang must not hold up those before them. */
const shareOf: Readonly<Record<ReadUrgency, number>> = { first: 1, normal: 0.75, last: 0.5 };
/** Each so-manyth turn goes to whoever has waited longest, so that nothing waits for ever. */
const eldestEvery = 8;
/** Turns that may be taken at once after a rest, in seconds: what a person waits for is mostly a few dozen reads. */
const burstSeconds = 1;

/** What is left of the limits falls at once and comes back by so much a second. */
const cutOnRefusal = 0.5;
const cutOnLatency = 0.8;
const leastFactor = 0.1;
const growthPerSecond = 1.25;
const cutEveryMs = 1_000;
/** Of late reads so many must have failed: one in a hundred is no reason to slow down. */
const failedShare = 0.25;
const smoothing = 0.1;
/** A Retry-After is heeded up to this. */
const longestPauseMs = 30_000;

interface Waiter {
  readonly urgency: ReadUrgency;
  readonly at: number;
  readonly go: () => void;
  readonly drop: (error: CckmError) => void;
}

/**
 * What all reads of one CipherTrust Manager share in this process: requests under way, and requests a second. A 429, failures
 * of CCKM or the network, and answers that take longer and longer lower both; they come back with time.
 */
export class ReadBudget {
  readonly #limits: ReadLimits;
  readonly #latencies = new Latencies();
  readonly #queues: Readonly<Record<ReadUrgency, Waiter[]>> = { first: [], normal: [], last: [] };
  #underWay = 0;
  #turns: number;
  #filledAt = performance.now();
  #given = 0;
  #factor = 1;
  #changedAt = performance.now();
  #cutAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #pausedUntil = 0;
  #dropsBulk = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: ReadLimits = defaultReadLimits) {
    this.#limits = limits;
    this.#turns = Math.max(1, limits.perSecond * burstSeconds);
  }

  /** Runs a read in its turn. `kind`: reads that take about as long as each other. */
  async run<T>(urgency: ReadUrgency, kind: string, read: () => Promise<T>): Promise<T> {
    await this.#turn(urgency);
    const begun = performance.now();
    try {
      const answer = await read();
      this.#noteAnswer(kind, performance.now() - begun);
      return answer;
    } catch (error) {
      this.#noteFailure(error);
      throw error;
    } finally {
      this.#underWay -= 1;
      this.#giveTurns();
    }
  }

  now(): ReadLimitNow {
    const factor = this.#factorAt(performance.now());
    return {
      perSecond: this.#limits.perSecond * factor,
      atOnce: this.#atOnce(factor),
      underWay: this.#underWay,
      waiting: urgencies.reduce((sum, urgency) => sum + this.#queues[urgency].length, 0),
    };
  }

  /** Sends no bulk reads any more: those that wait fail with `not_sent`, as do later ones. */
  dropBulk(): void {
    this.#dropsBulk = true;
    for (const { drop } of this.#queues.last.splice(0)) drop(notSent());
  }

  #turn(urgency: ReadUrgency): Promise<void> {
    if (urgency === 'last' && this.#dropsBulk) return Promise.reject(notSent());
    return new Promise((go, drop) => {
      this.#queues[urgency].push({ urgency, at: performance.now(), go, drop });
      this.#giveTurns();
    });
  }

  #giveTurns(): void {
    const now = performance.now();
    const factor = this.#factorAt(now);
    const perSecond = this.#limits.perSecond * factor;
    const most = Math.max(1, this.#limits.perSecond * burstSeconds);
    this.#turns = Math.min(most, this.#turns + ((now - this.#filledAt) / 1_000) * perSecond);
    this.#filledAt = now;
    let next = this.#next(factor);
    while (next !== null && now >= this.#pausedUntil && this.#turns >= 1) {
      this.#queues[next.urgency].shift();
      this.#turns -= 1;
      this.#given += 1;
      this.#underWay += 1;
      next.go();
      next = this.#next(factor);
    }
    clearTimeout(this.#timer);
    if (next === null) return;
    const forTurn = ((1 - this.#turns) / perSecond) * 1_000;
    this.#timer = setTimeout(() => this.#giveTurns(), Math.max(1, forTurn, this.#pausedUntil - now));
  }

  /** Whose turn it is; null: nobody waits who may go now. */
  #next(factor: number): Waiter | null {
    const atOnce = this.#atOnce(factor);
    const able = urgencies.flatMap((urgency) => {
      const [first] = this.#queues[urgency];
      return first && this.#underWay < Math.max(1, Math.floor(atOnce * shareOf[urgency])) ? [first] : [];
    });
    if (this.#given % eldestEvery === eldestEvery - 1) able.sort((a, b) => a.at - b.at);
    return able[0] ?? null;
  }

  #atOnce(factor: number): number {
    return Math.max(1, Math.round(this.#limits.atOnce * factor));
  }

  #factorAt(now: number): number {
    return Math.min(1, this.#factor * growthPerSecond ** (Math.max(0, now - this.#changedAt) / 1_000));
  }

  #noteAnswer(kind: string, durationMs: number): void {
    this.#failures *= 1 - smoothing;
    if (this.#latencies.note(kind, durationMs)) this.#cut(cutOnLatency);
  }

  #noteFailure(error: unknown): void {
    if (!(error instanceof CckmError)) return;
    if (error.httpStatus === 429) {
      this.#pausedUntil = performance.now() + Math.min(longestPauseMs, error.retryAfterMs ?? 0);
      this.#cut(cutOnRefusal);
      return;
    }
    const down = (error.httpStatus ?? 0) >= 500 || ['call_timeout', 'connection_lost'].includes(error.code);
    this.#failures = this.#failures * (1 - smoothing) + (down ? smoothing : 0);
    if (down && this.#failures > failedShare) this.#cut(cutOnRefusal);
  }

  #cut(by: number): void {
    const now = performance.now();
    if (now - this.#cutAt < cutEveryMs) return;
    this.#cutAt = now;
    this.#factor = Math.max(leastFactor, this.#factorAt(now) * by);
    this.#changedAt = now;
  }
}

function notSent(): CckmError {
  return new CckmError({ code: 'not_sent', message: 'This process is stopping: the read was not sent.' });
}
