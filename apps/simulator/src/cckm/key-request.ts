import { z } from 'zod';
import { policyFields } from './policy-choice.ts';

const tags = z.array(z.looseObject({ TagKey: z.string(), TagValue: z.string() })).default([]);

/** What create, upload and replicate have in common. Source: CCKM contract, sections 2.4 and 2.5. */
const awsParam = z
  .looseObject({
    Alias: z.string().optional(),
    Description: z.string().default(''),
    Tags: tags,
    Policy: z.unknown().optional(),
    Origin: z.string().optional(),
    MultiRegion: z.boolean().default(false),
    CustomerMasterKeySpec: z.string().default('SYMMETRIC_DEFAULT'),
  })
  .prefault({});

export const replicateRequest = z.looseObject({
  replica_region: z.string().min(1),
  aws_param: awsParam,
  ...policyFields,
});

export const createRequest = z.looseObject({
  kms: z.string(),
  region: z.string(),
  source_key_identifier: z.string().optional(),
  aws_param: awsParam,
  ...policyFields,
});

export const importRequest = z.looseObject({
  source_key_identifier: z.string().default(''),
  source_key_tier: z.string().default('local'),
  key_expiration: z.boolean().default(false),
  valid_to: z.string().optional(),
  import_type: z.string().optional(),
});

/** PascalCase is real here. Source: CCKM contract, section 2.8. */
export const promotionRequest = z.looseObject({ PrimaryRegion: z.string().min(1) });

/** Tags as AWS has them. `template`: CCKM marks keys with the policy template that they were made with. */
export function tagsOf(given: z.infer<typeof tags>, template: string | null): { TagKey: string; TagValue: string }[] {
  const own = given.map(({ TagKey, TagValue }) => ({ TagKey, TagValue }));
  return template === null ? own : [...own, { TagKey: 'cckm_policy_template_id', TagValue: template }];
}

/** `alias/` and what was asked for, which comes without it. */
export const aliasOf = (given: string): string => (given.startsWith('alias/') ? given : `alias/${given}`);
