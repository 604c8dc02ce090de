import { z } from 'zod';
import { type DrillEvidence, evidenceCheckSchema, evidenceDrillSchema, evidenceStepSchema } from './drill-evidence.ts';
import { packFormat, rendering } from './pack/manifest.ts';
import { type RedactedRunbook, redactText, redactValue } from './redact.ts';
import type { EvidenceTally } from './tally-evidence.ts';

/** evidence.json: the head of a pack. What follows from other files of it (`tally`) is worked out again by whoever verifies. */
export const evidenceDocumentSchema = z.object({
  format: z.literal(packFormat.format),
  version: z.literal(packFormat.version),
  /** Left out: an earlier Keyferry wrote it. */
  rendering: z.int().min(1).optional(),
  keyferry_version: z.string(),
  cckm_host: z.string().nullable(),
  signed_with: z.string().nullable(),
  clock: z.string(),
  drill: evidenceDrillSchema,
  runbook: z.object({ exact: z.boolean(), redacted: z.array(z.string()) }),
  steps: z.array(evidenceStepSchema),
  last_check: evidenceCheckSchema.nullable(),
  tally: z.record(z.string(), z.unknown()),
});

export type EvidenceDocument = Omit<z.infer<typeof evidenceDocumentSchema>, 'tally'> & {
  readonly tally: EvidenceTally;
};

const clock =
  'Times of drills, plans, approvals and findings are those of Postgres; times of calls to CCKM those of the worker that made them. UTC, to the millisecond.';

export function evidenceDocument(
  { version, cckmHost, drill, steps, check }: DrillEvidence,
  { redacted }: RedactedRunbook,
  tally: EvidenceTally,
  keyId: string | null,
): EvidenceDocument {
  const { reason, broken_glass: broken, scenario, description } = drill;
  return {
    ...packFormat,
    rendering,
    keyferry_version: version,
    cckm_host: cckmHost,
    signed_with: keyId,
    clock,
    drill: {
      ...drill,
      scenario: redactText(scenario),
      description: description && redactText(description),
      reason: reason && redactText(reason),
      broken_glass: broken && { ...broken, reason: redactText(broken.reason) },
    },
    runbook: { exact: redacted.length === 0, redacted: [...redacted] },
    steps: steps.map((step) => ({ ...step, detail: redactValue(step.detail), error: redactValue(step.error) })),
    last_check: check,
    tally,
  };
}
