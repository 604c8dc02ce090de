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
      .describe('Why replicas are blocked or failed, most frequent first'),
    warnings: z.array(z.object({ code: z.string(), count, message: z.string(), what_to_do: z.string() })),
    same_as_primary: z
      .array(z.enum(copiedFields))
      .describe(
        'Settings that new replicas copy from their primaries, as read when the plan was resolved; see `from_primary` of each',
      ),
    lanes: z
      .array(
        z.object({
          id: z.string(),
          calls: count.describe('Calls to CCKM'),
          cost: count.describe('Requests as AWS counts them'),
          seconds: z.number().describe("Minimum time at the lane's quota"),
        }),
      )
      .describe('Calls by lane, slowest first'),
    lower_bound_seconds: z.number().describe('Minimum time at the AWS quotas'),
    expected_seconds: z
      .number()
      .describe('Expected time at the configured share of the quotas, without throttling or other plans'),
    window: planWindowViewSchema
      .extend({ fits: z.boolean().describe('true: the expected time fits into the rest of the window') })
      .nullable()
      .describe('The maintenance window in which the plan would start; null: none'),
    monthly_cost: z
      .object({
        amount: z.number(),
        currency: z.string(),
        per_key: z.number(),
        keys: count.describe('New keys: replicas to create, or created'),
        assumption: z.string(),
      })
      .describe('An estimate'),
    origins: z
      .array(z.object({ account: z.string().nullable(), primary_region: z.string().nullable(), keys: count }))
      .describe('Keys by account and Region of the primary, most first; null: unknown'),
    from_primaries: z
      .object({
        total: count,
        items: z.array(
          z.object({ ...oneReplica, sha256: z.string(), replicas: count, settings: fromPrimaryViewSchema }),
        ),
      })
      .describe(
        `Distinct settings that replicas copy by \`same_as_primary\`, each with one example replica: the first ${mostListed} of \`total\``,
      ),
    row_settings: z
      .object({
        total: count,
        items: z.array(
          z.object({ ...oneReplica, line: z.int().nullable(), settings: z.record(z.string(), z.unknown()) }),
        ),
      })
      .describe(`Settings of single manifest rows: the first ${mostListed} of \`total\``),
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
