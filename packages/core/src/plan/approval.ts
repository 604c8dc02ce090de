import { z } from 'zod';
import { roles } from '../access/roles.ts';
import { limitsSchema } from './limits.ts';

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');

/** An approval as it is stored and answered. */
export const approvalViewSchema = z
  .object({
    approver: z.string(),
    role: z.enum(roles).describe("The approver's role at that time"),
    approved_at: time,
    expires_at: time.describe('The plan must start before this time'),
    comment: z.string().nullable(),
    spec_sha256: z.string(),
    resolved_sha256: z.string(),
    limits: limitsSchema,
    voided_at: time.nullable(),
    void_reason: z.string().nullable().describe('Why it is void; null: it counts'),
  })
  .meta({ id: 'Approval' });

export type ApprovalView = z.infer<typeof approvalViewSchema>;
