import type { ProblemDocument } from '@keyferry/core';

/** The API answered with a problem document. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: ProblemDocument;
  /** What its `Retry-After` asks for, seconds; null: nothing. */
  readonly retryAfterSeconds: number | null;

  constructor(problem: ProblemDocument, retryAfterSeconds: number | null = null) {
    super(problem.detail);
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get status(): number {
    return this.problem.status;
  }
}

/** Refusals that pass by themselves: too many requests, or a dependency of the API, or the API behind its proxy, is down. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Longer than this no `Retry-After` is waited for, seconds: the limit may end sooner, and asking again is cheap. */
const longestWaitSeconds = 30;

/** How long to wait before the same is asked for again, ms; null: asking again would be refused again. */
export function retryDelayMs(error: unknown, usualMs: number): number | null {
  if (error instanceof UnreachableError) return usualMs;
  if (!(error instanceof ProblemError) || !passing.has(error.status)) return null;
  return Math.max(usualMs, Math.min(error.retryAfterSeconds ?? 0, longestWaitSeconds) * 1_000);
}

/** The API could not be reached, or answered with something that is not its own. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}
