import { z } from 'zod';
import { defaultPolicy } from '../kms/default-policy.ts';
import type { KeyPolicy } from '../kms/kms-key.ts';
import { badRequest } from './api-error.ts';
import type { Cckm } from './cckm.ts';
import { nobody, type Principals } from './key-record.ts';

/** A policy as JSON, or as a string that holds JSON. */
export const policySchema = z
  .union([z.record(z.string(), z.unknown()), z.string()])
  .transform((value, context): KeyPolicy => {
    if (typeof value !== 'string') return value;
    try {
      const parsed: unknown = JSON.parse(value);
      if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as KeyPolicy;
    } catch {
      // Told below.
    }
    context.addIssue('not a JSON policy');
    return z.NEVER;
  });

const names = z.array(z.string()).nullish();
export const principalFields = {
  external_accounts: names,
  key_admins: names,
  key_admins_roles: names,
  key_users: names,
  key_users_roles: names,
  policytemplate: z.string().nullish(),
};

export interface PolicyRequest {
  readonly policy: KeyPolicy | null;
  readonly policytemplate?: string | null | undefined;
  readonly external_accounts?: readonly string[] | null | undefined;
  readonly key_admins?: readonly string[] | null | undefined;
  readonly key_admins_roles?: readonly string[] | null | undefined;
  readonly key_users?: readonly string[] | null | undefined;
  readonly key_users_roles?: readonly string[] | null | undefined;
}

export interface PolicyChoice {
  /** Null: KMS's default. */
  readonly policy: KeyPolicy | null;
  readonly principals: Principals;
  readonly tags: ReadonlyMap<string, string>;
  /** To be called once the policy is on a key. */
  readonly applied: () => void;
}

/** Which of the three ways to give a policy was taken; they exclude each other. Source: CCKM contract, section 2.4. */
export function choosePolicy(cckm: Cckm, account: string, request: PolicyRequest): PolicyChoice {
  const principals: Principals = {
    external_accounts: request.external_accounts ?? nobody.external_accounts,
    key_admins: request.key_admins ?? nobody.key_admins,
    key_admins_roles: request.key_admins_roles ?? nobody.key_admins_roles,
    key_users: request.key_users ?? nobody.key_users,
    key_users_roles: request.key_users_roles ?? nobody.key_users_roles,
  };
  const listed = Object.values(principals).some((list) => list.length > 0);
  const ways = [request.policy !== null, Boolean(request.policytemplate), listed].filter(Boolean).length;
  if (ways > 1) {
    throw badRequest('Policy, policytemplate and the lists of users, roles and accounts are mutually exclusive');
  }
  const choice = { policy: request.policy, principals, tags: new Map<string, string>(), applied: () => {} };
  if (listed) return { ...choice, policy: writtenPolicy(account, principals) };
  if (!request.policytemplate) return choice;
  const template = cckm.templates.get(request.policytemplate);
  if (!template) throw badRequest(`policy template ${request.policytemplate} is not found`);
  if (template.account !== account) throw badRequest('The policy template belongs to another AWS account');
  return {
    policy: template.policy,
    principals: template.principals,
    tags: new Map([['cckm_policy_template_id', template.id]]),
    applied: () => {
      template.verified = true;
    },
  };
}

/** The policy that CCKM writes for lists of people, roles and accounts. */
export function writtenPolicy(account: string, principals: Principals): KeyPolicy {
  const policy = defaultPolicy(account);
  const arns = (users: readonly string[], roles: readonly string[]) => [
    ...users.map((name) => `arn:aws:iam::${account}:user/${name}`),
    ...roles.map((name) => `arn:aws:iam::${account}:role/${name}`),
  ];
  const admins = arns(principals.key_admins, principals.key_admins_roles);
  const users = [
    ...arns(principals.key_users, principals.key_users_roles),
    ...principals.external_accounts.map((other) => `arn:aws:iam::${other}:root`),
  ];
  const statement = (Sid: string, AWS: string[], Action: string[]) =>
    AWS.length === 0 ? [] : [{ Sid, Effect: 'Allow', Principal: { AWS }, Action, Resource: '*' }];
  return {
    ...policy,
    Id: 'kms-key-policy-by-cckm',
    Statement: [
      ...(policy.Statement as unknown[]),
      ...statement('Allow access for Key Administrators', admins, ['kms:Describe*', 'kms:Put*', 'kms:Update*', 'kms:TagResource']),
      ...statement('Allow use of the key', users, ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey*', 'kms:DescribeKey']),
    ],
  };
}
