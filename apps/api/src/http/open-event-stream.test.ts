import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startForTest, type TestApi } from '../../../../test/harness/start-api.ts';
import { until } from '../../../../test/harness/until.ts';
import { openApiDocument } from '../openapi/document.ts';
import { streamsPerCaller } from './open-event-stream.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startForTest();
  await api.letIn('kfy_anna', { name: 'anna', role: 'viewer' });
  await api.letIn('kfy_anna_too', { name: 'anna', role: 'viewer' });
  await api.letIn('kfy_bert', { name: 'bert', role: 'viewer' });
}, 120_000);
afterAll(() => api?.stop());

const streams = Object.keys(openApiDocument().paths ?? {}).filter((path) => path.endsWith('/events'));

it('a caller has so many streams open by all its tokens; no other is held up, and one that ends makes room', async () => {
  const open: AbortController[] = [];
  const begin = async (token: string): Promise<number> => {
    const abort = new AbortController();
    const headers = { authorization: `Bearer ${token}` };
    const { status } = await fetch(`${api.url}/v1/events`, { headers, signal: abort.signal });
    open.push(abort);
    return status;
  };
  for (let i = 0; i < streamsPerCaller; i += 1) expect(await begin(i % 2 ? 'kfy_anna' : 'kfy_anna_too')).toBe(200);

  expect(streams).toHaveLength(3);
  for (const path of streams) {
    const refused = await api.ask('kfy_anna', 'GET', path.replace('{id}', randomUUID()));
    expect(refused).toMatchObject({
      status: 429,
      json: {
        title: 'Too many requests',
        detail: 'anna has 250 event streams open, the limit for one caller. Close one, or retry in 10 s.',
      },
    });
    expect(refused.headers.get('retry-after')).toBe('10');
  }
  expect((await api.ask('kfy_anna', 'GET', '/v1/me')).status).toBe(200);
  expect(await begin('kfy_bert')).toBe(200);
  for (const path of ['/healthz', '/readyz']) expect((await api.ask(null, 'GET', path)).status).toBe(200);

  open[0]?.abort();
  await until(
    'there is room again',
    () => begin('kfy_anna'),
    (status) => status === 200,
  );
  expect((await api.ask('kfy_anna', 'GET', '/v1/events')).status).toBe(429);
  for (const one of open) one.abort();
});

it('a request that ends without a stream frees its place', async () => {
  for (let i = 0; i <= streamsPerCaller; i += 1) {
    expect((await api.ask('kfy_bert', 'GET', `/v1/plans/${randomUUID()}/events`)).status).toBe(404);
    expect((await api.ask('kfy_bert', 'HEAD', '/v1/events')).status).toBe(200);
  }
});
