import {
  type ApprovalView,
  type Counts,
  countsOf,
  type MaintenanceWindow,
  type PlanChangesView,
  type PlanOperation,
  type PlanSpec,
  type PlanState,
  presentReplicaStates,
  type ReplicaState,
  replicaStates,
  type Scope,
} from '@keyferry/core';
import { givenScope, scopeColumn, within } from '../access/scope.ts';
import { cckmCircuit } from '../pacing/circuit.ts';
import { showSpec } from '../seal/policies.ts';
import { statesIn } from '../states-in-sql.ts';
import type { Connection, Store } from '../store.ts';
import { Prisma } from '../store.ts';
import { countedLanes, laneCounters } from './lane-counters.ts';
import { type PlanWaitingRow, waitingColumns } from './waiting-facts.ts';

/** How a plan stands, with its counters from one snapshot; without its spec, which may be tens of megabytes. */
export interface PlanStatusRow extends PlanWaitingRow {
  readonly id: string;
  readonly name: string;
  readonly operation: PlanOperation;
  readonly mode: 'execute' | 'preview';
  readonly state: PlanState;
  readonly spec_sha256: string;
  readonly scope: Scope;
  readonly created_by: string;
  readonly created_at: Date;
  /** The drill that it is a step of, and that step; null: it stands alone. */
  readonly drill_id: string | null;
  readonly drill_step: string | null;
  readonly schedule_id: string | null;
  readonly scheduled_for: Date | null;
  /** The earliest start. */
  readonly start_at: Date | null;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  /** Since when its rows are read from its archive. */
  readonly archived_at: Date | null;
  readonly reason: string | null;
  readonly priority: number;
  readonly max_in_flight: number;
  /** Its Regions go one after the other. */
  readonly sequential: boolean;
  readonly tolerance_count: number | null;
  readonly tolerance_percent: number | null;
  readonly lower_bound_seconds: number;
  readonly resolved_at: Date | null;
  /** What a second check of a preview found; null: there was none. */
  readonly changed_since_preview: Omit<PlanChangesView, 'checked_at'> | null;
  readonly approvals_required: number;
  /** The version of the approval rules that asks for approvals of it, and which of its rules do; null: none does. */
  readonly approval_rules_version: number | null;
  readonly approval_rule_names: readonly string[];
  readonly proposed_by: readonly string[];
  readonly resolved_sha256: string | null;
  /** All that were given, void ones too, in their order. */
  readonly approvals: readonly ApprovalView[];
  /** Its maintenance windows as they are now. */
  readonly windows: readonly MaintenanceWindow[];
  /** Their present interval or the next, as the workers last moved it on. Null: there are none. */
  readonly window_opens_at: Date | null;
  readonly window_closes_at: Date | null;
  readonly counts: Counts;
  /** The error code for which nothing is called just now: CCKM is down; null while it answers. */
  readonly outage: string | null;
  /** Replicas that differ from the request. */
  readonly differing: number;
  /** Replicas that ended `succeeded` or `already_present` without key material. */
  readonly pending_import: number;
  /** Replicas accepted by CCKM in the last 30 seconds; 0 once it has ended. */
  readonly accepted_lately: number;
  /** When the first of these was; null: there is none. */
  readonly accepted_since: Date | null;
  /** Replicas accepted by CCKM in all, and over how many seconds. */
  readonly accepted: number;
}

/** A plan with its spec. */
export type PlanRow = PlanStatusRow & { readonly spec: PlanSpec };

const timeView = (column: string): string => `to_char(a.${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const approvalView = Prisma.raw(`jsonb_build_object('approver', a.approver, 'role', a.role,
  'approved_at', ${timeView('approved_at')}, 'expires_at', ${timeView('expires_at')}, 'comment', a.comment,
  'spec_sha256', a.spec_sha256, 'resolved_sha256', a.resolved_sha256, 'limits', a.limits,
  'voided_at', ${timeView('voided_at')}, 'void_reason', a.void_reason)`);

type RawPlan<Row> = Omit<Row, 'counts'> & { [state in ReplicaState]: number };

const newestFirst = Prisma.sql`p.id DESC`;

/** Reads plans by a condition on `plans p`, newest first unless told otherwise; `more` adds columns to those of PlanStatusRow. */
async function selectPlans<Row extends PlanStatusRow>(
  db: Connection,
  where: Prisma.Sql,
  more: Prisma.Sql,
  limit: number,
  order: Prisma.Sql = newestFirst,
): Promise<Row[]> {
  const rows = await db.$queryRaw<RawPlan<Row>[]>`
    SELECT p.id, p.name, p.operation::text AS operation, p.mode::text AS mode, p.state::text AS state, p.spec_sha256, ${scopeColumn('p')},
      p.drill_id, p.drill_step,
      p.schedule_id, p.scheduled_for, p.created_by, p.created_at, p.start_at, p.started_at,
      p.finished_at, p.archived_at, p.reason, p.priority, p.max_in_flight, p.sequential,
      p.tolerance_count, p.tolerance_percent,
      p.lower_bound_seconds, p.resolved_at,
      p.changed_since_preview, p.windows,
      p.window_opens_at, p.window_closes_at,
      p.approvals_required, p.approval_rules_version,
      p.approval_rule_names, p.proposed_by, p.resolved_sha256,
      (SELECT coalesce(jsonb_agg(${approvalView} ORDER BY a.id), '[]') FROM approvals a
        WHERE a.plan_id = p.id) AS approvals,
      ${Prisma.raw(replicaStates.map((state) => `coalesce(c.${state}, 0)::int AS "${state}"`).join(', '))},
      ${waitingColumns},
      coalesce(c.differing, 0)::int AS differing,
      (SELECT reason FROM circuits WHERE id = ${cckmCircuit} AND state <> 'closed') AS outage,
      CASE WHEN p.archived_at IS NULL THEN (SELECT count(*)::int FROM replicas r
        WHERE r.plan_id = p.id AND r.state IN ${statesIn(presentReplicaStates)} AND r.key_state = 'PendingImport')
        ELSE (SELECT pending_import FROM plan_archives WHERE plan_id = p.id) END AS pending_import,
      CASE WHEN p.finished_at IS NOT NULL THEN 0 ELSE (SELECT count(*)::int FROM replicas r
        WHERE r.plan_id = p.id AND r.accepted_at > now() - interval '30 seconds') END AS accepted_lately,
      CASE WHEN p.finished_at IS NULL THEN (SELECT min(r.accepted_at) FROM replicas r
        WHERE r.plan_id = p.id AND r.accepted_at > now() - interval '30 seconds') END AS accepted_since,
      (coalesce(c.creating, 0) + coalesce(c.importing, 0) + coalesce(c.succeeded, 0))::int AS "accepted"
      ${more}
    FROM plans p
    LEFT JOIN LATERAL (
      SELECT ${Prisma.raw(laneCounters.map((column) => `sum(l.${column}) AS ${column}`).join(', '))}
      FROM ${countedLanes} l WHERE l.plan_id = p.id
    ) c ON true
    WHERE ${where}
    ORDER BY ${order} LIMIT ${limit}`;
  return rows.map((row) => ({ ...row, counts: countsOf(row) }) as unknown as Row);
}

const withSpec = Prisma.sql`, p.spec`;

export async function readPlan({ prisma, plans }: Store, id: string): Promise<PlanRow | null> {
  const plan = await readPlanStatus(prisma, id);
  return plan && { ...plan, spec: await plans.specOf(id) };
}

/** The same without its spec: for what looks at a plan again and again, or only at its state. */
export async function readPlanStatus(db: Connection, id: string): Promise<PlanStatusRow | null> {
  const [plan] = await selectPlans<PlanStatusRow>(db, Prisma.sql`p.id = ${id}::uuid`, Prisma.empty, 1);
  return plan ?? null;
}

/** The plans of these ids, without their specs, newest first. */
export function readPlanStatuses(db: Connection, ids: readonly string[]): Promise<PlanStatusRow[]> {
  return selectPlans(db, Prisma.sql`p.id = ANY(${[...ids]}::uuid[])`, Prisma.empty, ids.length);
}

/** What needs somebody first: what is at work, then what waits, then previews that nobody may ever execute. */
const urgency: readonly PlanState[] = [
  'halted',
  'running',
  'awaiting_approval',
  'resolving',
  'paused',
  'scheduled',
  'cancelled',
  'previewed',
];

/** At most so many of the plans that are not finished, without their specs, in the order of their urgency. */
export function listUnfinishedPlans(db: Connection, limit: number): Promise<PlanStatusRow[]> {
  const order = Prisma.sql`array_position(${[...urgency]}::text[], p.state::text), p.id DESC`;
  return selectPlans(db, Prisma.sql`p.finished_at IS NULL`, Prisma.empty, limit, order);
}

interface PlanPage {
  readonly limit: number;
  /** The id of the last one seen. */
  readonly before: string | null;
  readonly states: readonly PlanState[] | null;
  /** Part of the plan's name, in any case. */
  readonly name: string | null;
  /** Part of its name, its change ticket or its submitter, in any case. */
  readonly search: string | null;
}

/** A page of the plans within a scope, newest first, without their specs. */
export function listPlans({ prisma }: Store, scope: Scope, page: PlanPage): Promise<PlanStatusRow[]> {
  return selectPlans(prisma, inPage(scope, page), Prisma.empty, page.limit);
}

/** The same with their specs. */
export async function listPlansWithSpecs({ prisma, seal }: Store, scope: Scope, page: PlanPage): Promise<PlanRow[]> {
  const plans = await selectPlans<PlanRow>(prisma, inPage(scope, page), withSpec, page.limit);
  return plans.map((plan) => ({ ...plan, spec: showSpec(seal, plan.spec, { table: 'plans', id: plan.id }) }));
}

/** The ticket is looked up where the log has it: a spec may be tens of megabytes. An entry is written within a transaction of the plan. */
const hasTicket = (text: string) => Prisma.sql`EXISTS (SELECT 1 FROM audit_entries e WHERE e.object_id = p.id::text
  AND e.object_type = 'plan' AND e.at BETWEEN p.created_at - interval '1 day' AND p.created_at + interval '1 day'
  AND position(lower(${text}) IN lower(e.detail ->> 'change_ticket')) > 0)`;

function inPage(scope: Scope, { before, states, name, search }: PlanPage): Prisma.Sql {
  const where = [
    within(givenScope(scope), 'p'),
    before === null ? Prisma.sql`true` : Prisma.sql`p.id < ${before}::uuid`,
    states === null ? Prisma.sql`true` : Prisma.sql`p.state = ANY(${[...states]}::plan_state[])`,
    name === null ? Prisma.sql`true` : Prisma.sql`position(lower(${name}) IN lower(p.name)) > 0`,
    search === null
      ? Prisma.sql`true`
      : Prisma.sql`(position(lower(${search}) IN lower(p.name)) > 0 OR position(lower(${search}) IN lower(p.created_by)) > 0
          OR ${hasTicket(search)})`,
  ];
  return Prisma.join(where, ' AND ');
}
