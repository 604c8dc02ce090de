import { z } from 'zod';
import { replicaNotes } from './field-notes.ts';
import { unknownPlaceholders } from './template.ts';

/**
 * The block that is sent to CCKM's `replicate-key`, named as CCKM names it, with KMS's and CCKM's own rules.
 * Lengths and characters: KMS SDK model (description, tags, alias, policy) and the CCKM contract (tag values, alias).
 */

/** KMS's key policy document quota, in bytes of its JSON. */
export const maxPolicyBytes = 32_768;
export const maxTags = 50;
const policyCharacters = /^[\t\n\r\u0020-\u00ff]*$/;

const tagSchema = z.strictObject({
  TagKey: z
    .string()
    .min(1, 'A tag key has 1 to 128 characters.')
    .max(128, 'A tag key has 1 to 128 characters.')
    .regex(/^[\p{L}\p{N}\p{Z}_.:/=+\-@]*$/u, 'A tag key holds letters, digits, spaces and _ . : / = + - @ only.')
    .refine((key) => !/^aws:/i.test(key), 'A tag key must not start with "aws:", AWS reserves that.')
    .meta(replicaNotes.TagKey),
  TagValue: z
    .string()
    .max(256, 'A tag value has at most 256 characters.')
    .regex(/^[\p{L}\p{N}_./=+\-@]*$/u, 'CCKM takes letters, digits and _ . / = + - @ in a tag value.')
    .meta(replicaNotes.TagValue),
});

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
  'An alias holds letters, digits, "/", "_" and "-" only.',
);
export const descriptionSchema = descriptionRules;

/** As a plan has them: `{alias}`, `{region}` and `{account}` are filled in for each key × Region, and checked again then. */
const aliasTemplateSchema = aliasRules
  .regex(
    /^(?:[a-zA-Z0-9/_-]|\{(?:alias|region|account)\})*$/,
    'An alias holds letters, digits, "/", "_" and "-" only, and the placeholders {alias}, {region} and {account}.',
  )
  .describe('May hold {alias} (the primary\'s, without "alias/"), {region} and {account}, e.g. {alias}-dr');
const descriptionTemplateSchema = descriptionRules
  .superRefine((text, context) => {
    for (const unknown of unknownPlaceholders(text)) {
      context.addIssue({
        code: 'custom',
        params: { code: 'unknown_placeholder' },
        message: `${unknown} means nothing here; {alias}, {region} and {account} do.`,
      });
    }
  })
  .describe('May hold {alias} (the primary\'s, without "alias/"), {region} and {account}');

const policySchema = z.record(z.string(), z.unknown()).superRefine((policy, context) => {
  const text = JSON.stringify(policy);
  if (new TextEncoder().encode(text).length > maxPolicyBytes) {
    context.addIssue({ code: 'custom', message: `A key policy has at most ${maxPolicyBytes} bytes as JSON.` });
  }
  if (!policyCharacters.test(text)) {
    context.addIssue({
      code: 'custom',
      message: 'A key policy holds tab, newline and the characters U+0020 to U+00FF only.',
    });
  }
});

const tagsSchema = z
  .array(tagSchema)
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

/** What a row of a manifest may set for its own replica. */
export const rowSettings = {
  alias: aliasTemplateSchema,
  description: descriptionTemplateSchema,
  tags: tagsSchema,
} as const;

const awsParamSchema = z.strictObject({
  Alias: aliasTemplateSchema.optional().meta(replicaNotes.Alias),
  Description: descriptionTemplateSchema.optional().meta(replicaNotes.Description),
  Tags: tagsSchema.optional().meta(replicaNotes.Tags),
  Policy: policySchema.optional().meta(replicaNotes.Policy),
  BypassPolicyLockoutSafetyCheck: z.boolean().optional().meta(replicaNotes.BypassPolicyLockoutSafetyCheck),
  Origin: z.enum(['AWS_KMS', 'EXTERNAL']).optional().meta(replicaNotes.Origin),
});

const principals = z
  .array(z.string().min(1, 'A name must not be empty.').max(2048).meta(replicaNotes.principal))
  .optional();

const accountIds = z
  .array(
    z
      .string()
      .regex(/^\d{12}$/, 'An AWS account id has 12 digits.')
      .meta(replicaNotes.account),
  )
  .optional();

const blockShape = z.strictObject({
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

/** The five lists that make CCKM build a policy by itself. */
export const principalLists = [
  'key_admins',
  'key_admins_roles',
  'key_users',
  'key_users_roles',
  'external_accounts',
] as const;

/** The ways in which a block sets the replica's key policy; CCKM takes one of the three, or none. */
export function policyWays(block: ReplicaBlock): ('aws_param.Policy' | 'policytemplate' | 'key users and admins')[] {
  const ways: ReturnType<typeof policyWays> = [];
  if (block.aws_param?.Policy && Object.keys(block.aws_param.Policy).length > 0) ways.push('aws_param.Policy');
  if (block.policytemplate) ways.push('policytemplate');
  if (principalLists.some((list) => (block[list]?.length ?? 0) > 0)) ways.push('key users and admins');
  return ways;
}

export const replicaBlockSchema = blockShape.superRefine((block, context) => {
  const ways = policyWays(block);
  if (ways.length < 2) return;
  context.addIssue({
    code: 'custom',
    params: { code: 'mutually_exclusive' },
    message:
      `${ways.join(' and ')} exclude each other. Give one of aws_param.Policy, policytemplate, ` +
      `or the lists ${principalLists.join(', ')}; none means the KMS default policy.`,
  });
});

/**
 * The block for one key × Region: the plan's block with every matching override laid over it, in their order.
 * Fields of `aws_param` are replaced one by one; an override that sets a policy in one of the three ways puts away
 * the way that was set before.
 */
export function mergeReplicaBlocks(base: ReplicaBlock, ...overrides: ReplicaBlock[]): ReplicaBlock {
  return overrides.reduce((merged, override) => {
    const kept = policyWays(override).length > 0 ? withoutPolicy(merged) : merged;
    const aws_param = { ...kept.aws_param, ...override.aws_param };
    return { ...kept, ...override, ...(Object.keys(aws_param).length > 0 ? { aws_param } : {}) };
  }, base);
}

function withoutPolicy(block: ReplicaBlock): ReplicaBlock {
  const { policytemplate: _template, aws_param, ...rest } = block;
  for (const list of principalLists) delete rest[list];
  if (!aws_param) return rest;
  const { Policy: _policy, ...params } = aws_param;
  return { ...rest, aws_param: params };
}
