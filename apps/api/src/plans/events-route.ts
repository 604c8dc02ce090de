import { setTimeout as wait } from 'node:timers/promises';
import { readChanges, readPlanStatus, readReplicas, readRevision, type Store } from '@keyferry/store';
import { type Response, Router } from 'express';
import { openEventStream } from '../http/open-event-stream.ts';
import { mustReadStatus } from './plan-routes.ts';
import { planStatusView } from './plan-view.ts';
import { replicaView } from './replica-view.ts';

/** A round sends at most two messages, so a stream has at most four a second. */
const roundMs = 500;
const keepAliveMs = 15_000;
/** How often it is asked whether the reader's token still works. */
const checkTokenMs = 1_000;
/** More replicas than this in one message and the reader is told to read the list. */
const replicasPerMessage = 1_000;

/**
 * Server-Sent Events of one plan: `plan.updated` and `replica.updated`, each with the plan's revision as its id. With
 * `Last-Event-ID` the stream goes on from that revision and nothing in between is lost; without, it starts with the plan
 * as it is; so does one for which nothing has changed since. It ends after the `plan.updated` of a plan that is finished,
 * and within a moment once the reader's token no longer works.
 */
export function eventsRoute(store: Store): Router {
  const router = Router();
  router.get('/:id/events', async (request, response) => {
    const plan = await mustReadStatus(store, request.params.id);
    const given = Number(request.get('last-event-id') ?? Number.NaN);
    const revision = await readRevision(store, plan.id);
    const since = Number.isInteger(given) && given >= 0 && given <= revision ? given : null;
    if (!openEventStream(request, response)) return;
    await stream(store, plan.id, since ?? revision, since === null || since === revision, response);
    response.end();
  });
  return router;
}

async function stream(store: Store, planId: string, from: number, greet: boolean, response: Response): Promise<void> {
  let since = from;
  let spokenAt = Date.now();
  let checkedAt = Date.now();
  if (greet && (await sendPlan(store, planId, since, response))) return;
  while (!response.destroyed) {
    const changes = await readChanges(store, planId, since);
    if (changes) {
      since = changes.revision;
      spokenAt = Date.now();
      const ids = changes.replicaIds.slice(0, replicasPerMessage);
      if (ids.length > 0 || changes.truncated) {
        const replicas = (await readReplicas(store, ids)).map(replicaView);
        const truncated = changes.truncated || ids.length < changes.replicaIds.length;
        send(response, 'replica.updated', since, { plan_id: planId, replicas, truncated });
      }
      if (await sendPlan(store, planId, since, response)) return;
    } else if (Date.now() - spokenAt > keepAliveMs) {
      spokenAt = Date.now();
      response.write(': still here\n\n');
    }
    await wait(roundMs);
    if (Date.now() - checkedAt >= checkTokenMs) {
      checkedAt = Date.now();
      if (!(await response.locals.stillValid())) return;
    }
  }
}

/** Sends the plan as it is, without its spec; true when it is finished and nothing more will come. */
async function sendPlan(store: Store, planId: string, revision: number, response: Response): Promise<boolean> {
  const plan = await readPlanStatus(store.prisma, planId);
  if (plan === null) return true;
  send(response, 'plan.updated', revision, planStatusView(plan));
  return plan.finishedAt !== null && (await readRevision(store, planId)) === revision;
}

function send(response: Response, event: string, id: number, data: unknown): void {
  response.write(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
}
