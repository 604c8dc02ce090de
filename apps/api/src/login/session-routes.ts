import type { Store } from '@keyferry/store';
import { callerView } from '../caller-route.ts';
import { asCaller, commandOf } from '../http/as-caller.ts';
import { routes } from '../http/operation-routes.ts';
import { notAuthenticated, Problem } from '../http/problem.ts';
import type { Sessions } from './sessions.ts';

/** `/v1/session`: a browser logs in with any token, which it then need not keep, and logs out. */
export function sessionRoutes(store: Store, sessions: Sessions) {
  return routes({
    'POST /v1/session': async ({ request, response }) => {
      const { locals } = response;
      if (locals.session !== undefined) {
        throw notAuthenticated('A new session needs a token ("Authorization: Bearer <token>"), not another session.');
      }
      const expiresAt = await sessions.begin(request, response, locals.credential, commandOf(locals));
      return callerView({ ...locals, session: { expiresAt } });
    },

    'DELETE /v1/session': async ({ request, response }) => {
      const { session } = response.locals;
      if (session === undefined) {
        throw new Problem(404, 'Not found', 'This request uses a token: there is no session to end.');
      }
      await sessions.end(asCaller(store, response), session.id, request, response);
    },
  });
}
