import { z } from 'zod';
import { parseKeyReference } from '../keys/key-reference.ts';
import { groupName, mostAccounts, regionGroupsSchema, regionOrGroupSchema } from '../regions/region-group.ts';
import { regionSchema } from '../regions/region-schema.ts';
import { regions } from '../regions/regions.ts';
import { optionNotes, planNotes, selectorNotes } from './field-notes.ts';
import { planOperations } from './life.ts';
import { manifestFormats, maxManifestRows } from './manifest-limits.ts';
import { allRegions } from './plan-regions.ts';
import { promotionRules, withPromotionApprovals } from './promotion.ts';
import { maxTags, mergeReplicaBlocks, policyWays, replicaBlockSchema } from './replica-block.ts';
import { tagPatternsSchema } from './tag-rules.ts';
import { windowsSchema } from './windows.ts';

/** What a caller submits: which keys, to which Regions, how. Names and meaning: the HTTP API's contract. */

export const keySchema = z.string().superRefine((text, context) => {
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
    alias: z.string().min(1).max(256).meta(selectorNotes.alias).optional(),
    tags: z
      .record(z.string().min(1).max(128), z.string().max(256).meta(selectorNotes.tag))
      .meta({ ...selectorNotes.tags, maxProperties: maxTags })
      .optional(),
    account: z
      .string()
      .regex(/^\d{12}$/, 'An AWS account id has 12 digits.')
      .meta(selectorNotes.account)
      .optional(),
    region: regionSchema.meta(selectorNotes.region).optional(),
    origin: z.enum(['AWS_KMS', 'EXTERNAL']).meta(selectorNotes.origin).optional(),
    policy_template: z.string().min(1).max(256).meta(selectorNotes.policy_template).optional(),
    missing_in: z
      .array(regionOrGroupSchema.meta(planNotes.region))
      .min(1, 'Name at least one Region.')
      .max(64)
      .meta(selectorNotes.missing_in)
      .optional(),
  })
  .refine(
    (selector) => Object.keys(selector).length > 0,
    'An empty selector would match every key; set at least one field.',
  );

export const failureToleranceSchema = z.union(
  [
    z.strictObject({ count: z.int().min(0).max(1_000_000).meta(optionNotes.count) }),
    z.strictObject({ percent: z.number().min(0).max(100).meta(optionNotes.percent) }),
  ],
  { error: 'Give either { "count": n } or { "percent": 0..100 }.' },
);

export const optionsSchema = z.strictObject({
  priority: z.int().min(0).max(100).default(0).meta(optionNotes.priority),
  max_in_flight: z.int().min(1).max(10_000).default(50).meta(optionNotes.max_in_flight),
  failure_tolerance: failureToleranceSchema.optional().meta(optionNotes.failure_tolerance),
  region_order: z.enum(['parallel', 'sequential']).default('parallel').meta(optionNotes.region_order),
  max_attempts: z.int().min(1).max(100).default(8).meta(optionNotes.max_attempts),
  import_material: z.boolean().default(true).meta(optionNotes.import_material),
  replicas_as_primary: z.boolean().default(false).meta(optionNotes.replicas_as_primary),
  follow_rotation: z.boolean().default(false).meta(optionNotes.follow_rotation),
  require_approval: z.boolean().default(false).meta(optionNotes.require_approval),
  approvals: z.int().min(1).max(5).default(1).meta(optionNotes.approvals),
  start_at: z.iso.datetime({ offset: true }).nullable().default(null).meta(optionNotes.start_at),
  change_ticket: z.string().min(1).max(256).nullable().default(null).meta(optionNotes.change_ticket),
  windows: windowsSchema.default([]).meta(optionNotes.windows),
  ignore_tags: tagPatternsSchema.optional().meta(optionNotes.ignore_tags),
  exact_tags: z.boolean().optional().meta(optionNotes.exact_tags),
  skip_same_region: z.boolean().optional().meta(optionNotes.skip_same_region),
});

/** Each is laid over every replica that it is about; a manifest has settings for each row. */
const mostOverrides = 10_000;

const overrideSchema = z.strictObject({
  key: keySchema.optional().meta(planNotes.overrideKey),
  region: regionSchema.optional().meta(planNotes.overrideRegion),
  replica: replicaBlockSchema.meta(planNotes.overrideReplica),
});

const regionsSchema = z.array(regionOrGroupSchema.meta(planNotes.region)).max(64);

const specShape = z.strictObject({
  name: z.string().trim().min(1, 'A plan needs a name.').max(200).meta(planNotes.name),
  operation: z.enum(planOperations).default('replicate').meta(planNotes.operation),
  mode: z.enum(['execute', 'preview']).default('execute').meta(planNotes.mode),
  keys: z
    .array(keySchema.meta(planNotes.key))
    .min(1, 'Name at least one key.')
    .max(1_000_000)
    .optional()
    .meta(planNotes.keys),
  selector: selectorSchema.optional().meta(planNotes.selector),
  regions: regionsSchema.min(1, 'Name at least one Region.').meta(planNotes.regions),
  account_regions: z
    .record(
      z.string().regex(/^\d{12}$/, 'An AWS account id has 12 digits.'),
      z.array(regionSchema.meta(planNotes.regionOfList)).max(64),
    )
    .meta({ ...planNotes.account_regions, maxProperties: mostAccounts })
    .optional(),
  region_groups: regionGroupsSchema.meta(planNotes.region_groups).optional(),
  replica: replicaBlockSchema.prefault({}).meta(planNotes.replica),
  overrides: z.array(overrideSchema).max(mostOverrides).default([]).meta(planNotes.overrides),
  options: optionsSchema.prefault({}).meta(planNotes.options),
});

/** What a plan keeps of its manifest; the rows themselves stand in Postgres. */
const manifestSchema = z.strictObject({
  format: z.enum(manifestFormats),
  /** Of the manifest's bytes, as they came. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  rows: z.int().min(1).max(maxManifestRows),
  /** The Regions and groups that its rows name, in the order in which they first do. */
  regions: z.array(regionOrGroupSchema).max(200),
  /** Some row gives its replica an alias. */
  with_alias: z.boolean(),
});

/** Runs even if the plan has other errors, so that all are reported together. */
export const oneWayToNameKeys = z.superRefine<{ keys?: unknown; selector?: unknown }>(
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

/** What holds between the fields of a plan. */
function rulesBetweenFields(
  spec: Omit<z.infer<typeof specShape>, 'keys' | 'selector'> & { manifest?: Manifest | undefined },
  context: z.core.$RefinementCtx,
): void {
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
  if (spec.operation === 'promote') promotionRules(spec, context);
  else if (spec.options.approvals > 1 && !spec.options.require_approval) {
    context.addIssue({
      code: 'custom',
      path: ['options', 'approvals'],
      params: { code: 'unused_approvals' },
      message: 'The plan would run without any approval: set require_approval to true, or remove approvals.',
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
}

export const planSpecSchema = z.preprocess(
  withPromotionApprovals,
  specShape.check(oneWayToNameKeys).superRefine(rulesBetweenFields),
);

const manifestShape = specShape.omit({ keys: true, selector: true }).extend({ regions: regionsSchema.default([]) });

/** The rest of a plan whose keys are named by a manifest: rows without a Region of their own go into `regions`. */
export const manifestSpecSchema = z.preprocess(withPromotionApprovals, manifestShape);

/** The same with its manifest, once that has been read. */
export const manifestPlanSchema = z.preprocess(
  withPromotionApprovals,
  manifestShape.extend({ manifest: manifestSchema }).superRefine(rulesBetweenFields),
);

export type Manifest = z.infer<typeof manifestSchema>;
/** The rest of a plan with a manifest, its defaults filled in. */
export type ManifestSpec = z.infer<typeof manifestSpecSchema>;
/** A valid plan with its defaults filled in; what is stored and hashed. */
export type PlanSpec = z.infer<typeof planSpecSchema> & { manifest?: Manifest | undefined };
/** A plan as a caller writes it, defaults left out. */
export type PlanSpecInput = z.input<typeof specShape>;
export type FailureTolerance = z.infer<typeof failureToleranceSchema>;
export type Selector = z.infer<typeof selectorSchema>;
