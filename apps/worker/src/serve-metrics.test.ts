import { ConfigError } from '@keyferry/config';
import { createLog } from '@keyferry/log';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { documentedMetrics, exposedMetrics } from '../../../test/harness/documented-metrics.ts';
import { readExposition } from '../../../test/harness/read-exposition.ts';
import { type ServedMetrics, serveMetrics } from './serve-metrics.ts';

const log = createLog('worker', 'silent');
const readLimit = () => ({ perSecond: 12.5, atOnce: 4, underWay: 3, waiting: 7 });
const pool = () => ({ size: 10, inUse: 2, idle: 1, waiting: 5 });
let leaseHeld = true;
const now = { readLimit, pool, holdsLease: () => leaseHeld };
let metrics: ServedMetrics;
beforeAll(async () => {
  metrics = await serveMetrics({ host: '127.0.0.1', port: 0, ...now }, log);
});
afterAll(() => metrics?.stop());

it('tells how long calls to CCKM took, by operation and by how they ended', async () => {
  const call = {
    operation: 'replicate-key',
    durationMs: 300,
    httpStatus: 200,
    requestId: 'request-canary',
    serverTime: null,
  };
  for (const error of [null, null, 'throttled', 'access_denied', 'connection_lost', 'not_sent']) {
    metrics.noteCall({ ...call, error });
  }
  metrics.noteDelivery({ outcome: 'refused', durationMs: 200, httpStatus: 500, error: 'x-canary', answer: 'canary' });
  const text = await (await fetch(metrics.url)).text();
  const told = readExposition(text);
  const counts = told.get('keyferry_cckm_call_duration_seconds')?.samples.filter(({ name }) => name.endsWith('_count'));
  expect(counts?.map(({ labels, value }) => [labels.outcome, value])).toEqual([
    ['success', 2],
    ['throttled', 1],
    ['refused', 1],
    ['unavailable', 1],
    ['not_sent', 1],
  ]);
  expect(text).toContain('keyferry_cckm_call_duration_seconds_sum{operation="replicate-key",outcome="success"} 0.6');
  expect(text).toContain('keyferry_webhook_attempt_duration_seconds_sum{outcome="refused"} 0.2');
  expect(text).toContain('keyferry_cckm_reads_per_second_limit 12.5');
  expect(text).toContain('keyferry_cckm_reads_waiting 7');
  expect(text).toContain('keyferry_database_pool_connections{state="in_use"} 2');
  expect(text).toContain('keyferry_database_pool_waiting 5');
  expect(text).not.toContain('canary');
  expect(exposedMetrics(told)).toEqual(documentedMetrics('A worker', 'Every process'));
});

it('is alive whatever it holds, and ready while it holds its lease', async () => {
  const status = async (path: string) => (await fetch(new URL(path, metrics.url))).status;
  expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 200]);
  leaseHeld = false;
  expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 503]);
  leaseHeld = true;
});

it('serves nothing else, and says what to do where its port is taken', async () => {
  expect((await fetch(new URL('/', metrics.url))).status).toBe(404);
  const port = Number(new URL(metrics.url).port);
  await expect(serveMetrics({ host: '127.0.0.1', port, ...now }, log)).rejects.toThrow(ConfigError);
});
