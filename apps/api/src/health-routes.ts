import { version } from '@keyferry/core';
import type { QueueHealth, Queues } from '@keyferry/queue';
import { newestMigration, ping, type Store, sqlState } from '@keyferry/store';
import { Router } from 'express';
import { shareAnswers } from './http/shared-answers.ts';

const answerWithinMs = 2_000;
/** A full disk, or read-only as a standby is. */
const refusedWrites = /^(53|25006)/;

/**
 * `/healthz`: the process is alive. `/readyz`: Postgres and the queue answer and take a write, else 503 that names which
 * does not. One write a second at most, however many ask. `/version`: which release this is, and the newest migration it brings.
 */
export function healthRoutes(store: Store, queues: Queues): Router {
  const router = Router();
  const schema = newestMigration();
  // One that took its two seconds because Postgres was away is no longer true once it is back.
  const share = shareAnswers({ mostMs: 1_000 });
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/version', async (_request, response) => {
    response.json({ version, schema: await schema });
  });
  router.get('/readyz', async (_request, response) => {
    const checks = await share('checks', () => check(store, queues));
    const { postgres, queue } = JSON.parse(checks) as Record<'postgres' | 'queue', string>;
    const ready = postgres === 'ok' && queue === 'ok';
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready', checks: { postgres, queue } });
  });
  return router;
}

async function check(store: Store, queues: Queues): Promise<string> {
  const [postgres, queue] = await Promise.all([
    ping(store, answerWithinMs).then(
      () => 'ok',
      (error: unknown) => (refusedWrites.test(sqlState(error) ?? '') ? 'refuses writes' : 'does not answer'),
    ),
    queues.check().then(ofQueue),
  ]);
  return JSON.stringify({ postgres, queue });
}

function ofQueue({ answers, refuses }: QueueHealth): string {
  if (!answers) return 'does not answer';
  return refuses === null ? 'ok' : `refuses writes (${refuses.split(' ')[0]})`;
}
