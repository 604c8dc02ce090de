import type { Evidence } from '../run/evidence.ts';

/** A promise that was not kept. */
export interface Violation {
  readonly promise: string;
  readonly what: string;
  /** Rows, ledger entries, answers: whatever shows it. */
  readonly evidence: unknown;
}

export type Check = (evidence: Evidence) => Iterable<Violation>;

export const terminal: ReadonlySet<string> = new Set([
  'succeeded',
  'already_present',
  'failed',
  'blocked',
  'cancelled',
]);
