import type { Log } from '@keyferry/log';
import type { Store } from '@keyferry/store';
import { openEventStream } from '../http/open-event-stream.ts';
import { routes } from '../http/operation-routes.ts';
import { livePlans } from './live-plans.ts';

/** A reader that is so far behind, in bytes, is let go: it connects again and is told of everything as it is then. */
const mostUnread = 4 * 1024 * 1024;

/**
 * Server-Sent Events of all plans: `plan.updated` as in the stream of one plan. It begins with the plans that are not
 * finished, and so does every stream that is opened again; `truncated` says that more have changed than were told.
 */
export function livePlansRoute(store: Store, log: Log) {
  const follow = livePlans(store, log);

  return routes({
    'GET /v1/events': ({ request, response }) => {
      const stream = openEventStream(request, response);
      if (!stream) return;
      const leave = follow({
        send: (text) => {
          if (stream.unread > mostUnread) stream.drop();
          else stream.send(text);
        },
        end: () => stream.end(),
      });
      stream.onClose(leave);
    },
  });
}
