import type { Config } from '@keyferry/config';
import { type LaneView, laneId, laneOperations, parseLaneId } from '@keyferry/core';
import { type LaneStatus, readAllLanes, type Store, setLaneQuota } from '@keyferry/store';
import { json, Router } from 'express';
import { z } from 'zod';
import { asCaller } from './http/as-caller.ts';
import { Problem, parseInput } from './http/problem.ts';
import { viewOfLane } from './lane-view.ts';

export const patchLaneBody = z.strictObject({
  quota_per_second: z
    .number()
    .min(0.01)
    .max(10_000)
    .nullable()
    .describe("This account's quota in AWS, requests a second; null: the configured default"),
});

/** Lanes: what AWS meters, how fast each goes now, and a quota that was raised. */
export function laneRoutes(store: Store, quotas: Config['quotas']): Router {
  const router = Router();
  const view = (lane: LaneStatus): LaneView => viewOfLane(lane, quotas);

  router.get('/', async (_request, response) => {
    response.json({ items: (await readAllLanes(store, response.locals.scope)).map(view), next_cursor: null });
  });

  router.patch('/:id', json(), async (request, response) => {
    const body = parseInput(patchLaneBody, request.body);
    const { id } = request.params;
    const lane = parseLaneId(id);
    if (lane === null) {
      throw new Problem(
        404,
        'Not found',
        `${id} is no lane: name it <account>:<Region>:<${laneOperations.join('|')}>.`,
      );
    }
    await setLaneQuota(asCaller(store, response), lane, body.quota_per_second);
    const changed = (await readAllLanes(store, response.locals.scope)).find((candidate) => laneId(candidate) === id);
    response.json(changed && view(changed));
  });

  return router;
}
