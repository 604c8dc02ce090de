import type { CallerView, Role } from '@keyferry/core';
import { Router } from 'express';
import { operationsOf } from './http/permissions.ts';

/** `/v1/me`: who the caller is, and what that allows. */
export function callerRoute(): Router {
  const router = Router();
  router.get('/me', (_request, response) => {
    response.json(callerView(response.locals));
  });
  return router;
}

export function callerView(who: { caller: string; role: Role; session?: { expiresAt: Date } }): CallerView {
  const { caller, role, session } = who;
  return {
    caller,
    role,
    may: operationsOf(role),
    session: session ? { expires_at: session.expiresAt.toISOString() } : null,
  };
}
