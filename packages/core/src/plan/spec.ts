import { z } from 'zod';
import { parseKeyReference } from '../keys/key-reference.ts';
import { groupName, regionGroupSchema, regionOrGroupSchema } from '../regions/region-group.ts';
import { regionSchema } from '../regions/region-schema.ts';
import { regions } from '../regions/regions.ts';
import { allRegions } from './plan-regions.ts';
import { mergeReplicaBlocks, policyWays, replicaBlockSchema } from './replica-block.ts';

/** What a caller submits: which keys, to which Regions, how. Names and meaning: the HTTP API's contract. */

const keySchema = z.string().superRefine((text, context) => {
  if (parseKeyReference(text)) return;
  context.addIssue({
    code: 'custom',
    params: { code: 'invalid_key' },
    message:
      'Not a key: give a CCKM key id (a UUID), an AWS multi-Region key id (mrk-…), a KMS key ARN ' +
      '(arn:aws:kms:…:key/mrk-…), an alias (alias/…) or an alias ARN (arn:aws:kms:…:alias/…).',
  });
});

export const selectorSchema = z
  .strictObject({
    alias: z.string().min(1).max(256).describe('Alias with "*" for any characters, e.g. alias/prod-*').optional(),
    tags: z.record(z.string().min(1).max(128), z.string().max(256)).optional(),
    account: z
      .string()
      .regex(/^\d{12}$/, 'An AWS account id has 12 digits.')
      .optional(),
    region: regionSchema.describe("The primary key's Region").optional(),
    origin: z.enum(['AWS_KMS', 'EXTERNAL']).optional(),
    policy_template: z
      .string()
      .min(1)
      .max(256)
      .describe('Id of the CCKM policy template that the key was made with')
      .optional(),
    missing_in: z
      .array(regionSchema)
      .min(1, 'Name at least one Region.')
      .max(64)
      .describe('Keys that lack a replica in at least one of these Regions')
      .optional(),
  })
  .refine((selector) => Object.keys(selector).length > 0, 'An empty selector would take every key; name at least one.');

export const failureToleranceSchema = z.union(
  [z.strictObject({ count: z.int().min(0).max(1_000_000) }), z.strictObject({ percent: z.number().min(0).max(100) })],
  { error: 'Give either { "count": n } or { "percent": 0..100 }.' },
);

export const optionsSchema = z.strictObject({
  priority: z.int().min(0).max(100).default(0).describe('Higher goes first.'),
  max_in_flight: z
    .int()
    .min(1)
    .max(10_000)
    .default(50)
    .describe('Calls of this plan that may be under way at once; replicas being watched do not count.'),
  failure_tolerance: failureToleranceSchema
    .optional()
    .describe('More failed replicas than this and the plan goes to `halted`.'),
  region_order: z.enum(['parallel', 'sequential']).default('parallel'),
  max_attempts: z.int().min(1).max(100).default(8).describe('replicate-key calls per replica before it fails.'),
  import_material: z.boolean().default(true).describe('EXTERNAL keys: import the same material into the replica.'),
  replicas_as_primary: z
    .boolean()
    .default(false)
    .describe('A key that turns out to be a replica stands for its primary, instead of being blocked.'),
  require_approval: z.boolean().default(false),
  start_at: z.iso.datetime({ offset: true }).nullable().default(null),
  change_ticket: z.string().min(1).max(256).nullable().default(null),
});

const overrideSchema = z.strictObject({
  key: keySchema.optional(),
  region: regionSchema.optional(),
  replica: replicaBlockSchema,
});

const specShape = z.strictObject({
  name: z.string().trim().min(1, 'A plan needs a name.').max(200),
  mode: z.enum(['execute', 'preview']).default('execute'),
  keys: z.array(keySchema).min(1, 'Name at least one key.').max(1_000_000).optional(),
  selector: selectorSchema.optional(),
  regions: z
    .array(regionOrGroupSchema)
    .min(1, 'Name at least one Region.')
    .max(64)
    .describe(
      'Regions, or group:<name> for a Region group; what a group stands for is fixed when the plan is submitted',
    ),
  account_regions: z
    .record(z.string().regex(/^\d{12}$/, 'An AWS account id has 12 digits.'), z.array(regionSchema).max(64))
    .describe('Accounts whose keys go into other Regions than `regions`')
    .optional(),
  region_groups: z
    .record(z.string(), regionGroupSchema)
    .describe('What the groups in `regions` stood for when the plan was submitted; set by Keyferry')
    .optional(),
  replica: replicaBlockSchema.prefault({}),
  overrides: z.array(overrideSchema).max(1_000_000).default([]),
  options: optionsSchema.prefault({}),
});

/** Runs whatever else is wrong with the plan, so that all errors are told at once. */
const oneWayToNameKeys = z.superRefine<{ keys?: unknown; selector?: unknown }>(
  ({ keys, selector }, context) => {
    if (keys !== undefined && selector !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['selector'],
        params: { code: 'mutually_exclusive' },
        message: 'Give either `keys` or `selector`, not both.',
      });
    }
    if (keys === undefined && selector === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['keys'],
        params: { code: 'required' },
        message: 'Name the keys in `keys`, or describe them in `selector`.',
      });
    }
  },
  { when: ({ value }) => typeof value === 'object' && value !== null },
);

export const planSpecSchema = specShape.check(oneWayToNameKeys).superRefine((spec, context) => {
  const known = allRegions(spec);
  const partitions = new Set(known.map((region) => regions.get(region)?.partition).filter(Boolean));
  if (partitions.size > 1) {
    context.addIssue({
      code: 'custom',
      path: ['regions'],
      params: { code: 'other_partition' },
      message: `A key is replicated within one AWS partition; these Regions are in ${[...partitions].join(' and ')}.`,
    });
  }
  // What groups stand for is known once the API has looked them up; the plan is checked again then.
  const complete = !known.some((entry) => groupName(entry) !== null);
  for (const [i, override] of spec.overrides.entries()) {
    if (complete && override.region !== undefined && !known.includes(override.region)) {
      context.addIssue({
        code: 'custom',
        path: ['overrides', i, 'region'],
        params: { code: 'unused_override' },
        message: `${override.region} is not among the plan's regions, so this override would change nothing.`,
      });
    }
    if (policyWays(mergeReplicaBlocks(spec.replica, override.replica)).length > 1) {
      context.addIssue({
        code: 'custom',
        path: ['overrides', i, 'replica'],
        params: { code: 'mutually_exclusive' },
        message: 'With this override a replica would get its policy in two ways.',
      });
    }
  }
});

/** A valid plan with its defaults filled in; what is stored and hashed. */
export type PlanSpec = z.infer<typeof planSpecSchema>;
/** A plan as a caller writes it, defaults left out. */
export type PlanSpecInput = z.input<typeof planSpecSchema>;
export type PlanOptions = z.infer<typeof optionsSchema>;
export type FailureTolerance = z.infer<typeof failureToleranceSchema>;
export type Selector = z.infer<typeof selectorSchema>;
