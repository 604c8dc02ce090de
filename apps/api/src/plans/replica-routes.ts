import { replicaStates } from '@keyferry/core';
import { listReplicas, readAttempts, readReplicas, type Store } from '@keyferry/store';
import { Router } from 'express';
import { z } from 'zod';
import { pageOf, pageQuery } from '../http/page.ts';
import { Problem, parseInput } from '../http/problem.ts';
import { mustReadStatus } from './plan-routes.ts';
import { attemptViews, replicaView } from './replica-view.ts';

export const listReplicasQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(replicaStates).optional(),
  region: z.string().max(64).optional(),
  key: z.string().max(2048).describe('A CCKM id, mrk- id, ARN or alias').optional(),
  error_code: z.string().max(100).optional(),
});

/** A plan's replicas: list, and one with its attempt log. */
export function replicaRoutes(store: Store): Router {
  const router = Router();

  router.get('/:id/replicas', async (request, response) => {
    const { limit, cursor, error_code: errorCode, ...filter } = parseInput(listReplicasQuery, request.query);
    const plan = await mustReadStatus(store, request.params.id);
    const rows = await listReplicas(
      store,
      plan.id,
      { ...filter, errorCode },
      { limit: limit + 1, after: cursor ?? null },
    );
    response.json(pageOf(rows, limit, replicaView));
  });

  router.get('/:id/replicas/:replicaId', async (request, response) => {
    const plan = await mustReadStatus(store, request.params.id);
    const { replicaId } = request.params;
    const [row] = z.uuid().safeParse(replicaId).success ? await readReplicas(store, [replicaId]) : [];
    if (row?.planId !== plan.id) throw new Problem(404, 'Not found', `Plan ${plan.id} has no replica ${replicaId}.`);
    response.json({ ...replicaView(row), attempt_log: attemptViews(await readAttempts(store, row.id)) });
  });

  return router;
}
