import type { Request } from 'express';
import type { Effect } from '../control/faults.ts';
import type { LedgerEntry } from '../control/ledger.ts';

export interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

export interface Route {
  /** As it stands in the ledger and in faults. */
  readonly operation: string;
  /** How CCKM introduces AWS's errors, and the name of the call to AWS. */
  readonly phrase?: string;
  readonly awsOperation?: string;
  readonly open?: boolean;
  readonly work: (request: Request, entry: LedgerEntry, effect: Effect | null) => Answer;
}
