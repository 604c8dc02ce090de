import type {
  ReplicaBlock,
  ReplicaDifferenceView,
  ReplicaIdentity,
  ReplicaLife,
  ReplicaWarningView,
} from '@keyferry/core';
import { Prisma } from '../store.ts';

/** What preflight found out about a row. */
export interface ReplicaFindings {
  /** All of the primary's aliases then. */
  readonly aliases: readonly string[];
  readonly warnings: readonly ReplicaWarningView[];
  /** In what a replica that was there is other than the plan wants; null: none was there. */
  readonly diff: readonly ReplicaDifferenceView[] | null;
}

/** A replica row as a worker holds it. */
export type ReplicaRow = ReplicaIdentity &
  ReplicaLife &
  ReplicaFindings & {
    /** What its row in a manifest sets, laid over the plan's block; and that row's line. */
    readonly settings: ReplicaBlock | null;
    readonly manifestLine: number | null;
    readonly epoch: number;
    readonly createdAt: Date;
  };

/** A row in a worker's hands, with what the rows of other plans have to do with its pair. */
export type HeldReplicaRow = ReplicaRow & {
  /** CCKM ids of what they have made. */
  readonly othersReplicas: readonly string[];
  /** One of them has lost the answer to a call after this row did (or this row never did). */
  readonly anotherCalledLast: boolean;
};

/** What HeldReplicaRow has more than ReplicaRow, for RETURNING on `replicas r`. */
export const othersReplicas = Prisma.raw(`
  ARRAY(SELECT o.replica_key_id FROM replicas o WHERE o.mrk = r.mrk AND o.account = r.account AND o.region = r.region
    AND o.id <> r.id AND o.outcome IN ('created', 'adopted') AND o.replica_key_id IS NOT NULL) AS "othersReplicas",
  EXISTS (SELECT 1 FROM replicas o WHERE o.mrk = r.mrk AND o.account = r.account AND o.region = r.region
    AND o.id <> r.id AND o.outcome IS DISTINCT FROM 'already_present'
    AND o.lost_call_at > coalesce(r.lost_call_at, '-infinity')) AS "anotherCalledLast"`);

/** Every column of ReplicaRow, for SELECT and RETURNING on `replicas r`. */
export const replicaColumns = Prisma.raw(`
  r.id, r.plan_id AS "planId", r.lane_id AS "laneId", r.operation::text AS operation, r.key_id AS "keyId", r.mrk, r.key_arn AS "keyArn", r.alias, r.aliases,
  r.origin, r.account, r.primary_region AS "primaryRegion", r.region, r.epoch, r.created_at AS "createdAt",
  r.state::text AS state, r.outcome::text AS outcome, r.replica_key_id AS "replicaKeyId",
  r.replica_arn AS "replicaArn", r.key_state AS "keyState", r.attempts, r.failures, r.error, r.error_since AS "errorSince",
  r.not_before AS "notBefore", r.unsettled_since AS "unsettledSince", r.look_first AS "lookFirst",
  r.lost_answer AS "lostAnswer", r.lost_call_at AS "lostCallAt", r.next_look_at AS "nextLookAt", r.looks, r.absences,
  r.enabled_since AS "enabledSince", r.pending_import_since AS "pendingImportSince",
  r.import_called_at AS "importCalledAt", r.imports, r.accepted_at AS "acceptedAt", r.usable_at AS "usableAt", r.warnings, r.diff,
  r.settings, r.manifest_line AS "manifestLine"`);
