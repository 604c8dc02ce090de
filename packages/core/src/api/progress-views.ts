import { z } from 'zod';

/** How fast a plan went, and what of it failed. */

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');
const count = z.int().min(0);
const perSlice = z.array(count);

export const throughputViewSchema = z
  .object({
    started_at: time.nullable().describe('Where the first slice begins; null: the plan has not started'),
    until: time.nullable().describe('Now, or when the plan had finished; the last slice may go beyond'),
    slice_seconds: z.int().min(1),
    quota_per_second: z.number().describe('Replicas a second that the AWS quotas of all lanes of the plan allow'),
    effective_per_second: z.number().describe('The same with the share of the quotas that is used, and throttling'),
    accepted: perSlice.describe('Replicas that CCKM took, in each slice'),
    usable: perSlice.describe('Replicas that were read back usable'),
    failed: perSlice.describe(
      'Replicas that were given up and are failed or blocked still; not those blocked before the first call',
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
          message: z.string().describe('What the code means'),
          what_to_do: z.string(),
          retryable: z.boolean().describe('May pass by itself; other codes want something mended before a retry'),
          accounts: z.array(z.string()).describe('At most 20'),
          account_count: count,
          example: z.object({ replica_id: z.uuid(), message: z.string() }),
        }),
      )
      .describe('By code and Region, the most frequent first'),
  })
  .meta({ id: 'PlanFailures' });

export type ThroughputView = z.infer<typeof throughputViewSchema>;
export type FailuresView = z.infer<typeof failuresViewSchema>;
