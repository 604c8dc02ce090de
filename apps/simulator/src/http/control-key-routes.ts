import { type Request, Router } from 'express';
import { z } from 'zod';
import { invalid, notFound } from '../cckm/failure.ts';
import {
  addReplica,
  keyGroupSchema,
  keyStateSchema,
  makeKeys,
  replicaSchema,
  stateFields,
} from '../control/inventory.ts';
import { arnOf, type Member, typeOf } from '../kms/member.ts';
import type { Simulation } from '../simulation.ts';

const groupsSchema = z.union([z.array(keyGroupSchema), keyGroupSchema.transform((group) => [group])]);

/** `key`: the CCKM id or the `mrk-` id of any member of the set. */
const newReplicaSchema = replicaSchema.extend({ key: z.string(), listed: z.boolean().default(false) });
const newReplicasSchema = z.union([z.array(newReplicaSchema), newReplicaSchema.transform((one) => [one])]);

/** The keys as AWS has them: what is made, changed and deleted here happens outside CCKM and costs no quota. */
export function controlKeyRoutes(simulation: Simulation): Router {
  const router = Router();
  const { kms } = simulation;
  const find = ({ params }: Request): Member => {
    const member = kms.get(String(params.id));
    if (!member) throw notFound(`Key ${params.id}`);
    return member;
  };
  const view = (member: Member) => ({
    id: member.id,
    mrk: member.keyId,
    arn: arnOf(member),
    account: member.account,
    region: member.region,
    type: typeOf(member, kms.now()),
    origin: member.origin,
    state: kms.state(member),
    listed: member.listedFrom !== null,
    created_at: member.createdAt,
    ready_at: member.readyAt,
    material_at: member.materialAt,
    aliases: member.aliases,
    description: member.description,
    tags: member.tags,
    policy: member.policy,
    policy_template: member.policyTemplate,
  });
  router.get('/keys', (request, response) => {
    const { mrk } = request.query;
    response.json([...(typeof mrk === 'string' ? kms.set(mrk) : kms.all())].map(view));
  });
  router.post('/keys', (request, response) => {
    response.status(201).json(groupsSchema.parse(request.body).flatMap((group) => makeKeys(kms, group)));
  });
  router.get('/keys/:id', (request, response) => {
    response.json(view(find(request)));
  });
  router.patch('/keys/:id', (request, response) => {
    const member = find(request);
    const { state } = z.strictObject({ state: keyStateSchema }).parse(request.body);
    const now = kms.now();
    const materialAt = member.origin === 'EXTERNAL' ? now : null;
    Object.assign(member, { disabled: false, deletionDate: null, materialAt, updatedAt: now });
    Object.assign(member, stateFields(state, now));
    response.json(view(member));
  });
  router.delete('/keys/:id', (request, response) => {
    kms.remove(find(request));
    response.json({});
  });
  router.post('/replicas', (request, response) => {
    const made = newReplicasSchema.parse(request.body).map(({ key, ...replica }) => {
      const set = kms.set(kms.get(key)?.keyId ?? key);
      const primary = set.find(({ type }) => type === 'PRIMARY');
      if (!primary) throw notFound(`The primary of ${key}`);
      if (set.some(({ region }) => region === replica.region)) throw invalid(`${key} is in ${replica.region} already.`);
      return view(addReplica(kms, primary, replica));
    });
    response.status(201).json(made);
  });
  return router;
}
