import type { PlanState } from '@keyferry/core';

/** What a runbook branches on. Documented in docs/how-to/command-line.md. */
export const exitCodes = {
  /** Every replica is there and usable. */
  ok: 0,
  /** Keyferry itself failed. */
  internal: 1,
  /** The plan ended with replicas that failed or are blocked. */
  someFailed: 2,
  /** The plan was cancelled, or halted by its failure tolerance. */
  stopped: 3,
  /** The command or the plan file is wrong. */
  usage: 64,
  /** The API cannot be reached. */
  unreachable: 69,
  /** The token is missing, wrong, or may not do this. */
  notPermitted: 77,
  interrupted: 130,
} as const;

interface Details {
  /** For a person, one a line, below the message. */
  readonly lines?: readonly string[];
  /** The same for a script. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** A command that ends with a message and an exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;
  readonly lines: readonly string[];
  readonly errors: readonly { readonly path: string; readonly message: string }[];

  constructor(exitCode: number, message: string, { lines = [], errors = [] }: Details = {}) {
    super(message);
    this.exitCode = exitCode;
    this.lines = lines;
    this.errors = errors;
  }
}

/** The exit code of a plan that was followed to this state. */
export function exitCodeOf(state: PlanState): number {
  switch (state) {
    case 'completed_with_failures':
    case 'failed':
      return exitCodes.someFailed;
    case 'cancelled':
    case 'halted':
      return exitCodes.stopped;
    default:
      return exitCodes.ok;
  }
}
