import type { AttemptOperation, ReplicaErrorView, ReplicaLife } from '@keyferry/core';
import { inTransaction, records, type Store } from '../store.ts';
import type { ReplicaRow } from './replica-row.ts';

/** A call as it stands in the attempt log. */
export interface AttemptRecord {
  readonly operation: AttemptOperation;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly httpStatus: number | null;
  readonly error: ReplicaErrorView | null;
  readonly requestId: string | null;
  readonly note: string | null;
}

/** What came of working on a held row: the row as it shall be, and the calls that were made. */
export interface Outcome {
  /** The row as it was claimed. */
  readonly row: ReplicaRow;
  readonly changes: Partial<ReplicaLife>;
  readonly attempts: readonly AttemptRecord[];
}

/**
 * Writes outcomes in one transaction and gives the rows free. A row that is no longer this worker's and epoch's (its
 * lease ran out, somebody else has it) is left alone, but the calls that were made are logged all the same: they
 * happened. Answers the ids that were written.
 */
export function recordOutcomes(store: Store, workerId: string, outcomes: readonly Outcome[]): Promise<string[]> {
  const lives = outcomes.map(({ row, changes }) => {
    const { aliases: _aliases, warnings: _warnings, diff: _diff, ...life } = row;
    return { ...life, ...changes };
  });
  const attempts = outcomes.flatMap(({ row, attempts }) =>
    attempts.map((attempt) => ({ ...attempt, replicaId: row.id, epoch: row.epoch })),
  );
  return inTransaction(store, async (tx) => {
    if (attempts.length > 0) {
      await tx.$executeRaw`
        INSERT INTO attempts (replica_id, epoch, worker_id, operation, started_at, finished_at, http_status, error,
          request_id, note)
        SELECT a."replicaId", a.epoch, ${workerId}::uuid, a.operation::attempt_operation, a."startedAt", a."finishedAt",
          a."httpStatus", nullif(a.error, 'null'::jsonb), a."requestId", a.note
        FROM jsonb_to_recordset(${records(attempts)}) AS a("replicaId" uuid, epoch int, operation text,
          "startedAt" timestamptz, "finishedAt" timestamptz, "httpStatus" int, error jsonb, "requestId" text, note text)
        ORDER BY a."startedAt"`;
    }
    const written = await tx.$queryRaw<{ id: string }[]>`
      WITH given AS (
        SELECT * FROM jsonb_to_recordset(${records(lives)}) AS g(id uuid, epoch int, state text, outcome text,
          "replicaKeyId" text, "replicaArn" text, "keyState" text, attempts int, failures int, error jsonb, "errorSince" timestamptz,
          "notBefore" timestamptz, "unsettledSince" timestamptz, "lookFirst" boolean, "lostAnswer" boolean, "lostCallAt" timestamptz,
          "nextLookAt" timestamptz, looks int, absences int, "enabledSince" timestamptz,
          "pendingImportSince" timestamptz, "importCalledAt" timestamptz, imports int, "acceptedAt" timestamptz,
          "usableAt" timestamptz)
      ), held AS (
        SELECT r.id FROM replicas r JOIN given g ON g.id = r.id AND g.epoch = r.epoch
        WHERE r.worker_id = ${workerId}::uuid ORDER BY r.id FOR UPDATE OF r
      )
      UPDATE replicas r SET
        state = g.state::replica_state, outcome = g.outcome::replica_outcome, replica_key_id = g."replicaKeyId",
        replica_arn = g."replicaArn", key_state = g."keyState", attempts = g.attempts, failures = g.failures,
        error = nullif(g.error, 'null'::jsonb), error_since = g."errorSince", not_before = g."notBefore",
        unsettled_since = g."unsettledSince", look_first = g."lookFirst", lost_answer = g."lostAnswer", lost_call_at = g."lostCallAt",
        next_look_at = g."nextLookAt", looks = g.looks, absences = g.absences, enabled_since = g."enabledSince",
        pending_import_since = g."pendingImportSince", import_called_at = g."importCalledAt", imports = g.imports,
        accepted_at = g."acceptedAt", usable_at = g."usableAt",
        failed_at = CASE WHEN g.state IN ('failed', 'blocked') THEN now() END, worker_id = NULL, slot_at = NULL
      FROM given g JOIN held USING (id) WHERE r.id = g.id
      RETURNING r.id`;
    return written.map((row) => row.id);
  });
}
