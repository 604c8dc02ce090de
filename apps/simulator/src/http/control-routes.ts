import { Router } from 'express';
import { z } from 'zod';
import { faultsSchema } from '../control/faults.ts';
import { patchSettings } from '../settings.ts';
import type { Simulation } from '../simulation.ts';
import { controlKeyRoutes } from './control-key-routes.ts';

const outageSchema = z
  .strictObject({ on: z.boolean().default(true), kind: z.enum(['off', '503', 'drop', 'hang', 'login']).default('503') })
  .transform(({ on, kind }) => (on ? kind : 'off'));

/** What tests and demonstrations steer the simulator by. Not part of CCKM. */
export function controlRoutes(simulation: Simulation): Router {
  const router = Router();
  router.use(controlKeyRoutes(simulation));
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
  router.get('/faults', (_request, response) => {
    response.json(simulation.faults.list());
  });
  router.put('/faults', (request, response) => {
    simulation.faults.replace(faultsSchema.parse(request.body));
    response.json(simulation.faults.list());
  });
  router.post('/faults', (request, response) => {
    simulation.faults.add(faultsSchema.parse(request.body));
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
    simulation.settings = patchSettings(simulation.settings, z.record(z.string(), z.unknown()).parse(request.body));
    response.json(simulation.settings);
  });
  router.get('/outage', (_request, response) => {
    response.json({ kind: simulation.outage });
  });
  for (const method of ['put', 'post'] as const) {
    router[method]('/outage', (request, response) => {
      simulation.outage = outageSchema.parse(request.body);
      response.json({ kind: simulation.outage });
    });
  }
  router.post('/expire-tokens', (_request, response) => {
    simulation.tokens.expireAll();
    response.json({});
  });
  router.post('/reset', (_request, response) => {
    simulation.reset();
    response.json({});
  });
  router.get('/state', (_request, response) => {
    response.json({
      keys: simulation.kms.size,
      logins: simulation.tokens.logins,
      refused_logins: simulation.tokens.refusedLogins,
      live_refresh_tokens: simulation.tokens.liveRefreshTokens,
      peak_per_second: simulation.kms.quotas.peaks(),
    });
  });
  return router;
}
