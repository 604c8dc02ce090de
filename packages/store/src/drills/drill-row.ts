import {
  currentStepStates,
  type DrillState,
  type DrillStepState,
  type FindingSeverity,
  openStepStates,
  type Role,
  type Runbook,
  type RunbookStep,
  type StepKind,
} from '@keyferry/core';
import { openSpec } from '../seal/policies.ts';
import { type Connection, Prisma, type Store } from '../store.ts';

/** A drill as it stands, without its runbook. */
export interface DrillRow {
  readonly id: string;
  readonly name: string;
  readonly scenario: string;
  readonly mode: 'live' | 'rehearse';
  readonly state: DrillState;
  readonly spec_sha256: string;
  readonly created_by: string;
  readonly proposed_by: readonly string[];
  readonly approvers: readonly string[];
  readonly approvals_required: number;
  /** As of a plan. */
  readonly approval_rules_version: number | null;
  readonly approval_rule_names: readonly string[];
  readonly declared_at: Date;
  readonly approved_at: Date | null;
  readonly started_at: Date | null;
  readonly paused_at: Date | null;
  readonly finished_at: Date | null;
  readonly reason: string | null;
  readonly change_ticket: string | null;
  readonly lost_regions: readonly string[];
  readonly regions: readonly string[];
  readonly baseline_check_id: string | null;
  readonly scope_sha256: string | null;
  readonly keys: number | null;
  readonly broken_glass_by: string | null;
  readonly broken_glass_at: Date | null;
  readonly broken_glass_reason: string | null;
  /** What it is once it has rolled back. */
  readonly ending: 'failed' | 'aborted' | null;
  readonly rollback_plan_id: string | null;
}

export interface DrillProgress {
  readonly done: number;
  readonly total: number;
  readonly failed: number;
}

export interface DrillStepRow {
  readonly position: number;
  readonly id: string;
  readonly kind: StepKind;
  readonly title: string | null;
  readonly spec: RunbookStep;
  readonly state: DrillStepState;
  readonly started_at: Date | null;
  readonly deadline_at: Date | null;
  readonly finished_at: Date | null;
  readonly plan_id: string | null;
  readonly check_id: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly progress: DrillProgress | null;
}

export interface DrillApprovalRow {
  readonly approver: string;
  readonly role: Role;
  readonly step_position: number | null;
  readonly decision: 'approve' | 'reject';
  readonly comment: string | null;
  readonly at: Date;
}

export interface DrillFindingRow {
  readonly seq: number;
  readonly at: Date;
  readonly severity: FindingSeverity;
  readonly code: string;
  readonly message: string;
  readonly step_position: number | null;
  readonly owner: string | null;
  /** A date, `2027-03-01`. */
  readonly due: string | null;
  readonly ticket: string | null;
  readonly noted_by: string | null;
}

export interface DrillLogRow {
  readonly seq: number;
  readonly at: Date;
  readonly step_position: number | null;
  readonly kind: string;
  readonly message: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The columns of `drills d`: of the runbook, which names every key, only what lists show. */
export const drillColumns = Prisma.sql`d.id, d.name, d.spec ->> 'scenario' AS scenario, d.mode::text AS mode,
  d.state::text AS state, d.spec_sha256, d.created_by, d.proposed_by, d.approvers, d.approvals_required,
  d.approval_rules_version, d.approval_rule_names, d.declared_at, d.approved_at, d.started_at, d.paused_at, d.finished_at,
  d.reason, d.spec ->> 'change_ticket' AS change_ticket, d.spec -> 'lost_regions' AS lost_regions, d.spec -> 'regions' AS regions,
  d.baseline_check_id, d.scope_sha256, d.keys, d.broken_glass_by, d.broken_glass_at, d.broken_glass_reason,
  d.ending::text AS ending, d.rollback_plan_id`;

export async function readDrill(db: Connection, id: string): Promise<DrillRow | null> {
  const [row] = await db.$queryRaw<DrillRow[]>`SELECT ${drillColumns} FROM drills d WHERE d.id = ${id}::uuid`;
  return row ?? null;
}

/** The runbook of a drill. Throws SealError. */
export async function readRunbook({ seal }: Store, db: Connection, id: string): Promise<Runbook> {
  const [row] = await db.$queryRaw<{ spec: Runbook }[]>`SELECT spec FROM drills WHERE id = ${id}::uuid`;
  if (row === undefined) throw new Error(`There is no drill ${id}.`);
  return openSpec(seal, row.spec, { table: 'drills', id });
}

/** A drill in the list of all of them. */
export type ListedDrill = DrillRow & {
  readonly steps_done: number;
  readonly steps_total: number;
  readonly current_step: string | null;
  readonly findings: Readonly<Record<FindingSeverity, number>>;
};

/** A page of drills, newest first; `before` is the id of the last one seen. */
export function listDrills(
  { prisma }: Store,
  { limit, before, states }: { limit: number; before: string | null; states: readonly DrillState[] | null },
): Promise<ListedDrill[]> {
  const where = [
    before === null ? Prisma.sql`true` : Prisma.sql`d.id < ${before}::uuid`,
    states === null ? Prisma.sql`true` : Prisma.sql`d.state = ANY(${[...states]}::drill_state[])`,
  ];
  return prisma.$queryRaw<ListedDrill[]>`
    SELECT ${drillColumns}, s.steps_done, s.steps_total, s.current_step, f.findings
    FROM drills d
    CROSS JOIN LATERAL (SELECT count(*)::int AS steps_total,
      (count(*) FILTER (WHERE state <> ALL(${openStepStates}::drill_step_state[])))::int AS steps_done,
      min(id) FILTER (WHERE state = ANY(${currentStepStates}::drill_step_state[])) AS current_step
      FROM drill_steps WHERE drill_id = d.id) s
    CROSS JOIN LATERAL (SELECT jsonb_build_object('info', count(*) FILTER (WHERE severity = 'info'),
      'warning', count(*) FILTER (WHERE severity = 'warning'), 'blocking', count(*) FILTER (WHERE severity = 'blocking'))
      AS findings FROM drill_findings WHERE drill_id = d.id) f
    WHERE ${Prisma.join(where, ' AND ')} ORDER BY d.id DESC LIMIT ${limit}`;
}

/** The steps of a drill in their order; how far plans and checks are, their own counters say. */
export function readDrillSteps(db: Connection, drillId: string): Promise<DrillStepRow[]> {
  return db.$queryRaw<DrillStepRow[]>`
    SELECT s.position, s.id, s.kind, s.title, s.spec, s.state::text AS state, s.started_at, s.deadline_at,
      s.finished_at, s.plan_id, s.check_id, s.detail, s.error, CASE
        WHEN s.plan_id IS NOT NULL THEN (SELECT jsonb_build_object(
          'total', coalesce(sum(l.pending + l.queued + l.replicating + l.creating + l.importing + l.succeeded
            + l.already_present + l.failed + l.blocked + l.cancelled), 0),
          'done', coalesce(sum(l.succeeded + l.already_present), 0),
          'failed', coalesce(sum(l.failed + l.blocked), 0))
          FROM plan_lanes l WHERE l.plan_id = s.plan_id)
        WHEN s.check_id IS NOT NULL THEN (SELECT jsonb_build_object('total', (c.counts ->> 'total')::int,
          'done', (c.counts ->> 'covered')::int,
          'failed', (c.counts ->> 'total')::int - (c.counts ->> 'covered')::int)
          FROM coverage_checks c WHERE c.id = coalesce((s.detail ->> 'last_check_id')::uuid, s.check_id)
            AND c.counts IS NOT NULL)
      END AS progress
    FROM drill_steps s WHERE s.drill_id = ${drillId}::uuid ORDER BY s.position`;
}

export function readDrillApprovals(db: Connection, drillId: string): Promise<DrillApprovalRow[]> {
  return db.$queryRaw<DrillApprovalRow[]>`
    SELECT approver, role::text AS role, step_position, decision::text AS decision, comment, at
    FROM drill_approvals WHERE drill_id = ${drillId}::uuid ORDER BY id`;
}

export function readDrillFindings(db: Connection, drillId: string): Promise<DrillFindingRow[]> {
  return db.$queryRaw<DrillFindingRow[]>`
    SELECT seq, at, severity::text AS severity, code, message, step_position, owner,
      to_char(due, 'YYYY-MM-DD') AS due, ticket, noted_by
    FROM drill_findings WHERE drill_id = ${drillId}::uuid ORDER BY seq`;
}

/** What happened in a drill after an entry of its log, in order. */
export function readDrillLog(
  db: Connection,
  drillId: string,
  { after, limit }: { after: number; limit: number },
): Promise<DrillLogRow[]> {
  return db.$queryRaw<DrillLogRow[]>`
    SELECT seq, at, step_position, kind, message, detail FROM drill_log
    WHERE drill_id = ${drillId}::uuid AND seq > ${after} ORDER BY seq LIMIT ${limit}`;
}
