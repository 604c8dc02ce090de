import type { PrimarySettings, ReplicaBlock, ReplicaIdentity, ReplicaLife, ReplicaWarningView } from '@keyferry/core';
import { showFromPrimary } from '../seal/policies.ts';
import type { Seal } from '../seal/seal.ts';
import { Prisma } from '../store.ts';

/** What preflight found out about a row. */
export interface ReplicaFindings {
  /** All of the primary's aliases then. */
  readonly aliases: readonly string[];
  readonly warnings: readonly ReplicaWarningView[];
}

/** A replica row as a worker holds it. */
export type ReplicaRow = ReplicaIdentity &
  ReplicaLife &
  ReplicaFindings & {
    /** What its row in a manifest sets, laid over the plan's block; and that row's line. */
    readonly settings: ReplicaBlock | null;
    readonly manifestLine: number | null;
    /** SHA-256 of what it gets from its primary; null: nothing. */
    readonly fromPrimarySha256: string | null;
    /** SHA-256 over what is called for it, as it was resolved; null: its plan was submitted before there was one. */
    readonly rowSha256: string | null;
    readonly epoch: number;
    readonly createdAt: Date;
  };

/** A row in a worker's hands, with what the rows of other plans have to do with its pair. */
export type HeldReplicaRow = ReplicaRow & {
  /** What it gets from the primary, as that was when the plan was resolved; null: nothing. */
  readonly fromPrimary: PrimarySettings | null;
  /** The Region of its primary when it was resolved, where that is another by now. */
  readonly resolvedPrimaryRegion: string | null;
  /** CCKM id of the replica that was there when the row was resolved; null: there was none. */
  readonly presentKeyId: string | null;
  /** CCKM ids of what they have made. */
  readonly othersReplicas: readonly string[];
  /** One of them has lost the answer to a call after this row did (or this row never did). */
  readonly anotherCalledLast: boolean;
};

/** What HeldReplicaRow has more than ReplicaRow, from the rows of other plans and what archived ones have left, for RETURNING on `replicas r`; openHeld opens it. */
export const heldColumns = Prisma.raw(`
  r.from_primary AS "fromPrimary", r.resolved_primary_region AS "resolvedPrimaryRegion", r.present_key_id AS "presentKeyId",
  ARRAY(SELECT o.replica_key_id FROM replicas o WHERE o.mrk = r.mrk AND o.account = r.account AND o.region = r.region
    AND o.id <> r.id AND o.outcome IN ('created', 'adopted') AND o.replica_key_id IS NOT NULL
    UNION ALL SELECT unnest(p.replica_key_ids) FROM archived_pairs p
      WHERE p.mrk = r.mrk AND p.account = r.account AND p.region = r.region) AS "othersReplicas",
  EXISTS (SELECT 1 FROM replicas o WHERE o.mrk = r.mrk AND o.account = r.account AND o.region = r.region
    AND o.id <> r.id AND o.outcome IS DISTINCT FROM 'already_present'
    AND o.lost_call_at > coalesce(r.lost_call_at, '-infinity')
    UNION ALL SELECT 1 FROM archived_pairs p WHERE p.mrk = r.mrk AND p.account = r.account AND p.region = r.region
      AND p.lost_call_at > coalesce(r.lost_call_at, '-infinity')) AS "anotherCalledLast"`);

/** Every column of ReplicaRow, for SELECT and RETURNING on `replicas r`. */
export const replicaColumns = Prisma.raw(`
  r.id, r.plan_id AS "planId", r.lane_id AS "laneId", r.operation::text AS operation, r.key_id AS "keyId", r.mrk, r.key_arn AS "keyArn", r.named_as AS "namedAs", r.alias, r.aliases,
  r.origin, r.account, r.primary_region AS "primaryRegion", r.region, r.epoch, r.created_at AS "createdAt",
  r.state::text AS state, r.outcome::text AS outcome, r.replica_key_id AS "replicaKeyId",
  r.replica_arn AS "replicaArn", r.key_state AS "keyState", r.attempts, r.failures, r.error, r.error_since AS "errorSince",
  r.not_before AS "notBefore", r.unsettled_since AS "unsettledSince", r.look_first AS "lookFirst",
  r.lost_answer AS "lostAnswer", r.lost_call_at AS "lostCallAt", r.asked_by_replica AS "askedByReplica", r.next_look_at AS "nextLookAt", r.looks, r.absences,
  r.enabled_since AS "enabledSince", r.pending_import_since AS "pendingImportSince",
  r.import_called_at AS "importCalledAt", r.imports, r.differs_since AS "differsSince", r.alias_due AS "aliasDue",
  r.alias_called_at AS "aliasCalledAt", r.alias_calls AS "aliasCalls", r.accepted_at AS "acceptedAt", r.usable_at AS "usableAt", r.warnings, r.diff,
  r.settings, r.manifest_line AS "manifestLine", r.from_primary_sha256 AS "fromPrimarySha256",
  encode(r.row_sha256, 'hex') AS "rowSha256"`);

/** Rows of replicaColumns and heldColumns with what was sealed of them opened; what cannot be is not what was resolved. */
export function openHeld<Row extends HeldReplicaRow>(seal: Seal, rows: readonly Row[]): Row[] {
  return rows.map((row) => ({ ...row, fromPrimary: showFromPrimary(seal, row.fromPrimary, row.id) }));
}
