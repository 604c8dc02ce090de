import { z } from 'zod';
import { replicaNotes } from './field-notes.ts';
import { placeholderList, placeholderPattern, unknownPlaceholders } from './template.ts';

/**
 * The block that is sent to CCKM's `replicate-key`, named as CCKM names it, with KMS's and CCKM's own rules.
 * Lengths and characters: KMS SDK model (description, tags, alias, policy) and the CCKM contract (tag values, alias).
 */

/** KMS's key policy document quota, in bytes of its JSON. */
export const maxPolicyBytes = 32_768;
export const maxTags = 50;
const policyCharacters = /^[\t\n\r\u0020-\u00ff]*$/;

const [tagKeyCharacters, tagValueCharacters] = ['[\\p{L}\\p{N}\\p{Z}_.:/=+\\-@]', '[\\p{L}\\p{N}_./=+\\-@]'];

/** A tag as it is sent, or, with its placeholders (a pattern), as a plan has it. */
const tagSchema = (placeholder: string | null) => {
  const of = (characters: string) =>
    new RegExp(`^(?:${characters}${placeholder === null ? '' : `|${placeholder}`})*$`, 'u');
  const and = placeholder === null ? '' : `, and the placeholders ${placeholderList}`;
  return z.strictObject({
    TagKey: z
      .string()
      .min(1, 'A tag key has 1 to 128 characters.')
      .max(128, 'A tag key has 1 to 128 characters.')
      .regex(of(tagKeyCharacters), `A tag key may only contain letters, digits, spaces and _ . : / = + - @${and}.`)
      .refine((key) => !/^aws:/i.test(key), 'A tag key must not start with "aws:", which AWS reserves.')
      .meta(replicaNotes.TagKey),
    TagValue: z
      .string()
      .max(256, 'A tag value has at most 256 characters.')
      .regex(
        of(tagValueCharacters),
        `A tag value may only contain letters, digits and _ . / = + - @ (a limit of CCKM)${and}.`,
      )
      .meta(replicaNotes.TagValue),
  });
};

const aliasRules = z
  .string()
  .min(1, 'An alias has at least one character after "alias/".')
  .max(250, 'An alias has at most 256 characters with its "alias/".')
  .refine((alias) => !alias.startsWith('alias/'), 'Leave out "alias/": CCKM adds it.')
  .refine((alias) => !alias.startsWith('aws/'), 'Aliases that start with "alias/aws/" belong to AWS.');
const descriptionRules = z.string().max(8192, 'A description has at most 8192 characters.');

/** An alias and a description as they are sent. */
export const aliasSchema = aliasRules.regex(
  /^[a-zA-Z0-9/_-]*$/,
  'An alias may only contain letters, digits, "/", "_" and "-".',
);
export const descriptionSchema = descriptionRules;

/** As a plan has them: placeholders are filled in for each key × Region, and what becomes of it is checked again then. */
const aliasTemplateSchema = aliasRules
  .regex(
    new RegExp(`^(?:[a-zA-Z0-9/_-]|${placeholderPattern})*$`),
    `An alias may only contain letters, digits, "/", "_", "-" and the placeholders ${placeholderList}.`,
  )
  .describe(`May contain ${placeholderList} ({alias} without its "alias/"), e.g. {alias}-dr`);
const descriptionTemplateSchema = descriptionRules
  .superRefine((text, context) => {
    for (const unknown of unknownPlaceholders(text)) {
      context.addIssue({
        code: 'custom',
        params: { code: 'unknown_placeholder' },
        message: `${unknown} is not a placeholder. Known: ${placeholderList}.`,
      });
    }
  })
  .describe(`May contain ${placeholderList} ({alias} without its "alias/")`);

export const policySchema = z
  .record(z.string(), z.unknown())
  .superRefine((policy, context) => {
    const text = JSON.stringify(policy);
    if (new TextEncoder().encode(text).length > maxPolicyBytes) {
      context.addIssue({ code: 'custom', message: `A key policy has at most ${maxPolicyBytes} bytes as JSON.` });
    }
    if (!policyCharacters.test(text)) {
      context.addIssue({
        code: 'custom',
        message: 'A key policy may only contain tab, newline and the characters U+0020 to U+00FF.',
      });
    }
  })
  // AWS knows Version, Id and Statement.
  .meta({ maxProperties: 100 });

const tagList = (placeholder: string | null) =>
  z
    .array(tagSchema(placeholder))
    .max(maxTags, `A KMS key has at most ${maxTags} tags.`)
    .superRefine((tags, context) => {
      const seen = new Set<string>();
      for (const [i, { TagKey }] of tags.entries()) {
        if (seen.has(TagKey)) {
          context.addIssue({ code: 'custom', path: [i, 'TagKey'], message: `The tag "${TagKey}" is given twice.` });
        }
        seen.add(TagKey);
      }
    });

/** Tags as they are sent, and as a plan has them. */
export const tagsSchema = tagList(null);
const tagTemplatesSchema = tagList(placeholderPattern);

/** What a row of a manifest may set for its own replica. */
export const rowSettings = {
  alias: aliasTemplateSchema,
  description: descriptionTemplateSchema,
  tags: tagTemplatesSchema,
} as const;

const awsParamSchema = z.strictObject({
  Alias: aliasTemplateSchema.optional().meta(replicaNotes.Alias),
  Description: descriptionTemplateSchema.optional().meta(replicaNotes.Description),
  Tags: tagTemplatesSchema.optional().meta(replicaNotes.Tags),
  Policy: policySchema.optional().meta(replicaNotes.Policy),
  BypassPolicyLockoutSafetyCheck: z.boolean().optional().meta(replicaNotes.BypassPolicyLockoutSafetyCheck),
  Origin: z.enum(['AWS_KMS', 'EXTERNAL']).optional().meta(replicaNotes.Origin),
});

/** Far more than a key policy of 32 KiB can name. */
const mostPrincipals = 1_000;

const principals = z
  .array(z.string().min(1, 'A name must not be empty.').max(2048).meta(replicaNotes.principal))
  .max(mostPrincipals)
  .optional();

const accountIds = z
  .array(
    z
      .string()
      .regex(/^\d{12}$/, 'An AWS account id has 12 digits.')
      .meta(replicaNotes.account),
  )
  .max(mostPrincipals)
  .optional();

/** What a replica may get as its primary has it; KMS synchronises none of it. */
export const copiedFields = ['policy', 'tags', 'alias', 'description'] as const;
export type CopiedField = (typeof copiedFields)[number];

const blockShape = z.strictObject({
  same_as_primary: z.array(z.enum(copiedFields)).max(copiedFields.length).optional().meta(replicaNotes.same_as_primary),
  aws_param: awsParamSchema.optional().meta(replicaNotes.aws_param),
  policytemplate: z
    .string()
    .min(1, 'A policy template id must not be empty.')
    .max(256)
    .optional()
    .meta(replicaNotes.policytemplate),
  key_admins: principals.meta(replicaNotes.key_admins),
  key_admins_roles: principals.meta(replicaNotes.key_admins_roles),
  key_users: principals.meta(replicaNotes.key_users),
  key_users_roles: principals.meta(replicaNotes.key_users_roles),
  external_accounts: accountIds.meta(replicaNotes.external_accounts),
});

export type ReplicaBlock = z.infer<typeof blockShape>;

/** What a replica is to be like: what replicate-key is called with, and what takes calls of its own behind it. */
export type WantedReplica = ReplicaBlock & {
  /** Further aliases, without `alias/`: replicate-key takes one. */
  readonly more_aliases?: readonly string[];
};

/** The aliases that a replica is to have, without `alias/`. */
export function wantedAliases({ aws_param, more_aliases = [] }: WantedReplica): string[] {
  return [...(aws_param?.Alias === undefined ? [] : [aws_param.Alias]), ...more_aliases];
}

/** The five lists that make CCKM build a policy by itself. */
export const principalLists = [
  'key_admins',
  'key_admins_roles',
  'key_users',
  'key_users_roles',
  'external_accounts',
] as const;

type PolicyWay = 'aws_param.Policy' | 'policytemplate' | 'key users and admins' | 'same_as_primary';

/** The ways in which a block sets the replica's key policy: one of CCKM's three, the primary's own, or none. */
export function policyWays(block: ReplicaBlock): PolicyWay[] {
  const ways: ReturnType<typeof policyWays> = [];
  if (block.aws_param?.Policy && Object.keys(block.aws_param.Policy).length > 0) ways.push('aws_param.Policy');
  if (block.policytemplate) ways.push('policytemplate');
  if (principalLists.some((list) => (block[list]?.length ?? 0) > 0)) ways.push('key users and admins');
  if (block.same_as_primary?.includes('policy')) ways.push('same_as_primary');
  return ways;
}

/** Fields of `aws_param` that `same_as_primary` may set in their place. */
const copiedParams = [
  ['tags', 'Tags'],
  ['alias', 'Alias'],
  ['description', 'Description'],
] as const;

export const replicaBlockSchema = blockShape.superRefine((block, context) => {
  const refuse = (path: string[], message: string) =>
    context.addIssue({ code: 'custom', path, params: { code: 'mutually_exclusive' }, message });
  const ways = policyWays(block);
  if (ways.length > 1) {
    refuse(
      ways.includes('same_as_primary') ? ['same_as_primary'] : [],
      `${ways.join(' and ')} exclude each other. Give one of aws_param.Policy, policytemplate, ` +
        `the lists ${principalLists.join(', ')}, or "policy" in same_as_primary; none means the KMS default policy.`,
    );
  }
  for (const [field, param] of copiedParams) {
    if (!block.same_as_primary?.includes(field) || block.aws_param?.[param] === undefined) continue;
    refuse(
      ['same_as_primary'],
      `aws_param.${param} and "${field}" in same_as_primary exclude each other. Remove one of them.`,
    );
  }
});

/** Whether a block gives a replica an alias, its own or its primary's. */
export function setsAlias({ aws_param, same_as_primary }: ReplicaBlock): boolean {
  return aws_param?.Alias !== undefined || (same_as_primary?.includes('alias') ?? false);
}

/**
 * The block for one key × Region: the plan's block with every matching override laid over it, in their order.
 * Fields of `aws_param` and of `same_as_primary` are set one by one; an override that sets a policy in one of the ways, or
 * another field in one of both, puts away the way that was set before.
 */
export function mergeReplicaBlocks(base: ReplicaBlock, ...overrides: ReplicaBlock[]): ReplicaBlock {
  return overrides.reduce((merged, override) => {
    const kept = withoutFields(policyWays(override).length > 0 ? withoutPolicy(merged) : merged, override);
    const aws_param = { ...kept.aws_param, ...override.aws_param };
    const same = [...new Set([...(kept.same_as_primary ?? []), ...(override.same_as_primary ?? [])])];
    const { same_as_primary: _kept, ...below } = kept;
    const { same_as_primary: _given, ...above } = override;
    return {
      ...below,
      ...above,
      ...(Object.keys(aws_param).length > 0 ? { aws_param } : {}),
      ...(same.length > 0 ? { same_as_primary: same } : {}),
    };
  }, base);
}

function withoutPolicy(block: ReplicaBlock): ReplicaBlock {
  const { policytemplate: _template, aws_param, same_as_primary, ...rest } = block;
  for (const list of principalLists) delete rest[list];
  const same = same_as_primary && { same_as_primary: same_as_primary.filter((field) => field !== 'policy') };
  if (!aws_param) return { ...rest, ...same };
  const { Policy: _policy, ...params } = aws_param;
  return { ...rest, aws_param: params, ...same };
}

/** A block without what another sets in the other of two ways. */
function withoutFields(
  block: ReplicaBlock,
  { aws_param: given, same_as_primary: copied = [] }: ReplicaBlock,
): ReplicaBlock {
  const aws_param = { ...block.aws_param };
  let same = block.same_as_primary ?? [];
  for (const [field, param] of copiedParams) {
    if (copied.includes(field)) delete aws_param[param];
    if (given?.[param] !== undefined) same = same.filter((one) => one !== field);
  }
  return {
    ...block,
    ...(block.aws_param === undefined ? {} : { aws_param }),
    ...(block.same_as_primary === undefined ? {} : { same_as_primary: same }),
  };
}
