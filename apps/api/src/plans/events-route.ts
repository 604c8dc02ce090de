import type { Log } from '@keyferry/log';
import { readRevision, type Store } from '@keyferry/store';
import { Router } from 'express';
import { z } from 'zod';
import { limitEventStreams, openEventStream } from '../http/open-event-stream.ts';
import { absent, parseInput } from '../http/problem.ts';
import { planFeeds } from './plan-feed.ts';
import { eventFields } from './recent-changes.ts';

export const eventsQuery = z.strictObject({
  fields: z
    .enum(eventFields)
    .default('all')
    .describe(
      'What `replica.updated` carries: `all` of each replica, or for a `matrix` its key_id, region and state; `plan`: it is not sent',
    ),
});

/**
 * Server-Sent Events of one plan: `plan.updated` and `replica.updated`, each with the plan's revision as its id. With
 * `Last-Event-ID` the stream goes on from that revision and nothing in between is lost; without, it starts with the plan
 * as it is; so does one for which nothing has changed since. It ends after the `plan.updated` of a plan that is finished,
 * and within a moment once the reader's token no longer works.
 */
export function eventsRoute(store: Store, log: Log): Router {
  const router = Router();
  const follow = planFeeds(store, log);
  router.get('/:id/events', limitEventStreams, async (request, response) => {
    const { fields } = parseInput(eventsQuery, request.query);
    const { id } = request.params;
    const revision = z.uuid().safeParse(id).success ? await readRevision(store, id) : 0;
    if (revision === 0) throw absent('plan', id);
    const given = Number(request.get('last-event-id') ?? Number.NaN);
    const since = Number.isInteger(given) && given >= 0 && given <= revision ? given : null;
    const stream = openEventStream(request, response);
    if (stream) await follow(id.toLowerCase(), stream, { fields, since, revision });
  });
  return router;
}
