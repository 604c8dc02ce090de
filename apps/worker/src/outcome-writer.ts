import { setTimeout as wait } from 'node:timers/promises';
import { laneId } from '@keyferry/core';
import type { Log } from '@keyferry/log';
import { type Outcome, recordOutcomes, type Store } from '@keyferry/store';
import { outsideSpans } from '@keyferry/tracing';
import DataLoader from 'dataloader';
import { callLane } from './call-budgets.ts';
import type { WorkerSession } from './worker-session.ts';

const retryEveryMs = 500;

/**
 * Writes outcomes in group commits: what arrives within a few milliseconds goes into one transaction. A write that fails
 * (Postgres restarts) is tried again for as long as the rows are this worker's; after that the sweeper settles them from
 * what CCKM says. Resolves to false when the row was not ours any more.
 */
export class OutcomeWriter {
  readonly #loader: DataLoader<{ workerId: string; outcome: Outcome }, boolean>;

  constructor(store: Store, session: WorkerSession, log: Log) {
    const write = async (workerId: string, outcomes: readonly Outcome[]): Promise<string[]> => {
      for (;;) {
        try {
          return await recordOutcomes(store, workerId, outcomes);
        } catch (error) {
          if (session.id !== workerId) return [];
          log.warn({ err: error, rows: outcomes.length }, 'outcomes could not be written; tried again');
          await wait(retryEveryMs);
        }
      }
    };
    this.#loader = new DataLoader(
      async (entries) => {
        const written = new Set<string>();
        for (const workerId of new Set(entries.map((entry) => entry.workerId))) {
          const outcomes = entries.filter((entry) => entry.workerId === workerId).map((entry) => entry.outcome);
          for (const id of await write(workerId, outcomes)) written.add(id);
        }
        return entries.map(({ outcome }) => {
          const { row, changes } = outcome;
          const lane = laneId(callLane(row.operation, row));
          const about = { plan: row.planId, replica: row.id, lane, state: changes.state, code: changes.error?.code };
          const ours = written.has(row.id);
          if (ours) log.debug(about, 'outcome written');
          else log.warn(about, 'an outcome came too late: the row is not ours any more');
          return ours;
        });
      },
      { cache: false, maxBatchSize: 200, batchScheduleFn: (run) => outsideSpans(() => setTimeout(run, 10)) },
    );
  }

  write(workerId: string, outcome: Outcome): Promise<boolean> {
    return this.#loader.load({ workerId, outcome });
  }
}
