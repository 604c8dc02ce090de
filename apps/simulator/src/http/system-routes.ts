import { Router } from 'express';
import type { Simulation } from '../simulation.ts';
import { exchange } from './exchange.ts';

/** What a CipherTrust Manager says of itself. */
export function systemRoutes(simulation: Simulation): Router {
  const router = Router();
  const body = { name: 'Keyferry simulator', version: 'simulated', vendor: 'Keyferry' };
  router.get('/info', exchange(simulation, { operation: 'system-info', work: () => ({ body }) }));
  return router;
}
