import type { ReplicaDifferenceView } from './difference.ts';
import type { WatchRules } from './life.ts';

/** A replica as CCKM lists it. */
export interface FoundReplica {
  readonly id: string;
  readonly arn: string | null;
  readonly keyState: string | null;
  /** EXTERNAL: whether CCKM's rotation records say that material was imported; null when they say nothing. */
  readonly materialImported: boolean | null;
  /** EXTERNAL: the last error of CCKM's own import, if it says one. */
  readonly importError: string | null;
  /** False: it is another row's by our own records, so that no call for this row has made it. */
  readonly mayBeOurs: boolean;
  /** The requested settings that it lacks, see diffRequested; empty also while it is not far enough to be compared. */
  readonly differences: readonly ReplicaDifferenceView[];
}

export interface LookContext {
  readonly now: Date;
  readonly random: () => number;
  readonly watch: WatchRules;
  /** The plan wants material imported into EXTERNAL replicas. */
  readonly importMaterial: boolean;
  /** The last synchronisation of the account and Region, where it failed: when it was asked for, and what CCKM says. */
  readonly failedSynchronization?: { readonly at: Date; readonly said: string } | null;
  /** Calls that may fail before the row does. */
  readonly maxAttempts: number;
}
