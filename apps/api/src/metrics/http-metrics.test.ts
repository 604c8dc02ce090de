import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLog } from '@keyferry/log';
import { openRegistry } from '@keyferry/metrics';
import express from 'express';
import { expect, it } from 'vitest';
import { until } from '../../../../test/harness/until.ts';
import { requestLog } from '../http/request-log.ts';
import { httpMetrics } from './http-metrics.ts';

it('counts who leaves early as 499, streams without a duration, and any method or path under a label of a fixed set', async () => {
  const registry = openRegistry('api');
  const app = express().use(requestLog(createLog('api', 'silent'), ['/stream', '/slow'], httpMetrics(registry)));
  app.get('/stream', (_request, response) => {
    response.type('text/event-stream').write('data: 1\n\n');
  });
  app.get('/slow', () => undefined);
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const slow = request({ port, path: '/slow' }).on('error', () => undefined);
  slow.end();
  const stream = request({ port, path: '/stream' });
  stream.end();
  await once(stream, 'response');
  const shown = async (name: string) =>
    (await registry.getSingleMetricAsString(name)).split('\n').filter((line) => !line.startsWith('#'));
  const inFlight = (count: number) =>
    until(
      `${count} are in flight`,
      () => shown('keyferry_http_requests_in_flight'),
      ([line]) => line?.endsWith(` ${count}`) ?? false,
    );
  await inFlight(2);
  slow.destroy();
  stream.destroy();
  await inFlight(0);
  const made = request({ port, method: 'PROPFIND', path: '/canary' });
  made.end();
  const [answer] = await once(made, 'response');
  answer.resume();
  await once(answer, 'end');
  await inFlight(0);

  expect((await shown('keyferry_http_requests_total')).sort()).toEqual([
    'keyferry_http_requests_total{method="GET",route="/slow",code="499"} 1',
    'keyferry_http_requests_total{method="GET",route="/stream",code="200"} 1',
    'keyferry_http_requests_total{method="other",route="other",code="404"} 1',
  ]);
  const measured = (await shown('keyferry_http_request_duration_seconds')).filter((line) => line.includes('_count'));
  expect(measured.map((line) => /route="([^"]+)"/.exec(line)?.[1]).sort()).toEqual(['/slow', 'other']);
  server.close().closeAllConnections();
});
