import { replicaStates } from '@keyferry/core';
import { listReplicas, readReplicaInFull, type Store } from '@keyferry/store';
import { Router } from 'express';
import { z } from 'zod';
import { pageOf, pageQuery } from '../http/page.ts';
import { Problem, parseInput } from '../http/problem.ts';
import { mustReadStatus } from './find-plan.ts';
import { attemptViews, fromPrimaryView, replicaView } from './replica-view.ts';

export const listReplicasQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(replicaStates).optional(),
  region: z.string().max(64).optional(),
  key: z.string().max(2048).describe('A CCKM id, mrk- id, ARN or alias').optional(),
  error_code: z.string().max(100).optional(),
  differs: z
    .enum(['true', 'false'])
    .optional()
    .describe('true: only replicas that differ from the request; false: only the others'),
});

/** A plan's replicas: list, and one with its attempt log. */
export function replicaRoutes(store: Store): Router {
  const router = Router();

  router.get('/:id/replicas', async (request, response) => {
    const { limit, cursor, error_code: errorCode, differs, ...filter } = parseInput(listReplicasQuery, request.query);
    const plan = await mustReadStatus(store, request.params.id);
    const rows = await listReplicas(
      store,
      plan.id,
      { ...filter, errorCode, differs: differs === undefined ? undefined : differs === 'true' },
      { limit: limit + 1, after: cursor ?? null },
    );
    response.json(pageOf(rows, limit, replicaView));
  });

  router.get('/:id/replicas/:replicaId', async (request, response) => {
    const plan = await mustReadStatus(store, request.params.id);
    const { replicaId } = request.params;
    const found = z.uuid().safeParse(replicaId).success ? await readReplicaInFull(store, plan.id, replicaId) : null;
    if (found === null) throw new Problem(404, 'Not found', `Plan ${plan.id} has no replica ${replicaId}.`);
    response.json({
      ...replicaView(found.replica),
      attempt_log: attemptViews(found.attempts),
      from_primary: fromPrimaryView(found.fromPrimary),
    });
  });

  return router;
}
