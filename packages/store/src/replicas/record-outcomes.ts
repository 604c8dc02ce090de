import {
  type AttemptOperation,
  type ReplicaErrorView,
  type ReplicaLife,
  unsuccessfulReplicaStates,
} from '@keyferry/core';
import { closeDiff } from '../seal/policies.ts';
import { statesIn } from '../states-in-sql.ts';
import { inTransaction, records, type Store } from '../store.ts';
import type { HeldReplicaRow, ReplicaRow } from './replica-row.ts';

/** A call as it stands in the attempt log. */
export interface AttemptRecord {
  readonly operation: AttemptOperation;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly http_status: number | null;
  readonly error: ReplicaErrorView | null;
  readonly request_id: string | null;
  readonly note: string | null;
}

/** What came of working on a held row: the row as it shall be, and the calls that were made. */
export interface Outcome {
  /** The row as it was claimed. */
  readonly row: ReplicaRow & Partial<Pick<HeldReplicaRow, 'from_primary'>>;
  readonly changes: Partial<ReplicaLife>;
  readonly attempts: readonly AttemptRecord[];
}

/**
 * Writes outcomes in one transaction and gives the rows free. A row that is no longer this worker's and epoch's (its
 * lease ran out, somebody else has it) is left alone, but the calls that were made are logged all the same: they
 * happened. Only where its plan is archived by now, days later, there is no log to write to. Answers the ids that were written.
 */
export function recordOutcomes(store: Store, workerId: string, outcomes: readonly Outcome[]): Promise<string[]> {
  const lives = outcomes.map(({ row, changes }) => {
    const { aliases: _aliases, warnings: _warnings, settings: _settings, from_primary: _from, ...life } = row;
    // As it was claimed, a difference is sealed already.
    const place = { table: 'replicas', id: row.id } as const;
    return { ...life, ...changes, diff: changes.diff ? closeDiff(store.seal, changes.diff, place) : row.diff };
  });
  const attempts = outcomes.flatMap(({ row, attempts }) =>
    attempts.map((attempt) => ({ ...attempt, replica_id: row.id, epoch: row.epoch })),
  );
  return inTransaction(store, async (tx) => {
    if (attempts.length > 0) {
      await tx.$executeRaw`
        INSERT INTO attempts (replica_id, epoch, worker_id, operation, started_at, finished_at, http_status, error,
          request_id, note)
        SELECT a.replica_id, a.epoch, ${workerId}::uuid, a.operation::attempt_operation, a.started_at, a.finished_at,
          a.http_status, nullif(a.error, 'null'::jsonb), a.request_id, a.note
        FROM jsonb_to_recordset(${records(attempts)}) AS a(replica_id uuid, epoch int, operation text,
          started_at timestamptz, finished_at timestamptz, http_status int, error jsonb, request_id text, note text)
        WHERE EXISTS (SELECT 1 FROM replicas r JOIN plans p ON p.id = r.plan_id
          WHERE r.id = a.replica_id AND p.archived_at IS NULL)
        ORDER BY a.started_at`;
    }
    const written = await tx.$queryRaw<{ id: string }[]>`
      WITH given AS (
        SELECT * FROM jsonb_to_recordset(${records(lives)}) AS g(id uuid, epoch int, state text, outcome text,
          replica_key_id text, replica_arn text, key_state text, attempts int, failures int, error jsonb, error_since timestamptz,
          not_before timestamptz, unsettled_since timestamptz, look_first boolean, lost_answer boolean, lost_call_at timestamptz, asked_by_replica boolean,
          next_look_at timestamptz, looks int, absences int, enabled_since timestamptz,
          pending_import_since timestamptz, import_called_at timestamptz, imports int, differs_since timestamptz,
alias_due text,
          alias_called_at timestamptz, alias_calls int, diff jsonb, accepted_at timestamptz, usable_at timestamptz)
      ), held AS (
        SELECT r.id FROM replicas r JOIN given g ON g.id = r.id AND g.epoch = r.epoch
        WHERE r.worker_id = ${workerId}::uuid ORDER BY r.id FOR UPDATE OF r
      )
      UPDATE replicas r SET
        state = g.state::replica_state, outcome = g.outcome::replica_outcome, replica_key_id = g.replica_key_id,
        replica_arn = g.replica_arn, key_state = g.key_state, attempts = g.attempts, failures = g.failures,
        error = nullif(g.error, 'null'::jsonb), error_since = g.error_since, not_before = g.not_before,
        unsettled_since = g.unsettled_since, look_first = g.look_first, lost_answer = g.lost_answer, lost_call_at = g.lost_call_at,
        asked_by_replica = g.asked_by_replica,
        next_look_at = g.next_look_at, looks = g.looks, absences = g.absences, enabled_since = g.enabled_since,
        pending_import_since = g.pending_import_since, import_called_at = g.import_called_at, imports = g.imports,
        differs_since = g.differs_since, alias_due = g.alias_due, alias_called_at = g.alias_called_at, alias_calls = g.alias_calls,
        diff = nullif(g.diff, 'null'::jsonb), accepted_at = g.accepted_at, usable_at = g.usable_at,
        failed_at = CASE WHEN g.state IN ${statesIn(unsuccessfulReplicaStates)} THEN now() END, worker_id = NULL, slot_at = NULL
      FROM given g JOIN held USING (id) WHERE r.id = g.id
      RETURNING r.id`;
    return written.map((row) => row.id);
  });
}
