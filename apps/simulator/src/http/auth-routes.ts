import { Router } from 'express';
import type { Simulation } from '../simulation.ts';
import { exchange } from './exchange.ts';

/** Logins. Source: CCKM contract, section 1. */
export function authRoutes(simulation: Simulation): Router {
  const router = Router();
  const body = (request: { body?: unknown }) => (request.body ?? {}) as Record<string, unknown>;
  router.post(
    '/tokens',
    exchange(simulation, {
      operation: 'login',
      open: true,
      work: (request) => ({ body: simulation.tokens.grant(body(request)) }),
    }),
  );
  for (const path of ['/revoke', '/logout']) {
    router.post(
      path,
      exchange(simulation, {
        operation: 'revoke',
        work: (request) => {
          simulation.tokens.revoke(String(body(request).refresh_token ?? ''));
          return { body: {} };
        },
      }),
    );
  }
  return router;
}
