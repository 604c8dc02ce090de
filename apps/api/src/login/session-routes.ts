import type { Store } from '@keyferry/store';
import { Router } from 'express';
import { z } from 'zod';
import { callerView } from '../caller-route.ts';
import { asCaller, commandOf } from '../http/as-caller.ts';
import { notAuthenticated, Problem, parseInput } from '../http/problem.ts';
import type { Sessions } from './sessions.ts';

const emptyBody = z.strictObject({}).default({});

/** `/v1/session`: a browser logs in with any token, so that it need not keep it, and logs out. */
export function sessionRoutes(store: Store, sessions: Sessions): Router {
  const router = Router();

  router.post('/', async (request, response) => {
    parseInput(emptyBody, request.body);
    const { locals } = response;
    if (locals.session !== undefined) {
      throw notAuthenticated(
        'A session is begun with a token, "Authorization: Bearer <token>", and not with another session.',
      );
    }
    const expiresAt = await sessions.begin(request, response, locals.credential, commandOf(locals));
    response.json(callerView({ ...locals, session: { expiresAt } }));
  });

  router.delete('/', async (request, response) => {
    const { session } = response.locals;
    if (session === undefined) {
      throw new Problem(404, 'Not found', 'This request carries a token, and so no session that could be ended.');
    }
    await sessions.end(asCaller(store, response), session.id, request, response);
    response.status(204).end();
  });

  return router;
}
