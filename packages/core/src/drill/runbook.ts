import { z } from 'zod';
import { coveragePolicySchema, sameAsPrimaryFields } from '../coverage/policy.ts';
import { optionNotes } from '../plan/field-notes.ts';
import { allRegions } from '../plan/plan-regions.ts';
import { replicaBlockSchema } from '../plan/replica-block.ts';
import { keySchema, oneWayToNameKeys, optionsSchema, selectorSchema } from '../plan/spec.ts';
import { tagPatternsSchema } from '../plan/tag-rules.ts';
import { groupName, regionGroupsSchema, regionOrGroupSchema } from '../regions/region-group.ts';
import { regionSchema } from '../regions/region-schema.ts';
import { durationSchema } from '../time/duration-schema.ts';
import { runbookNotes as notes } from './runbook-notes.ts';
import { scopePolicyOf } from './scope-policy.ts';
import { faultOfHeader, secretInUrl, type WrittenSecret } from './written-secrets.ts';

/** What a drill does: which keys, which Regions, one step after another. Its names are part of the HTTP API's contract. */

const defaultTimeouts = {
  preflight: '5m',
  coverage: '30m',
  replicate: '4h',
  verify: '1h',
  promote: '2h',
  failback: '2h',
  approve: '1d',
  notify: '1m',
  http: '2m',
} as const;

const regionList = z.array(regionSchema.meta(notes.region)).min(1, 'Name at least one Region.').max(64);

/** How many promoting approvers a live drill has at least. */
export const leastPromotionApprovals = 2;

const common = {
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'An id has up to 63 lower-case letters, digits, "-" and "_".')
    .optional()
    .meta(notes.id),
  title: z.string().trim().min(1).max(200).nullable().default(null).meta(notes.title),
  on_failure: z.enum(['stop', 'continue', 'rollback']).default('stop').meta(notes.on_failure),
};

/** A kind of step, with how long it may take. */
function step<Kind extends keyof typeof defaultTimeouts, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) {
  return z.strictObject({
    step: z.literal(kind).meta(notes.step),
    ...common,
    timeout: durationSchema.default(defaultTimeouts[kind]).meta(notes.timeout),
    ...shape,
  });
}

const planOptions = optionsSchema.pick({
  priority: true,
  max_in_flight: true,
  failure_tolerance: true,
  max_attempts: true,
});

const headersSchema = z
  .record(
    z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'This is no name of a header.'),
    z
      .string()
      .max(1_000)
      .regex(/^[\t\x20-\x7e]*$/, 'A header has printable ASCII characters only.')
      .meta(notes.header),
  )
  .superRefine((headers, context) => {
    for (const name of Object.keys(headers)) {
      const fault = faultOfHeader(name);
      if (fault !== null) refuseSecret(context, fault, [name]);
    }
  });

const refuseSecret = (context: z.core.$RefinementCtx, { code, message }: WrittenSecret, path: string[] = []): void =>
  context.addIssue({ code: 'custom', path, params: { code }, message });

const stepSchema = z.discriminatedUnion('step', [
  step('preflight', {}),
  step('coverage', {
    policy: z.string().min(1).max(200).nullable().default(null).meta(notes.policy),
    at_least: z.number().min(0).max(100).default(100).meta(notes.at_least),
  }),
  step('replicate', {
    regions: regionList.optional().meta(notes.stepRegions),
    options: planOptions
      .extend(optionsSchema.pick({ import_material: true }).shape)
      .prefault({})
      .meta(notes.options),
  }),
  step('verify', {
    regions: regionList.optional().meta(notes.stepRegions),
    every: durationSchema.default('5s').meta(notes.every),
  }),
  step('promote', {
    to: regionSchema.meta(notes.to),
    options: planOptions.prefault({}).meta(notes.options),
  }),
  step('failback', { options: planOptions.prefault({}).meta(notes.options) }),
  z.strictObject({
    step: z.literal('wait').meta(notes.step),
    ...common,
    for: durationSchema.meta(notes.for),
  }),
  step('approve', {
    approvals: z.int().min(1).max(5).default(1).meta(notes.stepApprovals),
    message: z.string().trim().min(1).max(2_000).nullable().default(null).meta(notes.message),
  }),
  step('notify', { message: z.string().trim().min(1).max(2_000).meta(notes.message) }),
  step('http', {
    url: z
      .url({ protocol: /^https?$/, error: 'Expected an address such as https://checks.example.com/decrypt.' })
      .max(2_000)
      .superRefine((url, context) => {
        const fault = secretInUrl(url);
        if (fault !== null) refuseSecret(context, fault);
      })
      .meta(notes.url),
    method: z.enum(['GET', 'POST', 'PUT']).default('GET').meta(notes.method),
    headers: headersSchema.default({}).meta(notes.headers),
    body: z.string().max(65_536).nullable().default(null).meta(notes.body),
    bearer: z.string().min(1).max(100).nullable().default(null).meta(notes.bearer),
    expect: z
      .strictObject({
        status: z
          .array(z.int().min(100).max(599).meta(notes.statusCode))
          .min(1)
          .max(20)
          .default([200])
          .meta(notes.status),
        body_contains: z.string().min(1).max(1_000).nullable().default(null).meta(notes.body_contains),
      })
      .prefault({})
      .meta(notes.expect),
    every: durationSchema.nullable().default(null).meta(notes.every),
  }),
]);

const runbookShape = z.strictObject({
  name: z.string().trim().min(1, 'A drill needs a name.').max(200).meta(notes.name),
  scenario: z.string().trim().min(1, 'Describe the assumed event.').max(2_000).meta(notes.scenario),
  description: z.string().max(10_000).nullable().default(null).meta(notes.description),
  mode: z.enum(['live', 'rehearse']).default('live').meta(notes.mode),
  keys: z.array(keySchema).min(1, 'Name at least one key.').max(100_000).optional().meta(notes.keys),
  selector: selectorSchema.optional().meta(notes.selector),
  regions: z
    .array(regionOrGroupSchema.meta(notes.region))
    .min(1, 'Name at least one Region.')
    .max(64)
    .meta(notes.regions),
  account_regions: z
    .record(
      z.string().regex(/^\d{12}$/, 'An AWS account id has 12 digits.'),
      z.array(regionSchema.meta(notes.region)).max(64),
    )
    .optional()
    .meta(notes.account_regions),
  region_groups: regionGroupsSchema.optional().meta(notes.region_groups),
  lost_regions: z.array(regionSchema.meta(notes.region)).max(64).default([]).meta(notes.lost_regions),
  targets: z
    .strictObject({
      rto: durationSchema.nullable().default(null).meta(notes.rto),
      rpo: z
        .union([z.literal(0), durationSchema])
        .nullable()
        .default(null)
        .meta(notes.rpo),
    })
    .prefault({})
    .meta(notes.targets),
  change_ticket: z.string().min(1).max(256).nullable().default(null).meta(notes.change_ticket),
  approvals: z.int().min(0).max(5).optional().meta(notes.approvals),
  approvers: z.array(z.string().min(1).max(300).meta(notes.approver)).max(100).default([]).meta(notes.approvers),
  replica: replicaBlockSchema.prefault({}).meta(notes.replica),
  same_as_primary: z.array(z.enum(sameAsPrimaryFields).meta(notes.same)).max(5).default([]).meta(notes.same_as_primary),
  ignore_tags: tagPatternsSchema.optional().meta(optionNotes.ignore_tags),
  exact_tags: z.boolean().optional().meta(optionNotes.exact_tags),
  steps: z.array(stepSchema).min(1, 'A drill needs at least one step.').max(100).meta(notes.steps),
});

type Written = z.output<typeof runbookShape>;

/** The schema of a runbook: what it checks is whole, what it answers has its defaults filled in. */
export const runbookSchema = runbookShape
  .check(oneWayToNameKeys)
  .superRefine(rulesBetweenFields)
  .transform((runbook) => ({
    ...runbook,
    approvals: runbook.approvals ?? (promotesLive(runbook) ? leastPromotionApprovals : 0),
    steps: runbook.steps.map((one, at) => ({ ...one, id: idOf(one, at) })),
  }));

/** A valid runbook with its defaults filled in; what is stored and hashed. */
export type Runbook = z.output<typeof runbookSchema>;
export type RunbookInput = z.input<typeof runbookSchema>;
export type RunbookStep = Runbook['steps'][number];
export type StepKind = RunbookStep['step'];
export type StepOf<Kind extends StepKind> = Extract<RunbookStep, { step: Kind }>;

export const stepKinds = [
  'preflight',
  'coverage',
  'replicate',
  'verify',
  'promote',
  'failback',
  'wait',
  'approve',
  'notify',
  'http',
] as const satisfies readonly StepKind[];

const idOf = ({ id, step: kind }: Written['steps'][number], at: number): string => id ?? `${at + 1}-${kind}`;

const promotesLive = ({ mode, steps }: Written): boolean =>
  mode === 'live' && steps.some(({ step: kind }) => kind === 'promote');

/** What holds between the fields of a runbook. */
function rulesBetweenFields(runbook: Written, context: z.core.$RefinementCtx): void {
  const wrong = (path: PropertyKey[], code: string, message: string) =>
    context.addIssue({ code: 'custom', path, params: { code }, message });
  const known = allRegions(runbook);
  // What groups stand for is known once the API has looked them up; the runbook is checked again then.
  const complete = !known.some((entry) => groupName(entry) !== null);
  const targets = runbook.steps.flatMap((one) => (one.step === 'promote' ? [one.to] : []));
  // Its scope is checked as a coverage policy; how its keys are named has been checked above.
  for (const issue of coveragePolicySchema.safeParse(scopePolicyOf(runbook)).error?.issues ?? []) {
    if (issue.path[0] === 'keys' || issue.path.length === 0) continue;
    const { code = issue.code } = ((issue.code === 'custom' ? issue.params : null) ?? {}) as { code?: string };
    wrong(issue.path, code, issue.message);
  }
  for (const [at, region] of runbook.lost_regions.entries()) {
    if (![...known, ...targets].includes(region)) continue;
    wrong(
      ['lost_regions', at],
      'lost_target',
      `${region} cannot be both lost and a target of the drill: remove it from one of the two.`,
    );
  }
  if (promotesLive(runbook) && (runbook.approvals ?? leastPromotionApprovals) < leastPromotionApprovals) {
    wrong(
      ['approvals'],
      'too_few_approvals',
      `A live drill that promotes needs at least ${leastPromotionApprovals} approvals. Without them only an admin can continue it, by break-glass.`,
    );
  }
  const most = Math.max(
    runbook.approvals ?? 0,
    ...runbook.steps.map((one) => (one.step === 'approve' ? one.approvals : 0)),
  );
  if (runbook.approvers.length > 0 && new Set(runbook.approvers).size < most) {
    wrong(
      ['approvers'],
      'too_few_approvers',
      `The drill needs ${most} approvals but names fewer approvers; each person approves once.`,
    );
  }
  const seen = new Set<string>();
  let promoted = false;
  for (const [at, one] of runbook.steps.entries()) {
    const id = idOf(one, at);
    if (seen.has(id)) wrong(['steps', at, 'id'], 'repeated_id', `Another step has the id "${id}".`);
    seen.add(id);
    if (one.step === 'promote') promoted = true;
    if (one.step === 'failback' && !promoted) {
      wrong(['steps', at, 'step'], 'nothing_promoted', 'There is no promote step before it: nothing to promote back.');
    }
    if (one.step === 'http' && one.method === 'GET' && one.body !== null) {
      wrong(['steps', at, 'body'], 'unused_body', 'A GET has no body: use POST, or remove the body.');
    }
    const named =
      one.step === 'promote'
        ? [['to', one.to] as const]
        : 'regions' in one
          ? (one.regions ?? []).map((region, i) => [i, region] as const)
          : [];
    for (const [place, region] of complete ? named : []) {
      if (known.includes(region)) continue;
      const path = place === 'to' ? ['steps', at, 'to'] : ['steps', at, 'regions', place];
      wrong(path, 'other_region', `${region} is not among the Regions of the drill: add it to \`regions\`.`);
    }
  }
}
