import { type CallerView, isEverywhere, type Role, type Scope, scopeView } from '@keyferry/core';
import { Router } from 'express';
import { operationsOf, scopeRuleOf } from './http/operations.ts';

/** `/v1/me`: who the caller is, and what that allows. */
export function callerRoute(): Router {
  const router = Router();
  router.get('/me', (_request, response) => {
    response.json(callerView(response.locals));
  });
  return router;
}

export function callerView(who: {
  caller: string;
  role: Role;
  scope: Scope;
  session?: { expiresAt: Date };
}): CallerView {
  const { caller, role, scope, session } = who;
  return {
    caller,
    role,
    scope: scopeView(scope),
    may: operationsOf(role).filter((one) => isEverywhere(scope) || scopeRuleOf(one) !== 'everything'),
    session: session ? { expires_at: session.expiresAt.toISOString() } : null,
  };
}
