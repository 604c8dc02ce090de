import type { Log } from '@keyferry/log';
import { readRevision, type Store } from '@keyferry/store';
import { z } from 'zod';
import { openEventStream } from '../http/open-event-stream.ts';
import { routes } from '../http/operation-routes.ts';
import { absent } from '../http/problem.ts';
import { planFeeds } from './plan-feed.ts';

/**
 * Server-Sent Events of one plan: `plan.updated` and `replica.updated`, each with the plan's revision as its id. With
 * `Last-Event-ID` the stream goes on from that revision and nothing in between is lost; without, it starts with the plan
 * as it is; so does one for which nothing has changed since. It ends after the `plan.updated` of a plan that is finished,
 * and within a moment once the reader's token no longer works.
 */
export function eventsRoute(store: Store, log: Log) {
  const follow = planFeeds(store, log);
  return routes({
    'GET /v1/plans/{id}/events': async ({ id, query: { fields }, request, response }) => {
      const revision = z.uuid().safeParse(id).success ? await readRevision(store, id) : 0;
      if (revision === 0) throw absent('plan', id);
      const given = Number(request.get('last-event-id') ?? Number.NaN);
      const since = Number.isInteger(given) && given >= 0 && given <= revision ? given : null;
      const stream = openEventStream(request, response);
      if (stream) await follow(id.toLowerCase(), stream, { fields, since, revision });
    },
  });
}
