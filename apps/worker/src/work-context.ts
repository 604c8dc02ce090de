import type { CckmClient } from '@keyferry/cckm';
import type { Config } from '@keyferry/config';
import type { Log } from '@keyferry/log';
import type { Store } from '@keyferry/store';
import type { Claims } from './call/claims.ts';
import type { OutcomeWriter } from './call/outcome-writer.ts';
import type { Circuits } from './dispatch/circuits.ts';
import type { LateSlots } from './dispatch/late-slots.ts';
import type { HeldRows } from './sweep/held-rows.ts';
import type { WorkerSession } from './worker-session.ts';

/** What every processor of this worker works with. */
export interface WorkContext {
  readonly store: Store;
  readonly cckm: CckmClient;
  readonly circuits: Circuits;
  readonly config: Config;
  readonly log: Log;
  readonly session: WorkerSession;
  readonly claims: Claims;
  readonly lateSlots: LateSlots;
  readonly outcomes: OutcomeWriter;
  readonly held: HeldRows;
  /** The plans that this process is resolving. */
  readonly resolving: Set<string>;
  /** The coverage checks that it is making. */
  readonly checking: Set<string>;
  readonly random: () => number;
}
