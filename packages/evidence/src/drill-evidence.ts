import { type AuditCheckpointView, type AuditEntryView, type DrillItem, type DrillMove, roles } from '@keyferry/core';
import { z } from 'zod';

/** All that is known of a drill when its evidence is put together: small things as they are, long lists page by page. */

const time = z.iso.datetime({ precision: 3 });
const sha = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);

export const evidenceDrillSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  scenario: z.string(),
  description: z.string().nullable(),
  mode: z.enum(['live', 'rehearse']),
  state: z.string(),
  reason: z.string().nullable(),
  change_ticket: z.string().nullable(),
  spec_sha256: sha.describe('Of runbook.json'),
  scope_sha256: sha.nullable().describe('Of the keys that it was about'),
  scope: z.object({
    keys: count,
    regions: z.array(z.string()),
    lost_regions: z.array(z.string()),
    accounts: z.array(z.string()),
  }),
  targets: z.object({ rto_ms: z.number().nullable(), rpo_ms: z.number().nullable() }),
  submitted_by: z.string(),
  declared_at: time.describe('T0'),
  approved_at: time.nullable().describe('T1'),
  started_at: time.nullable(),
  finished_at: time.describe('T6'),
  approvals_required: count,
  broken_glass: z.object({ by: z.string(), at: time, reason: z.string() }).nullable(),
});

export const evidenceStepSchema = z.object({
  position: count,
  id: z.string(),
  kind: z.string(),
  title: z.string().nullable(),
  state: z.string(),
  started_at: time.nullable(),
  deadline_at: time.nullable(),
  finished_at: time.nullable(),
  plan_id: z.string().nullable(),
  check_id: z.string().nullable(),
  detail: z.unknown(),
  error: z.unknown(),
});

export const evidenceApprovalSchema = z.object({
  approver: z.string(),
  role: z.enum(roles),
  step: z.string().nullable().describe('Null: of the whole drill'),
  decision: z.enum(['approve', 'reject']),
  spec_sha256: z.string(),
  scope_sha256: z.string().nullable(),
  comment: z.string().nullable(),
  at: time,
});

export const evidenceFindingSchema = z.object({
  seq: count,
  severity: z.string(),
  code: z.string(),
  message: z.string(),
  step: z.string().nullable(),
  owner: z.string().nullable(),
  due: z.string().nullable(),
  ticket: z.string().nullable(),
});

export const evidenceCheckSchema = z.object({
  id: z.uuid(),
  proof: z.boolean(),
  at: time,
  regions: z.array(z.string()),
  counts: z.record(z.string(), count),
  by_region: z.array(z.object({ region: z.string(), counts: z.record(z.string(), count) })),
  covered_percent: z.number(),
});

/** One line of the timeline. */
export const evidenceLogEntrySchema = z.object({
  seq: count,
  at: time,
  step: z.string().nullable(),
  kind: z.string(),
  message: z.string(),
  detail: z.unknown(),
});

/** One call to CCKM. */
export interface EvidenceAttempt {
  readonly step: string | null;
  readonly plan_id: string;
  readonly key_id: string;
  readonly mrk: string;
  readonly region: string;
  readonly n: number;
  readonly operation: string;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly http_status: number | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly provider_code: string | null;
  readonly request_id: string | null;
  readonly note: string | null;
}

/** One key × Region as the last check of coverage found it. */
export const evidenceCellSchema = z.object({
  mrk: z.string(),
  key_arn: z.string().nullable(),
  alias: z.string().nullable(),
  account: z.string(),
  primary_region: z.string().nullable(),
  region: z.string(),
  state: z.string(),
  code: z.string(),
  message: z.string(),
  member_id: z.string().nullable(),
  key_state: z.string().nullable(),
  valid_to: z.string().nullable(),
  material: z.unknown().describe('What was compared of the material: ids only'),
});

export type EvidenceCell = z.infer<typeof evidenceCellSchema>;
export type EvidenceDrill = z.infer<typeof evidenceDrillSchema>;
export type EvidenceStep = z.infer<typeof evidenceStepSchema>;
export type EvidenceApproval = z.infer<typeof evidenceApprovalSchema>;
export type EvidenceFinding = z.infer<typeof evidenceFindingSchema>;
export type EvidenceLogEntry = z.infer<typeof evidenceLogEntrySchema>;
export type EvidenceCheck = z.infer<typeof evidenceCheckSchema>;

export interface DrillEvidence {
  /** The version of Keyferry that puts it together. */
  readonly version: string;
  readonly cckmHost: string | null;
  readonly drill: EvidenceDrill;
  /** The runbook as approved. */
  readonly runbook: Readonly<Record<string, unknown>>;
  readonly steps: readonly EvidenceStep[];
  readonly approvals: readonly EvidenceApproval[];
  readonly findings: readonly EvidenceFinding[];
  readonly log: readonly EvidenceLogEntry[];
  /** The last check of coverage; null: there was none. */
  readonly check: EvidenceCheck | null;
  readonly audit: {
    /** The entries about the drill and its plans, in their order. */
    readonly entries: readonly AuditEntryView[];
    readonly head: { readonly seq: number; readonly hash: string };
    readonly checkpoint: AuditCheckpointView | null;
  };
  items(): AsyncIterable<readonly DrillItem[]>;
  moves(): AsyncIterable<readonly DrillMove[]>;
  attempts(): AsyncIterable<readonly EvidenceAttempt[]>;
  cells(): AsyncIterable<readonly EvidenceCell[]>;
}
