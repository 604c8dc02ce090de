import type { Log } from '@keyferry/log';
import { type Outcome, recordOutcomes, type Store } from '@keyferry/store';
import DataLoader from 'dataloader';

/**
 * Writes outcomes in group commits: what arrives within a few milliseconds goes into one transaction. A write that fails
 * (Postgres restarts) is tried again for as long as the row is this worker's; after that the sweeper settles it from
 * what CCKM says. Resolves to false when the row was no longer ours.
 */
export class OutcomeWriter {
  readonly #loader: DataLoader<{ workerId: string; outcome: Outcome }, boolean>;

  constructor(store: Store, log: Log) {
    this.#loader = new DataLoader(
      async (entries) => {
        const written = new Set<string>();
        for (const workerId of new Set(entries.map((entry) => entry.workerId))) {
          const outcomes = entries.filter((entry) => entry.workerId === workerId).map((entry) => entry.outcome);
          for (const id of await recordOutcomes(store, workerId, outcomes)) written.add(id);
        }
        return entries.map(({ outcome }) => {
          if (!written.has(outcome.row.id))
            log.warn({ replica: outcome.row.id }, 'outcome came too late: row is not ours');
          return written.has(outcome.row.id);
        });
      },
      { cache: false, maxBatchSize: 200, batchScheduleFn: (run) => setTimeout(run, 10) },
    );
  }

  write(workerId: string, outcome: Outcome): Promise<boolean> {
    return this.#loader.load({ workerId, outcome });
  }
}
