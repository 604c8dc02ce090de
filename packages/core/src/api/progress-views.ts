import { z } from 'zod';

/** How fast a plan went, and what of it failed. */

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');
const count = z.int().min(0);
const perSlice = z.array(count);

const runShape = {
  last_outcome_at: time.nullable().describe('When the last of its replicas was usable or had failed'),
  seconds: z.number().min(0),
  accepted: count.describe('Replicas that CCKM accepted'),
};

export const throughputViewSchema = z
  .object({
    started_at: time.nullable().describe('Start of the first slice; null: the plan has not started'),
    until: time.nullable().describe('Now, or when the plan finished; the last slice may extend beyond it'),
    slice_seconds: z.int().min(1),
    quota_per_second: z
      .number()
      .describe(
        'Replicas per second that the AWS quotas of all lanes of the plan allow; of a finished plan, allowed when it finished',
      ),
    effective_per_second: z
      .number()
      .describe('The same at the configured share of the quotas and, while the plan is not finished, with throttling'),
    accepted: perSlice.describe('Replicas that CCKM accepted, per slice'),
    usable: perSlice.describe('Replicas that were read as usable, per slice'),
    failed: perSlice.describe(
      'Replicas that failed or were blocked and still are, per slice; without those blocked before the first call',
    ),
  })
  .extend({
    run: z
      .object({ ...runShape, first_call_at: time, per_second: z.number().describe('Of accepted replicas, on average') })
      .nullable()
      .optional()
      .describe(
        'Of a finished plan: from its first call to its last outcome, before it was retried. Null: not finished, or nothing was called',
      ),
    retries: z
      .object({
        repeated_calls: count.describe('Calls beyond the first of each replica'),
        commands: z
          .array(
            z.object({
              ...runShape,
              at: time,
              by: z.string().nullable(),
              error_code: z.string().nullable().describe('Only what had failed with it; null: with any'),
              region: z.string().nullable().describe('Only in this Region; null: in any'),
            }),
          )
          .describe('Retries by which the plan ran again after it had finished'),
      })
      .optional(),
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
    by_key: z
      .array(
        z.object({
          code: z.string(),
          key_id: z.string().describe('CCKM id of the primary; what the plan named while the key is unknown'),
          alias: z.string().nullable(),
          account: z.string().nullable(),
          regions: z.array(z.string()),
          failed: count,
          blocked: count,
          example: z.object({ replica_id: z.uuid(), message: z.string() }),
        }),
      )
      .optional()
      .describe(
        'Of the same replicas those whose cause is the key itself: one item for a key and code, whatever the number of Regions. At most 100 items, of the first 2,000 replicas',
      ),
  })
  .meta({ id: 'PlanFailures' });

export type ThroughputView = z.infer<typeof throughputViewSchema>;
export type FailuresView = z.infer<typeof failuresViewSchema>;
