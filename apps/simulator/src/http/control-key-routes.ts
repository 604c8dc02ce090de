import { type Request, Router } from 'express';
import { z } from 'zod';
import { invalid, notFound } from '../cckm/failure.ts';
import { noteRecords } from '../cckm/records.ts';
import {
  addReplica,
  keyGroupSchema,
  keyStateSchema,
  makeKeys,
  replicaSchema,
  stateFields,
} from '../control/inventory.ts';
import { arnOf, type Member, typeOf } from '../kms/member.ts';
import { rotateAway } from '../kms/rotate-away.ts';
import { movePrimary } from '../kms/update-primary-region.ts';
import type { Simulation } from '../simulation.ts';

const groupsSchema = z.union([z.array(keyGroupSchema), keyGroupSchema.transform((group) => [group])]);

/** `key`: the CCKM id or the `mrk-` id of any member of the set. */
const newReplicaSchema = replicaSchema.extend({ key: z.string(), listed: z.boolean().default(false) });
const newReplicasSchema = z.union([z.array(newReplicaSchema), newReplicaSchema.transform((one) => [one])]);

/** Texts are taken as they come: with NUL and halves of surrogate pairs, which AWS itself would refuse. */
const keyChangeSchema = z.strictObject({
  state: keyStateSchema.optional(),
  description: z.string().optional(),
  aliases: z.array(z.string().startsWith('alias/')).optional(),
  tags: z.array(z.strictObject({ TagKey: z.string(), TagValue: z.string() })).optional(),
});

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
    const { state, ...texts } = keyChangeSchema.parse(request.body);
    const now = kms.now();
    Object.assign(member, texts, { updatedAt: now });
    if (state !== undefined) {
      const materialAt = member.origin === 'EXTERNAL' ? now : null;
      Object.assign(member, { disabled: false, deletionDate: null, materialAt }, stateFields(state, now));
    }
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
  router.post('/promotions', (request, response) => {
    const { key, region } = z.strictObject({ key: z.string(), region: z.string() }).parse(request.body);
    const set = kms.set(kms.get(key)?.keyId ?? key);
    if (!set.some((member) => member.region === region)) throw notFound(`A member of ${key} in ${region}`);
    const letAge = noteRecords(kms, set);
    movePrimary(kms, set, region);
    letAge(simulation.settings.staleAfterPromotion);
    response.status(201).json(set.map(view));
  });
  router.post('/gone-records', (request, response) => {
    const { key } = z.strictObject({ key: z.string() }).parse(request.body);
    const member = kms.get(key);
    if (!member) throw notFound(`Key ${key}`);
    const id = simulation.random.uuid();
    member.goneIds.push(id);
    response.status(201).json({ id });
  });
  router.post('/rotations', (request, response) => {
    const { key } = z.strictObject({ key: z.string() }).parse(request.body);
    const member = kms.get(key);
    if (!member) throw notFound(`Key ${key}`);
    response.status(201).json(view(rotateAway(kms, member)));
  });
  return router;
}
