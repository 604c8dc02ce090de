import { setTimeout as wait } from 'node:timers/promises';
import { afterRefusedWrite, laneId } from '@keyferry/core';
import type { Log } from '@keyferry/log';
import { isPermanentFailure, type Outcome, recordOutcomes, type Store, sqlState, writeInParts } from '@keyferry/store';
import DataLoader from 'dataloader';
import { callLane } from '../dispatch/call-budgets.ts';
import { OneBatchAtATime } from '../one-batch-at-a-time.ts';
import type { WorkerSession } from '../worker-session.ts';

const retryEveryMs = 500;
/** How long an outcome waits for others to share a transaction with, milliseconds. */
const gatherMs = 20;

/**
 * Writes outcomes in group commits: what arrives while others are written goes into one transaction. A write that may
 * pass (Postgres restarts) is tried again for as long as the rows are this worker's; after that the sweeper frees them, and
 * CCKM is asked. An outcome that Postgres refuses for good fails its own row and delays no other. Resolves to false when the
 * row was not ours any more.
 */
export class OutcomeWriter {
  readonly #loader: DataLoader<{ workerId: string; outcome: Outcome }, boolean>;
  readonly #store: Store;
  readonly #session: Pick<WorkerSession, 'id' | 'now'>;
  readonly #log: Log;

  constructor(store: Store, session: Pick<WorkerSession, 'id' | 'now'>, log: Log) {
    this.#store = store;
    this.#session = session;
    this.#log = log;
    const inTurn = new OneBatchAtATime(gatherMs);
    this.#loader = new DataLoader((entries) => inTurn.batch(() => this.#writeBatch(entries)), {
      cache: false,
      maxBatchSize: 200,
      batchScheduleFn: inTurn.schedule,
    });
  }

  write(workerId: string, outcome: Outcome): Promise<boolean> {
    return this.#loader.load({ workerId, outcome });
  }

  async #writeBatch(entries: readonly { workerId: string; outcome: Outcome }[]): Promise<boolean[]> {
    const written = new Set<string>();
    for (const workerId of new Set(entries.map((entry) => entry.workerId))) {
      const outcomes = entries.filter((entry) => entry.workerId === workerId).map((entry) => entry.outcome);
      for (const id of await this.#writeAll(workerId, outcomes)) written.add(id);
    }
    return entries.map(({ outcome }) => {
      const ours = written.has(outcome.row.id);
      if (ours) this.#log.debug(about(outcome), 'outcome written');
      else this.#log.warn(about(outcome), 'outcome discarded: this worker no longer holds the row');
      return ours;
    });
  }

  #writeAll(workerId: string, outcomes: readonly Outcome[]): Promise<string[]> {
    return writeInParts(
      outcomes,
      (part) => this.#persist(workerId, part),
      (outcome, error) => this.#writeRefused(workerId, outcome, error),
    );
  }

  /** Throws only what would fail again. */
  async #persist(workerId: string, outcomes: readonly Outcome[]): Promise<string[]> {
    for (;;) {
      try {
        return await recordOutcomes(this.#store, workerId, outcomes);
      } catch (error) {
        if (this.#session.id !== workerId) return [];
        if (isPermanentFailure(error)) throw error;
        this.#log.warn({ err: error, rows: outcomes.length }, 'could not write outcomes; retrying');
        await wait(retryEveryMs);
      }
    }
  }

  async #writeRefused(workerId: string, outcome: Outcome, error: unknown): Promise<string[]> {
    this.#log.error({ err: error, ...about(outcome) }, 'Postgres refused an outcome: the replica is set to failed');
    const bare = withoutRefused(outcome, this.#session.now(), error);
    for (const attempts of [bare.attempts, []]) {
      try {
        return await this.#persist(workerId, [{ ...bare, attempts }]);
      } catch (again) {
        this.#log.error(
          { err: again, ...about(bare) },
          'Postgres refused the failed outcome too: the replica is read from CCKM',
        );
      }
    }
    return [];
  }
}

/** The outcome without any text from outside. */
function withoutRefused({ row, changes, attempts }: Outcome, now: Date, error: unknown): Outcome {
  const life = afterRefusedWrite(row, changes, now, sqlState(error));
  return {
    row,
    changes: life,
    attempts: attempts.map((attempt) => ({
      ...attempt,
      requestId: null,
      error: attempt.error && (life.error ?? null),
      note: 'Postgres refused to store the rest',
    })),
  };
}

function about({ row, changes }: Outcome) {
  const lane = laneId(callLane(row.operation, row));
  return { plan: row.plan_id, replica: row.id, lane, state: changes.state, code: changes.error?.code };
}
