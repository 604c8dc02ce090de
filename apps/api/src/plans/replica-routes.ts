import { listReplicas, readReplicaInFull, type Store } from '@keyferry/store';
import { z } from 'zod';
import { routes } from '../http/operation-routes.ts';
import { pageOf } from '../http/page.ts';
import { Problem } from '../http/problem.ts';
import { mustReadStatus } from './find-plan.ts';
import { attemptViews, fromPrimaryView, replicaView } from './replica-view.ts';

/** A plan's replicas: list, and one with its attempt log. */
export function replicaRoutes(store: Store) {
  return routes({
    'GET /v1/plans/{id}/replicas': async ({ id, query }) => {
      const { limit, cursor, error_code: errorCode, differs, ...filter } = query;
      const plan = await mustReadStatus(store, id);
      const rows = await listReplicas(
        store,
        plan.id,
        { ...filter, errorCode, differs: differs === undefined ? undefined : differs === 'true' },
        { limit: limit + 1, after: cursor ?? null },
      );
      return pageOf(rows, limit, replicaView);
    },

    'GET /v1/plans/{id}/replicas/{replica_id}': async ({ id, replica_id: replicaId }) => {
      const plan = await mustReadStatus(store, id);
      const found = z.uuid().safeParse(replicaId).success ? await readReplicaInFull(store, plan.id, replicaId) : null;
      if (found === null) throw new Problem(404, 'Not found', `Plan ${plan.id} has no replica ${replicaId}.`);
      return {
        ...replicaView(found.replica),
        attempt_log: attemptViews(found.attempts),
        from_primary: fromPrimaryView(found.from_primary),
      };
    },
  });
}
