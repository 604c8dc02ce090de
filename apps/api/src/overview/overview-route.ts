import type { Log } from '@keyferry/log';
import type { Queues } from '@keyferry/queue';
import { readOverview, type Store, usualStuckAfterMs } from '@keyferry/store';
import { routes } from '../http/operation-routes.ts';
import { Problem } from '../http/problem.ts';
import { shareAnswers } from '../http/shared-answers.ts';
import { overviewView } from './overview-view.ts';

/** Of each list. */
const most = 50;
const failureHours = 24;
const answerWithinMs = 5_000;

/**
 * All of an installation at a glance: work in progress, problems, and health. One read
 * for all concurrent callers; without the queue it answers the rest, without Postgres a 503 in time.
 */
export function overviewRoute(
  store: Store,
  queues: Queues,
  log: Log,
  stuckAfterMs = usualStuckAfterMs,
  refusal: () => string | null = () => null,
) {
  const share = shareAnswers();

  const read = async (): Promise<string> => {
    const began = performance.now();
    const [overview, depths, queue] = await Promise.all([
      readOverview(store, { most, failureHours, stuckAfterMs, timeoutMs: answerWithinMs }).then((found) => ({
        found,
        milliseconds: performance.now() - began,
      })),
      queues.depths().catch(() => null),
      queues.check(),
    ]);
    const { found, milliseconds } = overview;
    return JSON.stringify(
      overviewView(found, { engine: queues.engine, depths, queue, milliseconds, refusal: refusal() }),
    );
  };

  return routes({
    'GET /v1/overview': async ({ response }) => {
      const text = await share('overview', read).catch((error: unknown) => {
        log.warn({ err: error, requestId: response.locals.requestId }, 'could not read the overview');
        throw new Problem(503, 'Dependency down', 'Postgres timed out. Check the server; no work is lost.', {
          headers: { 'Retry-After': '2' },
        });
      });
      return response.type('json').send(text);
    },
  });
}
