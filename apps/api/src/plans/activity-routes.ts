import { commentOnPlan, readActivity, type Store } from '@keyferry/store';
import { asCaller } from '../http/as-caller.ts';
import { routes } from '../http/operation-routes.ts';
import { mustReadStatus } from './find-plan.ts';

/** Who did what with a plan, and what people say about it. */
export function activityRoutes(store: Store) {
  return routes({
    'GET /v1/plans/{id}/activity': async ({ id }) => {
      const plan = await mustReadStatus(store, id);
      return { items: await readActivity(store, plan.id) };
    },

    'POST /v1/plans/{id}/comments': async ({ id, body: { comment }, response }) => {
      const plan = await mustReadStatus(store, id);
      return commentOnPlan(asCaller(store, response), plan.id, comment);
    },
  });
}
