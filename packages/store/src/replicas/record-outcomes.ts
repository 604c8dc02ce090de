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
  readonly row: ReplicaRow & Partial<Pick<HeldReplicaRow, 'fromPrimary'>>;
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
    const { aliases: _aliases, warnings: _warnings, settings: _settings, fromPrimary: _from, ...life } = row;
    // As it was claimed, a difference is sealed already.
    const place = { table: 'replicas', id: row.id } as const;
    return { ...life, ...changes, diff: changes.diff ? closeDiff(store.seal, changes.diff, place) : row.diff };
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
        WHERE EXISTS (SELECT 1 FROM replicas r JOIN plans p ON p.id = r.plan_id
          WHERE r.id = a."replicaId" AND p.archived_at IS NULL)
        ORDER BY a."startedAt"`;
    }
    const written = await tx.$queryRaw<{ id: string }[]>`
      WITH given AS (
        SELECT * FROM jsonb_to_recordset(${records(lives)}) AS g(id uuid, epoch int, state text, outcome text,
          "replicaKeyId" text, "replicaArn" text, "keyState" text, attempts int, failures int, error jsonb, "errorSince" timestamptz,
          "notBefore" timestamptz, "unsettledSince" timestamptz, "lookFirst" boolean, "lostAnswer" boolean, "lostCallAt" timestamptz, "askedByReplica" boolean,
          "nextLookAt" timestamptz, looks int, absences int, "enabledSince" timestamptz,
          "pendingImportSince" timestamptz, "importCalledAt" timestamptz, imports int, "differsSince" timestamptz,
"aliasDue" text,
          "aliasCalledAt" timestamptz, "aliasCalls" int, diff jsonb, "acceptedAt" timestamptz, "usableAt" timestamptz)
      ), held AS (
        SELECT r.id FROM replicas r JOIN given g ON g.id = r.id AND g.epoch = r.epoch
        WHERE r.worker_id = ${workerId}::uuid ORDER BY r.id FOR UPDATE OF r
      )
      UPDATE replicas r SET
        state = g.state::replica_state, outcome = g.outcome::replica_outcome, replica_key_id = g."replicaKeyId",
        replica_arn = g."replicaArn", key_state = g."keyState", attempts = g.attempts, failures = g.failures,
        error = nullif(g.error, 'null'::jsonb), error_since = g."errorSince", not_before = g."notBefore",
        unsettled_since = g."unsettledSince", look_first = g."lookFirst", lost_answer = g."lostAnswer", lost_call_at = g."lostCallAt",
        asked_by_replica = g."askedByReplica",
        next_look_at = g."nextLookAt", looks = g.looks, absences = g.absences, enabled_since = g."enabledSince",
        pending_import_since = g."pendingImportSince", import_called_at = g."importCalledAt", imports = g.imports,
        differs_since = g."differsSince", alias_due = g."aliasDue", alias_called_at = g."aliasCalledAt", alias_calls = g."aliasCalls",
        diff = nullif(g.diff, 'null'::jsonb), accepted_at = g."acceptedAt", usable_at = g."usableAt",
        failed_at = CASE WHEN g.state IN ${statesIn(unsuccessfulReplicaStates)} THEN now() END, worker_id = NULL, slot_at = NULL
      FROM given g JOIN held USING (id) WHERE r.id = g.id
      RETURNING r.id`;
    return written.map((row) => row.id);
  });
}
