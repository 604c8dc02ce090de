import type { Queues } from '@keyferry/queue';
import { ping, type Store } from '@keyferry/store';
import { Router } from 'express';

const answerWithinMs = 2_000;

/** `/healthz`: the process is alive. `/readyz`: Postgres and the queue answer, else 503 that names which does not. */
export function healthRoutes(store: Store, queues: Queues): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    const [postgres, queue] = await Promise.allSettled([ping(store, answerWithinMs), queues.ping()]);
    const checks = { postgres: status(postgres), queue: status(queue) };
    const ready = checks.postgres === 'ok' && checks.queue === 'ok';
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready', checks });
  });
  return router;
}

function status(result: PromiseSettledResult<unknown>): string {
  return result.status === 'fulfilled' ? 'ok' : 'does not answer';
}
