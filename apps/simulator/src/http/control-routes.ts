import { Router } from 'express';
import { z } from 'zod';
import { faultSchema } from '../control/faults.ts';
import { keyGroupSchema, makeKeys } from '../control/inventory.ts';
import { arnOf } from '../kms/member.ts';
import { settingsSchema } from '../settings.ts';
import type { Simulation } from '../simulation.ts';

const oneOrMany = <T extends z.ZodType>(schema: T) =>
  z.union([z.array(schema), schema.transform((one) => [one])]) as z.ZodType<z.output<T>[]>;

/** What tests and demonstrations steer the simulator by. Not part of CCKM. */
export function controlRoutes(simulation: Simulation): Router {
  const router = Router();
  router.get('/ledger', (request, response) => {
    const { operation, since } = request.query;
    response.json(
      simulation.ledger.read({
        operation: typeof operation === 'string' ? operation : undefined,
        since: Number(since ?? 0),
      }),
    );
  });
  router.delete('/ledger', (_request, response) => {
    simulation.ledger.clear();
    response.json({});
  });
  router.post('/keys', (request, response) => {
    const groups = oneOrMany(keyGroupSchema).parse(request.body);
    response.status(201).json(groups.flatMap((group) => makeKeys(simulation.kms, group)));
  });
  router.get('/keys', (_request, response) => {
    const { kms } = simulation;
    response.json(
      [...kms.all()].map((member) => ({
        id: member.id,
        mrk: member.keyId,
        arn: arnOf(member),
        account: member.account,
        region: member.region,
        type: member.type,
        origin: member.origin,
        state: kms.state(member),
        aliases: member.aliases,
        description: member.description,
        tags: member.tags,
        policy: member.policy,
        policy_template: member.policyTemplate,
      })),
    );
  });
  router.get('/faults', (_request, response) => {
    response.json(simulation.faults.list());
  });
  router.put('/faults', (request, response) => {
    simulation.faults.replace(z.array(faultSchema).parse(request.body));
    response.json(simulation.faults.list());
  });
  router.post('/faults', (request, response) => {
    simulation.faults.add(oneOrMany(faultSchema).parse(request.body));
    response.json(simulation.faults.list());
  });
  router.delete('/faults', (_request, response) => {
    simulation.faults.replace([]);
    response.json([]);
  });
  router.get('/settings', (_request, response) => {
    response.json(simulation.settings);
  });
  router.patch('/settings', (request, response) => {
    simulation.settings = settingsSchema.parse({ ...simulation.settings, ...(request.body as object) });
    response.json(simulation.settings);
  });
  router.put('/outage', (request, response) => {
    simulation.outage = z.object({ kind: z.enum(['off', '503', 'drop', 'hang', 'login']) }).parse(request.body).kind;
    response.json({ kind: simulation.outage });
  });
  router.post('/expire-tokens', (_request, response) => {
    simulation.tokens.expireAll();
    response.json({});
  });
  router.get('/state', (_request, response) => {
    response.json({
      logins: simulation.tokens.logins,
      live_refresh_tokens: simulation.tokens.liveRefreshTokens,
      peak_per_second: simulation.kms.quotas.peaks(),
    });
  });
  return router;
}
