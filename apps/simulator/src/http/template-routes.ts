import { type Request, Router } from 'express';
import { z } from 'zod';
import { findContainer } from '../cckm/containers.ts';
import { invalid, notFound } from '../cckm/failure.ts';
import { kmsOf } from '../cckm/key-json.ts';
import { pageOf } from '../cckm/list-keys.ts';
import { choosePolicy, policyFields } from '../cckm/policy-choice.ts';
import type { Template } from '../cckm/templates.ts';
import type { Simulation } from '../simulation.ts';
import { exchange } from './exchange.ts';
import type { Route } from './route.ts';

const { policytemplate: _none, ...lists } = policyFields;
const newTemplate = z.looseObject({
  name: z.string(),
  kms: z.string().optional(),
  account_id: z.string().optional(),
  policy: z.unknown().optional(),
  ...lists,
});
const patch = z.looseObject({
  name: z.string().optional(),
  policy: z.unknown().optional(),
  auto_push: z.boolean().default(false),
});

/** Policy templates. Source: CCKM contract, section 2.8. */
export function templateRoutes(simulation: Simulation): Router {
  const router = Router();
  const { kms, templates } = simulation;
  const view = ({ id, name, account, policy, isVerified, createdAt }: Template) => ({
    id,
    name,
    kms: kmsOf(account).name,
    kms_id: kmsOf(account).id,
    account_id: account,
    policy,
    is_verified: isVerified,
    createdAt: new Date(createdAt).toISOString(),
  });
  const find = ({ params }: Request): Template => {
    const template = templates.get(String(params.id));
    if (!template) throw notFound(`Policy template ${params.id}`);
    return template;
  };
  const on = (method: 'get' | 'post' | 'patch' | 'delete', path: string, operation: string, work: Route['work']) =>
    router[method](path, exchange(simulation, { operation, work }));

  on('get', '/', 'list-templates', ({ query }) => ({ body: pageOf(templates.all().map(view), query) }));
  on('post', '/', 'create-template', (request, entry) => {
    const wanted = newTemplate.parse(request.body ?? {});
    const account = wanted.account_id ?? findContainer(kms, simulation.settings, wanted.kms)?.account_id;
    if (account === undefined) throw notFound(`KMS ${wanted.kms}`);
    const { policy } = choosePolicy(wanted.policy, wanted, account, templates);
    entry.workDone = true;
    const template = templates.add({
      id: simulation.random.uuid(),
      account,
      createdAt: kms.now(),
      name: wanted.name,
      policy,
      isVerified: false,
    });
    return { status: 201, body: view(template) };
  });
  on('get', '/:id', 'get-template', (request) => ({ body: view(find(request)) }));
  on('patch', '/:id', 'update-template', (request, entry) => {
    const template = find(request);
    const wanted = patch.parse(request.body ?? {});
    if (template.isVerified && !wanted.auto_push) throw invalid('auto_push must be true for a verified template.');
    template.name = wanted.name ?? template.name;
    if (wanted.policy !== undefined) {
      template.policy = wanted.policy;
      for (const member of kms.all()) if (member.policyTemplate === template.id) member.policy = wanted.policy;
    }
    entry.workDone = true;
    return { body: view(template) };
  });
  on('delete', '/:id', 'delete-template', (request, entry) => {
    templates.remove(find(request).id);
    entry.workDone = true;
    return { status: 204, body: null };
  });
  return router;
}
