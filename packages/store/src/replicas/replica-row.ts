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
    readonly manifest_line: number | null;
    /** SHA-256 of what it gets from its primary; null: nothing. */
    readonly from_primary_sha256: string | null;
    /** SHA-256 over what is called for it, as it was resolved; null: its plan was submitted before there was one. */
    readonly row_sha256: string | null;
    readonly epoch: number;
    readonly created_at: Date;
  };

/** A row in a worker's hands, with what the rows of other plans have to do with its pair. */
export type HeldReplicaRow = ReplicaRow & {
  /** What it gets from the primary, as that was when the plan was resolved; null: nothing. */
  readonly from_primary: PrimarySettings | null;
  /** The Region of its primary when it was resolved, where that is another by now. */
  readonly resolved_primary_region: string | null;
  /** CCKM id of the replica that was there when the row was resolved; null: there was none. */
  readonly present_key_id: string | null;
  /** CCKM ids of what they have made. */
  readonly others_replicas: readonly string[];
  /** One of them has lost the answer to a call after this row did (or this row never did). */
  readonly another_called_last: boolean;
};

/** What HeldReplicaRow has more than ReplicaRow, from the rows of other plans and what archived ones have left, for RETURNING on `replicas r`; openHeld opens it. */
export const heldColumns = Prisma.raw(`
  r.from_primary, r.resolved_primary_region, r.present_key_id,
  ARRAY(SELECT o.replica_key_id FROM replicas o WHERE o.mrk = r.mrk AND o.account = r.account AND o.region = r.region
    AND o.id <> r.id AND o.outcome IN ('created', 'adopted') AND o.replica_key_id IS NOT NULL
    UNION ALL SELECT unnest(p.replica_key_ids) FROM archived_pairs p
      WHERE p.mrk = r.mrk AND p.account = r.account AND p.region = r.region) AS others_replicas,
  EXISTS (SELECT 1 FROM replicas o WHERE o.mrk = r.mrk AND o.account = r.account AND o.region = r.region
    AND o.id <> r.id AND o.outcome IS DISTINCT FROM 'already_present'
    AND o.lost_call_at > coalesce(r.lost_call_at, '-infinity')
    UNION ALL SELECT 1 FROM archived_pairs p WHERE p.mrk = r.mrk AND p.account = r.account AND p.region = r.region
      AND p.lost_call_at > coalesce(r.lost_call_at, '-infinity')) AS another_called_last`);

/** Every column of ReplicaRow, for SELECT and RETURNING on `replicas r`. */
export const replicaColumns = Prisma.raw(`
  r.id, r.plan_id, r.lane_id, r.operation::text AS operation, r.key_id, r.mrk, r.key_arn, r.named_as, r.alias, r.aliases,
  r.origin, r.account, r.primary_region, r.region, r.epoch, r.created_at,
  r.state::text AS state, r.outcome::text AS outcome, r.replica_key_id,
  r.replica_arn, r.key_state, r.attempts, r.failures, r.error, r.error_since,
  r.not_before, r.unsettled_since, r.look_first,
  r.lost_answer, r.lost_call_at, r.asked_by_replica, r.next_look_at, r.looks, r.absences,
  r.enabled_since, r.pending_import_since,
  r.import_called_at, r.imports, r.differs_since, r.alias_due,
  r.alias_called_at, r.alias_calls, r.accepted_at, r.usable_at, r.warnings, r.diff,
  r.settings, r.manifest_line, r.from_primary_sha256,
  encode(r.row_sha256, 'hex') AS row_sha256`);

/** Rows of replicaColumns and heldColumns with what was sealed of them opened; what cannot be is not what was resolved. */
export function openHeld<Row extends HeldReplicaRow>(seal: Seal, rows: readonly Row[]): Row[] {
  return rows.map((row) => ({ ...row, from_primary: showFromPrimary(seal, row.from_primary, row.id) }));
}
