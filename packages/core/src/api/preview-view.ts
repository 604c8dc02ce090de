import { z } from 'zod';
import { copiedFields } from '../plan/replica-block.ts';
import { countsViewSchema } from '../replica/counts.ts';
import { mostListed } from './decision/keys-in-words.ts';
import { fromPrimaryViewSchema, planWindowViewSchema } from './views.ts';

const count = z.int().min(0);
const oneReplica = { key_id: z.string(), alias: z.string().nullable(), region: z.string() };

/** What a plan would do and what stands in its way, before it is run. */
export const previewViewSchema = z
  .object({
    counts: countsViewSchema,
    reasons: z
      .array(z.object({ code: z.string(), count, message: z.string(), what_to_do: z.string() }))
      .describe('Why replicas are blocked (or, later, failed), the most frequent first'),
    warnings: z.array(z.object({ code: z.string(), count, message: z.string(), what_to_do: z.string() })),
    same_as_primary: z
      .array(z.enum(copiedFields))
      .describe(
        'What new replicas get as their primaries had it when the plan was resolved; `from_primary` of each holds it',
      ),
    lanes: z
      .array(
        z.object({
          id: z.string(),
          calls: count.describe('Calls to CCKM'),
          cost: count.describe('Requests as AWS counts them'),
          seconds: z.number().describe("The least time that the lane's quota allows"),
        }),
      )
      .describe('What AWS meters, the slowest first'),
    lower_bound_seconds: z.number().describe('What the AWS quotas alone allow'),
    expected_seconds: z
      .number()
      .describe('At the share of the quotas that is used, without throttling and without other plans'),
    window: planWindowViewSchema
      .extend({ fits: z.boolean().describe('The expected time fits into what of it lies ahead') })
      .nullable()
      .describe('The maintenance window in which the plan would begin; null: it has none'),
    monthly_cost: z
      .object({
        amount: z.number(),
        currency: z.string(),
        per_key: z.number(),
        keys: count.describe('New keys: replicas that are to be made, or were'),
        assumption: z.string(),
      })
      .describe('An estimate'),
    origins: z
      .array(z.object({ account: z.string().nullable(), primary_region: z.string().nullable(), keys: count }))
      .describe('How many keys lie in which account and have their primary where, the most first; null: not known'),
    from_primaries: z
      .object({
        total: count,
        items: z.array(
          z.object({ ...oneReplica, sha256: z.string(), replicas: count, settings: fromPrimaryViewSchema }),
        ),
      })
      .describe(
        `What replicas get by \`same_as_primary\`, each different one once, with one of its replicas: the first ${mostListed} of \`total\``,
      ),
    row_settings: z
      .object({
        total: count,
        items: z.array(
          z.object({ ...oneReplica, line: z.int().nullable(), settings: z.record(z.string(), z.unknown()) }),
        ),
      })
      .describe(`What rows of the manifest set for their replica alone: the first ${mostListed} of \`total\``),
  })
  .meta({ id: 'PlanPreview' });

export const regionGroupViewSchema = z
  .object({
    name: z.string(),
    regions: z.array(z.string()),
    accounts: z.record(z.string(), z.array(z.string())),
    updated_at: z.iso.datetime({ precision: 3 }),
    updated_by: z.string(),
  })
  .meta({ id: 'RegionGroup' });

export type PreviewView = z.infer<typeof previewViewSchema>;
export type RegionGroupView = z.infer<typeof regionGroupViewSchema>;
