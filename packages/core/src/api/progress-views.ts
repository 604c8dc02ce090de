import { z } from 'zod';

/** How fast a plan went, and what of it failed. */

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');
const count = z.int().min(0);
const perSlice = z.array(count);

export const throughputViewSchema = z
  .object({
    started_at: time.nullable().describe('Start of the first slice; null: the plan has not started'),
    until: time.nullable().describe('Now, or when the plan finished; the last slice may extend beyond it'),
    slice_seconds: z.int().min(1),
    quota_per_second: z.number().describe('Replicas per second that the AWS quotas of all lanes of the plan allow'),
    effective_per_second: z.number().describe('The same at the configured share of the quotas and with throttling'),
    accepted: perSlice.describe('Replicas that CCKM accepted, per slice'),
    usable: perSlice.describe('Replicas that were read as usable, per slice'),
    failed: perSlice.describe(
      'Replicas that failed or were blocked and still are, per slice; without those blocked before the first call',
    ),
  })
  .meta({ id: 'PlanThroughput' });

export const failuresViewSchema = z
  .object({
    total: count.describe('Failed and blocked replicas of the plan'),
    items: z
      .array(
        z.object({
          code: z.string(),
          region: z.string(),
          count,
          failed: count,
          blocked: count,
          message: z.string().describe('Meaning of the code'),
          what_to_do: z.string(),
          retryable: z.boolean().describe('true: may succeed on retry; otherwise fix the cause before a retry'),
          accounts: z.array(z.string()).describe('At most 20'),
          account_count: count,
          example: z.object({ replica_id: z.uuid(), message: z.string() }),
        }),
      )
      .describe('By code and Region, most frequent first'),
  })
  .meta({ id: 'PlanFailures' });

export type ThroughputView = z.infer<typeof throughputViewSchema>;
export type FailuresView = z.infer<typeof failuresViewSchema>;
