import type { ProblemDocument } from '@keyferry/core';

/** The API answered with a problem document. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: ProblemDocument;

  constructor(problem: ProblemDocument) {
    super(problem.detail);
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }
}

/** The API could not be reached, or answered with something that is not its own. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}
