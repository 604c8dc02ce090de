import { type CallerView, isEverywhere, type Role, type Scope, scopeView } from '@keyferry/core';
import { operationNamed, operationsOf } from '@keyferry/operations';
import { routes } from './http/operation-routes.ts';

/** `/v1/me`: who the caller is, and what that allows. */
export function callerRoute() {
  return routes({
    'GET /v1/me': ({ response }) => callerView(response.locals),
  });
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
    may: operationsOf(role).filter((one) => isEverywhere(scope) || operationNamed(one).scope !== 'everything'),
    session: session ? { expires_at: session.expiresAt.toISOString() } : null,
  };
}
