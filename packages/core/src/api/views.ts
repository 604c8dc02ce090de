import { z } from 'zod';
import { roles } from '../access/roles.ts';
import { scopeViewSchema } from '../access/scope.ts';
import { askingRulesViewSchema } from '../approval-rules/asking-rules.ts';
import { replicaErrorViewSchema, replicaWarningViewSchema } from '../errors/replica-error.ts';
import { approvalViewSchema } from '../plan/approval.ts';
import { planOperations, planStates } from '../plan/life.ts';
import { limitsSchema } from '../plan/limits.ts';
import { waitingCodes } from '../plan/why-waiting.ts';
import { countsViewSchema } from '../replica/counts.ts';
import { replicaDifferenceViewSchema } from '../replica/difference.ts';
import { replicaOutcomes, replicaStates } from '../replica/states.ts';

/** What the HTTP API answers, as schemas: the OpenAPI document, the client and the CLI all read these. */

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');
const id = z.uuid().describe('UUIDv7');
const count = z.int().min(0);

export const planChangesViewSchema = z
  .object({
    previewed_at: time,
    checked_at: time.nullable().describe('Null while the check runs'),
    changes: z
      .array(z.object({ code: z.string(), count }))
      .describe('Replicas that are no longer pending: `already_present`, or why they are blocked'),
  })
  .meta({ id: 'PlanChanges' });

export const planWindowViewSchema = z
  .object({
    open: z.boolean().describe('true: replicas may start now'),
    opens_at: time.describe('Start of the open window, else of the next'),
    closes_at: time,
  })
  .meta({ id: 'PlanWindow' });

export const planWaitingViewSchema = z
  .object({
    code: z.enum(waitingCodes),
    message: z.string().describe('State, cause and action, in words'),
    since: time.nullable().describe('Start of the wait, if known'),
    until: time.nullable().describe('When it may continue or is retried, if known'),
  })
  .meta({ id: 'PlanWaiting' });

export const planViewSchema = z
  .object({
    id,
    name: z.string(),
    operation: z.enum(planOperations).describe('What the plan does with its keys'),
    mode: z.enum(['execute', 'preview']),
    state: z.enum(planStates),
    spec: z.record(z.string(), z.unknown()),
    spec_sha256: z.string(),
    resolved_sha256: z
      .string()
      .nullable()
      .describe(
        'SHA-256 over the resolved rows: key, Region and state of each, and what it copies from its primary; null until resolved',
      ),
    scope: scopeViewSchema.describe('Scope of the token that submitted it; the plan changes nothing outside'),
    created_by: z.string(),
    proposed_by: z
      .array(z.string())
      .describe(
        'Callers who submitted it, executed its preview, changed its limits or ran it again; they cannot approve it',
      ),
    approvals_required: count.describe(
      'Approvals needed before it starts: the number in the plan or in the approval rules, whichever is higher',
    ),
    approval_rules: askingRulesViewSchema.describe('The rules that require approvals; known once it is resolved'),
    approvals: z.array(approvalViewSchema).describe('All approvals in order, including void ones'),
    drill_id: id.nullable().describe('The drill that it belongs to'),
    drill_step: z.string().nullable().describe("That step's id"),
    schedule_id: id.nullable().describe('The schedule that submitted it'),
    scheduled_for: time.nullable().describe('The scheduled time of this run; null: run by hand'),
    created_at: time,
    started_at: time.nullable(),
    finished_at: time.nullable().describe('Set once no replica of the plan is in flight'),
    archived_at: time
      .nullable()
      .describe('When it was archived. An archived plan cannot be retried; null: not archived'),
    reason: z.string().nullable().describe('Why the plan is in this state or makes no progress, in words'),
    waiting: planWaitingViewSchema
      .nullable()
      .describe('Why the plan makes no progress. Null: it makes progress, is a preview, or has ended'),
    counts: countsViewSchema,
    window: planWindowViewSchema
      .nullable()
      .describe('The open or next maintenance window. Null: the plan has none, or has ended'),
    differing: count.describe(
      'Replicas that differ from the request (`diff` is not empty): those that failed with `replica_differs`, and others that were present',
    ),
    pending_import: count.describe(
      'Replicas that are `succeeded` or `already_present` but lack key material (`PendingImport`); 0 with `import_material`',
    ),
    eta_seconds: z
      .number()
      .nullable()
      .describe(
        'Estimated from the measured rate; until enough is measured, from the AWS quotas. Null while nothing moves, such as outside maintenance windows',
      ),
    lower_bound_seconds: z.number().describe('Minimum time of the whole plan at the AWS quotas'),
    changed_since_preview: planChangesViewSchema
      .nullable()
      .describe('Changes in CCKM that were found when an old preview was checked again before execution'),
    replicas_per_second: z
      .number()
      .describe('Replicas that CCKM accepts per second: current rate while running, else the average'),
  })
  .meta({ id: 'Plan' });

export const planActivityViewSchema = z
  .object({
    at: time,
    actor: z.string().nullable().describe('The caller; `system`: Keyferry itself'),
    role: z.enum(roles).nullable(),
    action: z.string().describe('As the audit log has it, see docs/security/audit-log.md'),
    from: z.enum(planStates).nullable().describe('The state before; null: it did not change'),
    state: z.enum(planStates).nullable().describe('The state after'),
    comment: z.string().nullable().describe('Of a comment, an approval or a rejection'),
    reason: z.string().nullable().describe('Why the plan reached that state'),
    retried: z
      .object({ error_code: z.string().nullable(), region: z.string().nullable() })
      .nullable()
      .describe('Of a retry: only what had failed with this code or in this Region'),
    limits: z.object({ before: limitsSchema, after: limitsSchema }).nullable().describe('Of a change of limits'),
  })
  .meta({ id: 'PlanActivity' });

export const planListedViewSchema = planViewSchema
  .partial({ spec: true })
  .meta({ id: 'PlanListed', description: 'A plan in a list, without its `spec` unless `include=spec` is set' });

export const replicaViewSchema = z
  .object({
    id,
    plan_id: id,
    key_id: z.string().describe('CCKM id of the primary; for an unknown key, the name in the plan'),
    key_arn: z.string().nullable(),
    alias: z.string().nullable(),
    account: z.string().nullable(),
    primary_region: z.string().nullable(),
    region: z.string(),
    state: z.enum(replicaStates),
    outcome: z.enum(replicaOutcomes).nullable(),
    replica_key_id: z.string().nullable(),
    replica_arn: z.string().nullable(),
    key_state: z.string().nullable().describe('As last read back from CCKM, never from the answer to replicate-key'),
    attempts: count.describe('replicate-key calls made'),
    error: replicaErrorViewSchema.nullable(),
    warnings: z.array(replicaWarningViewSchema).describe('Warnings of preflight that do not block it'),
    diff: z
      .array(replicaDifferenceViewSchema)
      .nullable()
      .describe(
        'How the replica differs from the request, as read from CCKM. Null: no difference, or no replica to compare',
      ),
    manifest_line: z.int().min(1).nullable().describe('The manifest line of this replica'),
    from_primary_sha256: z
      .string()
      .nullable()
      .describe('SHA-256 of what it copies from its primary by `same_as_primary`; null: nothing'),
    row_sha256: z
      .string()
      .nullable()
      .describe('SHA-256 over its resolved request; null: its plan was submitted by an earlier release'),
    not_before: time.nullable().describe('No call is made for a pending replica before this time'),
    created_at: time,
    accepted_at: time.nullable(),
    usable_at: time.nullable(),
  })
  .meta({ id: 'Replica' });

export const attemptViewSchema = z
  .object({
    n: z.int().min(1),
    started_at: time,
    finished_at: time.nullable(),
    operation: z.enum(['replicate', 'promote', 'reconcile', 'verify', 'import', 'synchronize', 'alias']),
    http_status: z.int().nullable(),
    error: replicaErrorViewSchema.nullable(),
    request_id: z.string().nullable(),
    note: z.string().nullable().describe('What Keyferry concluded from the call'),
  })
  .meta({ id: 'Attempt' });

export const fromPrimaryViewSchema = z
  .object({
    policy: z.record(z.string(), z.unknown()).optional(),
    tags: z.array(z.object({ TagKey: z.string(), TagValue: z.string() })).optional(),
    aliases: z.array(z.string()).optional().describe('Without "alias/"'),
    description: z.string().optional(),
  })
  .meta({ id: 'FromPrimary' });

export const replicaDetailViewSchema = replicaViewSchema
  .extend({
    attempt_log: z.array(attemptViewSchema),
    from_primary: fromPrimaryViewSchema
      .nullable()
      .describe('What the replica copies by `same_as_primary`, as read when the plan was resolved'),
  })
  .meta({ id: 'ReplicaDetail' });

export const circuitResetViewSchema = z
  .object({
    id: z.string().describe('The lane, or `cckm`'),
    circuit: z.enum(['closed', 'open', 'half_open']),
    circuit_before: z.enum(['closed', 'open', 'half_open']).describe('`closed`: nothing changed'),
    reason_before: z.string().nullable().describe('An error code; null if it was closed'),
  })
  .meta({ id: 'CircuitReset' });

export type CircuitResetView = z.infer<typeof circuitResetViewSchema>;

export const laneViewSchema = z
  .object({
    id: z.string(),
    account: z.string(),
    region: z.string(),
    operation: z.string(),
    quota_per_second: z.number(),
    effective_per_second: z.number(),
    in_flight: count,
    pending: count,
    throttled_total: count,
    circuit: z.enum(['closed', 'open', 'half_open']),
    default_quota_per_second: z.number().describe('Default quota, used if none is set for this lane'),
    rate_factor: z.number().min(0).max(1).describe('Share of the rate that is left after throttling'),
    circuit_since: time.nullable().describe('Null while the circuit is closed'),
    circuit_reason: z.string().nullable().describe('An error code; null while the circuit is closed'),
  })
  .meta({ id: 'Lane' });

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    request_id: z.string(),
    errors: z
      .array(
        z.object({
          path: z.string(),
          code: z.string(),
          message: z.string(),
          line: z.int().min(1).optional().describe('Of a manifest'),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document' });

export type PlanView = z.infer<typeof planViewSchema>;
export type PlanActivityView = z.infer<typeof planActivityViewSchema>;
export type PlanListedView = z.infer<typeof planListedViewSchema>;
export type PlanWaitingView = z.infer<typeof planWaitingViewSchema>;
export type PlanWindowView = z.infer<typeof planWindowViewSchema>;
export type PlanChangesView = z.infer<typeof planChangesViewSchema>;
export type ReplicaView = z.infer<typeof replicaViewSchema>;
/** What the event stream sends of a replica to a matrix. */
export type ReplicaCellView = Pick<ReplicaView, 'key_id' | 'region' | 'state'>;
export type ReplicaDetailView = z.infer<typeof replicaDetailViewSchema>;
export type AttemptView = z.infer<typeof attemptViewSchema>;
export type AttemptOperation = AttemptView['operation'];
export type LaneView = z.infer<typeof laneViewSchema>;
export type ProblemDocument = z.infer<typeof problemSchema>;
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
