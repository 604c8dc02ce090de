import { z } from 'zod';
import { invalid, notFound } from './failure.ts';
import type { Templates } from './templates.ts';

const names = z.array(z.string()).optional();

/** The ways to say who may use a key. Source: CCKM contract, sections 2.4 and 2.5. */
export const policyFields = {
  policytemplate: z.string().optional(),
  external_accounts: names,
  key_admins: names,
  key_admins_roles: names,
  key_users: names,
  key_users_roles: names,
};

type PolicyFields = z.infer<z.ZodObject<typeof policyFields>>;

export interface PolicyChoice {
  /** null: KMS's default. */
  readonly policy: unknown;
  readonly policyTemplate: string | null;
  readonly principals: Readonly<Record<string, readonly string[]>>;
}

/** What a request chose; the policy itself, a template and lists of users exclude each other. Throws CckmFailure. */
export function choosePolicy(
  policy: unknown,
  fields: PolicyFields,
  account: string,
  templates: Templates,
): PolicyChoice {
  const { policytemplate, external_accounts, key_admins, key_admins_roles, key_users, key_users_roles } = fields;
  const lists = { external_accounts, key_admins, key_admins_roles, key_users, key_users_roles };
  const byLists = Object.values(lists).some((list) => list !== undefined && list.length > 0);
  if ([policy !== undefined, Boolean(policytemplate), byLists].filter(Boolean).length > 1) {
    throw invalid('Policy, policytemplate and key users or admins exclude each other.');
  }
  if (policytemplate) {
    const template = templates.get(policytemplate);
    if (template === undefined) {
      if (templates.strict) throw notFound(`Policy template ${policytemplate}`);
      return { policy: null, policyTemplate: policytemplate, principals: {} };
    }
    if (template.account !== account) throw invalid('The policy template belongs to another account.');
    template.isVerified = true;
    return { policy: template.policy, policyTemplate: policytemplate, principals: {} };
  }
  if (byLists) {
    const principals = Object.fromEntries(Object.entries(lists).map(([list, given = []]) => [list, given]));
    return { policy: policyOf(account, lists), policyTemplate: null, principals };
  }
  return { policy: policy ?? null, policyTemplate: null, principals: {} };
}

function policyOf(account: string, lists: Record<string, string[] | undefined>): unknown {
  const arns = (kind: string, given: string[] = []) => given.map((name) => `arn:aws:iam::${account}:${kind}/${name}`);
  const statement = (Sid: string, principals: string[], Action: string[]) =>
    principals.length === 0 ? [] : [{ Sid, Effect: 'Allow', Principal: { AWS: principals }, Action, Resource: '*' }];
  const admins = [...arns('user', lists.key_admins), ...arns('role', lists.key_admins_roles)];
  const users = [
    ...arns('user', lists.key_users),
    ...arns('role', lists.key_users_roles),
    ...(lists.external_accounts ?? []).map((id) => `arn:aws:iam::${id}:root`),
  ];
  return {
    Version: '2012-10-17',
    Id: 'kms-policy-cckm',
    Statement: [
      ...statement('Enable IAM User Permissions', [`arn:aws:iam::${account}:root`], ['kms:*']),
      ...statement('Key administrators', admins, [
        'kms:Create*',
        'kms:Describe*',
        'kms:Enable*',
        'kms:Put*',
        'kms:ReplicateKey',
      ]),
      ...statement('Key users', users, [
        'kms:Encrypt',
        'kms:Decrypt',
        'kms:ReEncrypt*',
        'kms:GenerateDataKey*',
        'kms:DescribeKey',
      ]),
    ],
  };
}
