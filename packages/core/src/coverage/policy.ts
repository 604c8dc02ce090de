import { z } from 'zod';
import { planNotes } from '../plan/field-notes.ts';
import { copiedFields, policyWays, type ReplicaBlock, replicaBlockSchema } from '../plan/replica-block.ts';
import {
  keySchema,
  oneWayToNameKeys,
  optionsSchema,
  type PlanSpec,
  type PlanSpecInput,
  planSpecSchema,
  selectorSchema,
} from '../plan/spec.ts';
import { tagPatternsSchema } from '../plan/tag-rules.ts';
import { accountSchema, type RegionGroup, regionOrGroupSchema } from '../regions/region-group.ts';
import { regionSchema } from '../regions/region-schema.ts';
import { cronSchema } from '../schedule/schedule.ts';
import { timeZoneSchema } from '../time/time-zone.ts';

/** What a member of a set may be held to be as its primary is. KMS synchronises none of it. */
export const sameAsPrimaryFields = ['policy', 'alias', 'tags', 'description', 'enabled'] as const;
export type SameAsPrimary = (typeof sameAsPrimaryFields)[number];

export const coveragePolicyNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'A policy name has up to 63 lower-case letters, digits, "-" and "_".');

const policyShape = z.strictObject({
  name: coveragePolicyNameSchema.describe('The name in paths, metrics and commands'),
  description: z.string().max(1_000).optional().describe('Description for people'),
  keys: z.array(keySchema).min(1, 'Name at least one key.').max(1_000_000).optional().describe('The keys, by name'),
  selector: selectorSchema.optional().describe('Or a selector, evaluated at each check'),
  regions: z
    .array(regionOrGroupSchema.meta(planNotes.region))
    .min(1, 'Name at least one Region.')
    .max(64)
    .describe(
      "The Regions in which each key must be usable; they may include the primary's own. Groups are resolved at each check",
    ),
  account_regions: z
    .record(accountSchema, z.array(regionSchema).max(64))
    .optional()
    .describe('Other Regions for the keys of these accounts'),
  material_valid_days: z.int().min(0).max(365).default(30).describe('Minimum days until imported key material expires'),
  same_as_primary: z
    .array(z.enum(sameAsPrimaryFields))
    .max(sameAsPrimaryFields.length)
    .default([])
    .describe('Properties that a replica must share with its primary; new replicas get them'),
  ignore_tags: tagPatternsSchema
    .optional()
    .describe(
      'Patterns of tag keys; "*" matches any characters. These tags are neither compared nor copied from the primary',
    ),
  exact_tags: z.boolean().optional().describe('true: extra tags count as drift. Not set: extra tags are ignored'),
  replica: replicaBlockSchema
    .prefault({})
    .describe('Settings of a replica, as in a plan; only these are compared. New replicas get them'),
  schedule: z
    .strictObject({ cron: cronSchema.describe('Five fields'), time_zone: timeZoneSchema })
    .optional()
    .describe('Schedule of automatic checks'),
  options: optionsSchema
    .pick({
      priority: true,
      max_in_flight: true,
      failure_tolerance: true,
      require_approval: true,
      approvals: true,
      change_ticket: true,
    })
    .prefault({})
    .describe('Options of the plan that closes its gaps'),
});

/** Which keys must be usable in which Regions. */
export const coveragePolicySchema = policyShape.check(oneWayToNameKeys).superRefine((policy, context) => {
  const refuse = (path: PropertyKey[], code: string, message: string) =>
    context.addIssue({ code: 'custom', path, params: { code }, message });
  // It must do as the plan that closes its gaps; how its keys are named has been checked above.
  for (const issue of planSpecSchema.safeParse(planInput(policy)).error?.issues ?? []) {
    if (issue.path[0] === 'keys' || issue.path[0] === 'selector') continue;
    const { code = issue.code } = ((issue.code === 'custom' ? issue.params : null) ?? {}) as { code?: string };
    refuse(issue.path, code, issue.message);
  }
  if (policy.selector?.missing_in !== undefined) {
    const message = 'A policy covers all of its keys, not only those that lack a replica: remove `missing_in`.';
    refuse(['selector', 'missing_in'], 'not_for_coverage', message);
  }
  for (const field of namedTwice(policy)) {
    const message = `\`replica\` sets the ${field}: remove it from \`same_as_primary\` or from \`replica\`.`;
    refuse(['same_as_primary'], 'mutually_exclusive', message);
  }
});

/** A valid policy with its defaults filled in. */
export type CoveragePolicy = z.infer<typeof coveragePolicySchema>;
export type CoveragePolicyInput = z.input<typeof coveragePolicySchema>;
/** A policy as one check goes by it: with the Regions that its groups stood for then. */
export type CoverageSpec = CoveragePolicy & { readonly region_groups?: Record<string, RegionGroup> | undefined };

function namedTwice({ replica, same_as_primary }: CoveragePolicy): SameAsPrimary[] {
  const { Alias, Description, Tags } = replica.aws_param ?? {};
  const named: Partial<Record<SameAsPrimary, boolean>> = {
    policy: policyWays(replica).length > 0,
    alias: Alias !== undefined,
    tags: Tags !== undefined,
    description: Description !== undefined,
  };
  return same_as_primary.filter((field) => named[field]);
}

type Wants = Pick<CoveragePolicy, 'replica' | 'same_as_primary' | 'ignore_tags' | 'exact_tags'>;

/** What a replica must have as its primary has it, wherever the policy says so. */
export function sameAsPrimaryOf({
  replica,
  same_as_primary,
}: Pick<Wants, 'replica' | 'same_as_primary'>): SameAsPrimary[] {
  return [...new Set([...same_as_primary, ...(replica.same_as_primary ?? [])])];
}

/** What a plan says of its replicas, so that what it makes is as the policy wants it. */
export function closingBlock(wants: Pick<Wants, 'replica' | 'same_as_primary'>): ReplicaBlock {
  const same = copiedFields.filter((field) => sameAsPrimaryOf(wants).includes(field));
  return { ...wants.replica, ...(same.length > 0 ? { same_as_primary: same } : {}) };
}

/** The options of such a plan that say which tags count. */
export function tagOptions({ ignore_tags, exact_tags }: Pick<Wants, 'ignore_tags' | 'exact_tags'>) {
  return {
    ...(ignore_tags === undefined ? {} : { ignore_tags }),
    ...(exact_tags === undefined ? {} : { exact_tags }),
  };
}

function planInput(spec: CoverageSpec): PlanSpecInput {
  const { name, keys, selector, regions, account_regions, region_groups, options } = spec;
  // What is to be as the primary's is compared with that, not with what a plan would send.
  const { same_as_primary: _same, ...replica } = spec.replica;
  return {
    name: `coverage ${name}`,
    regions,
    replica,
    // A replica that is named means its set.
    options: { ...options, ...tagOptions(spec), replicas_as_primary: true },
    ...(keys === undefined ? {} : { keys }),
    ...(selector === undefined ? {} : { selector }),
    ...(account_regions === undefined ? {} : { account_regions }),
    ...(region_groups === undefined ? {} : { region_groups }),
  };
}

/** The plan that would put replicas where a policy wants keys: its keys and Regions are found as a plan's are. */
export function planOfCoverage(spec: CoverageSpec): PlanSpec {
  return planSpecSchema.parse(planInput(spec));
}
