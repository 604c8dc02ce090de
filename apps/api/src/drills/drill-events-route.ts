import { setTimeout as wait } from 'node:timers/promises';
import { readDrillLog, readDrillSteps, type Store } from '@keyferry/store';
import { type EventStream, openEventStream } from '../http/open-event-stream.ts';
import { routes } from '../http/operation-routes.ts';
import { mustReadDrill } from './drill-routes.ts';
import { logView, readDrillStatusView } from './drill-view.ts';

const roundMs = 500;
const entriesAtOnce = 500;

/**
 * Server-Sent Events of one drill: `drill.updated` whenever it has changed, without its runbook, and `drill.log` for
 * each entry of its log, with the entry's number as id. With `Last-Event-ID` the log continues after that entry. It ends after
 * the last event of a drill that is finished, and within a moment once the reader's token no longer works.
 */
export function drillEventsRoute(store: Store) {
  return routes({
    'GET /v1/drills/{id}/events': async ({ id: named, request, response }) => {
      const { id } = await mustReadDrill(store, named);
      const given = Number(request.get('last-event-id') ?? 0);
      const stream = openEventStream(request, response);
      if (!stream) return;
      await tell(store, id, Number.isInteger(given) && given >= 0 ? given : 0, stream);
      stream.end();
    },
  });
}

async function tell(store: Store, id: string, from: number, stream: EventStream): Promise<void> {
  let seq = from;
  let told = '';
  while (stream.isOpen) {
    // The drill is read before its log, so that the log is never behind a drill that is shown as finished.
    const drill = await readDrillStatusView(store, id);
    if (drill === null) return;
    const entries = await readDrillLog(store.prisma, id, { after: seq, limit: entriesAtOnce });
    const steps = entries.length > 0 ? await readDrillSteps(store.prisma, id) : [];
    for (const entry of entries) {
      seq = entry.seq;
      stream.send(`event: drill.log\nid: ${seq}\ndata: ${JSON.stringify(logView(entry, steps))}\n\n`);
    }
    const text = JSON.stringify(drill);
    if (text !== told) stream.send(`event: drill.updated\ndata: ${text}\n\n`);
    told = text;
    if (drill.finished_at !== null && entries.length < entriesAtOnce) return;
    await wait(entries.length === entriesAtOnce ? 0 : roundMs);
  }
}
