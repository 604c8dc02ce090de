import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from '@keyferry/config';
import type { Log } from '@keyferry/log';
import { type Registry, watchDatabasePool } from '@keyferry/metrics';
import type { Queues } from '@keyferry/queue';
import { readFigures, type Store, usualStuckAfterMs } from '@keyferry/store';
import { Router } from 'express';
import { Problem } from '../http/problem.ts';
import { installationMetrics } from './installation-metrics.ts';

/** Below the ten seconds that Prometheus waits. */
const patienceMs = 5_000;
/** At eight series a lane. An account uses two or three lanes a Region. */
const mostLanes = 500;

/**
 * `/metrics`: the installation and this process in the text format of Prometheus. Everything is read when it is asked for,
 * by one read for all who ask at once; without Postgres it answers 503 in time, without the queue it answers the rest.
 */
export function metricsRoute(
  store: Store,
  queues: Queues,
  options: {
    /** Where the metrics of this process are. */
    registry: Registry;
    quotas: Config['quotas'];
    log: Log;
    answerWithinMs?: number;
    stuckAfterMs?: number | undefined;
    refusal?: () => string | null;
  },
): Router {
  const { registry, quotas, log, answerWithinMs = patienceMs, stuckAfterMs = usualStuckAfterMs } = options;
  const { refusal = () => null } = options;
  watchDatabasePool(registry, store.pool);
  const show = installationMetrics(registry, { quotas, engine: queues.engine });
  let reading: Promise<string> | null = null;

  const read = async (): Promise<string> => {
    const [figures, depths, queue] = await Promise.all([
      readFigures(store, { mostLanes, stuckAfterMs, timeoutMs: answerWithinMs }),
      queues.depths().catch(() => null),
      queues.check(),
    ]);
    show({ figures, depths, queue, signingRefused: refusal() !== null });
    return registry.metrics();
  };

  const router = Router();
  router.get('/', async (_request, response) => {
    reading ??= read().finally(() => {
      reading = null;
    });
    const tooLate = wait(answerWithinMs, null, { ref: false });
    const text = await Promise.race([reading, tooLate]).catch((error: unknown) => {
      log.warn({ err: error, requestId: response.locals.requestId }, 'could not read the metrics');
      return null;
    });
    if (text === null) throw new Problem(503, 'Dependency down', 'Postgres does not answer in time for a scrape.');
    response.type(registry.contentType).send(text);
  });
  return router;
}
