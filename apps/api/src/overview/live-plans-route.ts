import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '@keyferry/log';
import type { Store } from '@keyferry/store';
import { Router } from 'express';
import { openEventStream } from '../http/open-event-stream.ts';
import { livePlans } from './live-plans.ts';

const keepAliveMs = 15_000;
/** How often it is asked whether the reader's token still works. */
const checkTokenMs = 1_000;
/** A reader that is so far behind, in bytes, is let go: it connects again and is told of everything as it is then. */
const mostUnread = 4 * 1024 * 1024;

/**
 * Server-Sent Events of all plans: `plan.updated` as in the stream of one plan. It begins with the plans that are not
 * finished, and so does every stream that is opened again; `truncated` says that more have changed than were told.
 */
export function livePlansRoute(store: Store, log: Log): Router {
  const router = Router();
  const follow = livePlans(store, log);

  router.get('/', async (request, response) => {
    if (!openEventStream(request, response)) return;
    let spokenAt = Date.now();
    const leave = follow({
      send: (text) => {
        spokenAt = Date.now();
        if (response.writableLength > mostUnread) response.destroy();
        else response.write(text);
      },
      end: () => response.end(),
    });
    response.once('close', leave);
    while (!response.destroyed && !response.writableEnded) {
      await wait(checkTokenMs);
      if (!(await response.locals.stillValid())) break;
      if (Date.now() - spokenAt > keepAliveMs) {
        spokenAt = Date.now();
        response.write(': still here\n\n');
      }
    }
    leave();
    response.end();
  });
  return router;
}
