import type { CallerView } from '@keyferry/core';
import { Router } from 'express';
import { operationsOf } from './http/permissions.ts';

/** `/v1/me`: who the caller is, and what that allows. */
export function callerRoute(): Router {
  const router = Router();
  router.get('/me', (_request, response) => {
    const { caller, role } = response.locals;
    const view: CallerView = { caller, role, may: operationsOf(role) };
    response.json(view);
  });
  return router;
}
