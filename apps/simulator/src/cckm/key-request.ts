import { z } from 'zod';
import type { Cckm } from './cckm.ts';
import { type PolicyChoice, choosePolicy, policySchema, principalFields } from './policy-choice.ts';

const optionalText = z.string().nullish();

/** CCKM is narrower than AWS: letters, digits and `_ . / = + - @`. */
const tagValue = z.string().regex(/^[\p{L}\p{N} _./=+\-@:]*$/u, 'the tag value has a character that is not allowed');

/** The `aws_param` of create, upload and replicate. Unknown fields are ignored. */
const awsParam = z.looseObject({
  Alias: z
    .string()
    .regex(/^(alias\/)?[a-zA-Z0-9/_-]+$/, 'an alias takes letters, digits and / _ -')
    .or(z.literal(''))
    .nullish(),
  Description: optionalText,
  Tags: z.array(z.looseObject({ TagKey: z.string().min(1), TagValue: tagValue })).nullish(),
  Policy: policySchema.nullish(),
  BypassPolicyLockoutSafetyCheck: z.boolean().nullish(),
  Origin: optionalText,
  CustomerMasterKeySpec: optionalText,
  KeyUsage: optionalText,
  MultiRegion: z.boolean().nullish(),
  ValidTo: optionalText,
});

export const keyRequest = z.looseObject({ aws_param: awsParam.nullish(), ...principalFields });
export type KeyRequest = z.output<typeof keyRequest>;

export interface ReadKeyRequest {
  /** With its `alias/`. */
  readonly alias: string | null;
  readonly description: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly bypassLockout: boolean;
  readonly choice: PolicyChoice;
}

/** The part that creating and replicating have in common. */
export function readKeyRequest(cckm: Cckm, account: string, request: KeyRequest): ReadKeyRequest {
  const params = request.aws_param ?? {};
  const policy = params.Policy && Object.keys(params.Policy).length > 0 ? params.Policy : null;
  const choice = choosePolicy(cckm, account, { ...request, policy });
  const alias = params.Alias || null;
  return {
    alias: alias === null || alias.startsWith('alias/') ? alias : `alias/${alias}`,
    description: params.Description ?? '',
    tags: new Map([...(params.Tags ?? []).map((tag) => [tag.TagKey, tag.TagValue] as const), ...choice.tags]),
    bypassLockout: params.BypassPolicyLockoutSafetyCheck ?? false,
    choice,
  };
}
