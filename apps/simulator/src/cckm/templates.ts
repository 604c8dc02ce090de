import { z } from 'zod';
import { checkPolicy } from '../kms/default-policy.ts';
import type { KeyPolicy } from '../kms/kms-key.ts';
import { badRequest, notFound, readBody } from './api-error.ts';
import type { Cckm } from './cckm.ts';
import { nobody, type Principals } from './key-record.ts';
import { policySchema, principalFields, writtenPolicy } from './policy-choice.ts';

/** A policy template: belongs to one AWS account, is verified when it is first applied. Source: contract, section 2.8. */
export interface PolicyTemplate {
  readonly id: string;
  readonly name: string;
  readonly account: string;
  readonly policy: KeyPolicy;
  readonly principals: Principals;
  verified: boolean;
  readonly createdAt: number;
}

const newTemplate = z.looseObject({
  name: z.string().min(1),
  kms: z.string().optional(),
  account_id: z.string().optional(),
  policy: policySchema.optional(),
  ...principalFields,
});

export function createTemplate(cckm: Cckm, body: unknown): PolicyTemplate {
  const given = readBody(newTemplate, body);
  const account = given.account_id ?? (given.kms === undefined ? undefined : cckm.containers.find(given.kms)?.account);
  if (account === undefined) throw badRequest('kms or account_id is required');
  const principals: Principals = {
    external_accounts: given.external_accounts ?? nobody.external_accounts,
    key_admins: given.key_admins ?? nobody.key_admins,
    key_admins_roles: given.key_admins_roles ?? nobody.key_admins_roles,
    key_users: given.key_users ?? nobody.key_users,
    key_users_roles: given.key_users_roles ?? nobody.key_users_roles,
  };
  const policy = given.policy ?? writtenPolicy(account, principals);
  checkPolicy('PutKeyPolicy', policy, false);
  const template: PolicyTemplate = {
    id: cckm.ids.uuid(),
    name: given.name,
    account,
    policy,
    principals,
    verified: false,
    createdAt: cckm.now(),
  };
  cckm.templates.set(template.id, template);
  return template;
}

export function findTemplate(cckm: Cckm, id: string): PolicyTemplate {
  const template = cckm.templates.get(id);
  if (!template) throw notFound(`policy template ${id} is not found`);
  return template;
}

export function templateJson(template: PolicyTemplate): Record<string, unknown> {
  const at = new Date(template.createdAt).toISOString();
  return {
    id: template.id,
    uri: `kylo:kylo:cckm:aws-policy-template:${template.id}`,
    account: 'kylo:kylo:admin:accounts:kylo',
    createdAt: at,
    updatedAt: at,
    name: template.name,
    account_id: template.account,
    policy: template.policy,
    ...template.principals,
    is_verified: template.verified,
  };
}
