import { setTimeout as wait } from 'node:timers/promises';
import { readDrillLog, readDrillSteps, type Store } from '@keyferry/store';
import { type Response, Router } from 'express';
import { openEventStream } from '../http/open-event-stream.ts';
import { mustReadDrill } from './drill-routes.ts';
import { logView, readDrillStatusView } from './drill-view.ts';

const roundMs = 500;
const keepAliveMs = 15_000;
const entriesAtOnce = 500;

/**
 * Server-Sent Events of one drill: `drill.updated` whenever it is other than before, without its runbook, and `drill.log` for
 * each entry of its log, with the entry's number as id. With `Last-Event-ID` the log goes on after that entry. It ends after
 * the last event of a drill that is finished, and within a moment once the reader's token no longer works.
 */
export function drillEventsRoute(store: Store): Router {
  const router = Router();
  router.get('/:id/events', async (request, response) => {
    const { id } = await mustReadDrill(store, request.params.id);
    const given = Number(request.get('last-event-id') ?? 0);
    if (!openEventStream(request, response)) return;
    await stream(store, id, Number.isInteger(given) && given >= 0 ? given : 0, response);
    response.end();
  });
  return router;
}

async function stream(store: Store, id: string, from: number, response: Response): Promise<void> {
  let seq = from;
  let told = '';
  let spokenAt = Date.now();
  while (!response.destroyed) {
    // The drill is read before its log: so the log is never behind a drill that is told to be finished.
    const drill = await readDrillStatusView(store, id);
    if (drill === null) return;
    const entries = await readDrillLog(store.prisma, id, { after: seq, limit: entriesAtOnce });
    const steps = entries.length > 0 ? await readDrillSteps(store.prisma, id) : [];
    for (const entry of entries) {
      seq = entry.seq;
      response.write(`event: drill.log\nid: ${seq}\ndata: ${JSON.stringify(logView(entry, steps))}\n\n`);
    }
    const text = JSON.stringify(drill);
    if (text !== told) response.write(`event: drill.updated\ndata: ${text}\n\n`);
    if (text !== told || entries.length > 0) spokenAt = Date.now();
    else if (Date.now() - spokenAt > keepAliveMs) {
      spokenAt = Date.now();
      response.write(': still here\n\n');
    }
    told = text;
    if (drill.finished_at !== null && entries.length < entriesAtOnce) return;
    await wait(entries.length === entriesAtOnce ? 0 : roundMs);
    if (!(await response.locals.stillValid())) return;
  }
}
