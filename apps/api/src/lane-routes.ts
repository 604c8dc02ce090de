import type { Config } from '@keyferry/config';
import { isEverywhere, type LaneView, laneId, laneOperations, parseLaneId } from '@keyferry/core';
import { cckmCircuit, type LaneStatus, readAllLanes, resetCircuit, type Store, setLaneQuota } from '@keyferry/store';
import { asCaller } from './http/as-caller.ts';
import { routes } from './http/operation-routes.ts';
import { Problem } from './http/problem.ts';
import { viewOfLane } from './lane-view.ts';

/** Lanes: what AWS meters, how fast each goes now, and a quota that was raised. */
export function laneRoutes(store: Store, quotas: Config['quotas']) {
  const view = (lane: LaneStatus): LaneView => viewOfLane(lane, quotas);

  return routes({
    'GET /v1/lanes': async ({ scope }) => ({ items: (await readAllLanes(store, scope)).map(view), next_cursor: null }),

    'PATCH /v1/lanes/{id}': async ({ id, body, scope, response }) => {
      const lane = parseLaneId(id);
      if (lane === null) throw noLane(id);
      await setLaneQuota(asCaller(store, response), lane, body.quota_per_second);
      const changed = (await readAllLanes(store, scope)).find((candidate) => laneId(candidate) === id);
      if (changed === undefined) throw noLane(id);
      return view(changed);
    },

    'POST /v1/lanes/{id}/reset': async ({ id, scope, response }) => {
      if (id === cckmCircuit && !isEverywhere(scope)) {
        throw new Problem(
          403,
          'Not permitted',
          'The circuit of CCKM applies to all accounts: use a token without a scope.',
        );
      }
      if (id !== cckmCircuit && parseLaneId(id) === null) throw noLane(id);
      const { before, reason } = await resetCircuit(asCaller(store, response), id);
      return { id, circuit: 'closed', circuit_before: before, reason_before: reason };
    },
  });
}

function noLane(id: string): Problem {
  const known = laneOperations.join('|');
  return new Problem(404, 'Not found', `${id} is not a lane. Expected <account>:<Region>:<${known}>.`);
}
