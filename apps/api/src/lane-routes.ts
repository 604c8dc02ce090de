import type { Config } from '@keyferry/config';
import {
  type CircuitResetView,
  isEverywhere,
  type LaneView,
  laneId,
  laneOperations,
  parseLaneId,
} from '@keyferry/core';
import { cckmCircuit, type LaneStatus, readAllLanes, resetCircuit, type Store, setLaneQuota } from '@keyferry/store';
import { Router } from 'express';
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

  router.patch('/:id', async (request, response) => {
    const body = parseInput(patchLaneBody, request.body);
    const { id } = request.params;
    const lane = parseLaneId(id);
    if (lane === null) throw noLane(id);
    await setLaneQuota(asCaller(store, response), lane, body.quota_per_second);
    const changed = (await readAllLanes(store, response.locals.scope)).find((candidate) => laneId(candidate) === id);
    response.json(changed && view(changed));
  });

  router.post('/:id/reset', async (request, response) => {
    parseInput(z.strictObject({}).default({}), request.body);
    const { id } = request.params;
    if (id === cckmCircuit && !isEverywhere(response.locals.scope)) {
      throw new Problem(
        403,
        'Not permitted',
        'The circuit of CCKM is about all accounts: use a token without a scope.',
      );
    }
    if (id !== cckmCircuit && parseLaneId(id) === null) throw noLane(id);
    const { before, reason } = await resetCircuit(asCaller(store, response), id);
    const view: CircuitResetView = { id, circuit: 'closed', circuit_before: before, reason_before: reason };
    response.json(view);
  });

  return router;
}

function noLane(id: string): Problem {
  const known = laneOperations.join('|');
  return new Problem(404, 'Not found', `${id} is no lane. Expected <account>:<Region>:<${known}>.`);
}
