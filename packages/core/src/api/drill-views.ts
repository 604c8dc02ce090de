import { z } from 'zod';
import { roles } from '../access/roles.ts';
import { askingRulesViewSchema } from '../approval-rules/asking-rules.ts';
import { findingSeverities } from '../drill/finding-severity.ts';
import { drillStates, drillStepStates } from '../drill/life.ts';
import { stepKinds } from '../drill/runbook.ts';
import { planWaitingViewSchema } from './views.ts';

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');
const count = z.int().min(0);
const position = z.int().min(0);

export const drillApprovalViewSchema = z
  .object({
    approver: z.string(),
    role: z.enum(roles).describe('The role at that time'),
    step: z.string().nullable().describe('The id of the step; null: the whole drill'),
    decision: z.enum(['approve', 'reject']),
    comment: z.string().nullable(),
    at: time,
  })
  .meta({ id: 'DrillApproval' });

export const drillFindingViewSchema = z
  .object({
    seq: count,
    severity: z.enum(findingSeverities),
    code: z.string().describe('Code of Keyferry; `noted`: written by a person'),
    message: z.string(),
    step: z.string().nullable().describe('The id of the step that found it'),
    owner: z.string().nullable(),
    due: z.iso.date().nullable(),
    ticket: z.string().nullable(),
    by: z.string().nullable().describe('The person who wrote it; null: the drill itself'),
    at: time,
  })
  .meta({ id: 'DrillFinding' });

export const drillProgressViewSchema = z
  .object({ done: count, total: count, failed: count })
  .meta({ id: 'DrillProgress', description: 'Progress of the key-Region pairs of a step.' });

export const drillStepViewSchema = z
  .object({
    position,
    id: z.string(),
    kind: z.enum(stepKinds),
    title: z.string().nullable(),
    state: z.enum(drillStepStates),
    started_at: time.nullable(),
    deadline_at: time.nullable().describe('Extended while the drill is paused'),
    finished_at: time.nullable(),
    plan_id: z.uuid().nullable().describe('The plan of the step'),
    check_id: z.uuid().nullable().describe('The newest coverage check of the step'),
    detail: z.record(z.string(), z.unknown()).describe('Result of the step, by kind'),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    progress: drillProgressViewSchema.nullable().describe('Null: nothing to count'),
  })
  .meta({ id: 'DrillStep' });

/** What a drill says of itself in lists, alone and in events. */
export const drillShape = z.object({
  id: z.uuid().describe('UUIDv7'),
  name: z.string(),
  scenario: z.string(),
  mode: z.enum(['live', 'rehearse']),
  state: z.enum(drillStates),
  reason: z.string().nullable().describe('Why it is in this state or makes no progress, in words'),
  waiting: planWaitingViewSchema
    .nullable()
    .describe('Why it makes no progress. Null: it makes progress, has ended, or is in a list'),
  spec_sha256: z.string().describe('SHA-256 of the runbook as canonical JSON, covered by approvals'),
  scope_sha256: z
    .string()
    .nullable()
    .describe(
      'SHA-256 of its keys and the Regions of their primaries, covered by approvals. Null until the keys are read',
    ),
  created_by: z.string(),
  proposed_by: z.array(z.string()).describe('Callers who declared or resumed it; they cannot approve it'),
  declared_at: time.describe('When it was submitted'),
  approved_at: time.nullable().describe('When it was approved, or continued by break-glass'),
  started_at: time.nullable(),
  paused_at: time.nullable(),
  finished_at: time.nullable().describe('Null also for an aborted drill whose last calls are still in flight'),
  change_ticket: z.string().nullable(),
  lost_regions: z.array(z.string()),
  regions: z.array(z.string()),
  keys: count.nullable().describe('Null until the keys are read'),
  baseline_check_id: z
    .uuid()
    .nullable()
    .describe('The coverage check at the start; its keys are the keys of the drill'),
  rollback_plan_id: z.uuid().nullable().describe('The plan that promotes keys back'),
  approvals_required: count,
  approval_rules: askingRulesViewSchema.describe('The rules that require approvals; known once the keys are read'),
  approvals: z.array(drillApprovalViewSchema),
  broken_glass: z
    .object({ by: z.string(), at: time, reason: z.string() })
    .nullable()
    .describe('Who continued it without its approvals'),
  current_step: z.string().nullable().describe('The id of the step in progress'),
});

export const drillListedViewSchema = drillShape
  .extend({
    steps: z.object({ done: count, total: count }),
    findings: z.object({ info: count, warning: count, blocking: count }),
  })
  .meta({ id: 'DrillListed', description: 'A drill in the list of all drills.' });

export const drillViewSchema = drillShape
  .extend({
    spec: z.record(z.string(), z.unknown()).describe('The runbook, with defaults'),
    steps: z.array(drillStepViewSchema),
    findings: z.array(drillFindingViewSchema),
  })
  .meta({ id: 'Drill' });

export const drillKeyViewSchema = z
  .object({
    index: position,
    key_id: z.string(),
    mrk: z.string().nullable(),
    key_arn: z.string().nullable(),
    alias: z.string().nullable(),
    account: z.string(),
    primary_region: z.string().nullable().describe('At the start of the drill'),
    cells: z.array(
      z.object({
        region: z.string(),
        before: z.string().describe('Coverage at the start of the drill'),
        now: z.string().nullable().describe('Coverage in the newest check of the drill'),
        proven_at: time.nullable().describe('When a proof first found it covered'),
        replica: z.string().nullable().describe('State of its row in the newest plan of the drill'),
        plan_id: z.uuid().nullable(),
        operation: z.enum(['replicate', 'promote']).nullable(),
        error_code: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'DrillKey' });

export const drillLogViewSchema = z
  .object({
    seq: count,
    at: time,
    step: z.string().nullable(),
    kind: z.string().describe('`drill`, `step`, `plan`, `check`, `approval`, `finding`, `http`, `notice`'),
    message: z.string(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'DrillLogEntry' });

export type DrillApprovalView = z.infer<typeof drillApprovalViewSchema>;
export type DrillFindingView = z.infer<typeof drillFindingViewSchema>;
export type DrillStepView = z.infer<typeof drillStepViewSchema>;
export type DrillListedView = z.infer<typeof drillListedViewSchema>;
export type DrillView = z.infer<typeof drillViewSchema>;
export type DrillKeyView = z.infer<typeof drillKeyViewSchema>;
export type DrillLogView = z.infer<typeof drillLogViewSchema>;
