import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { everywhere, planSpecSchema } from '@keyferry/core';
import { finishResolving, insertPlan, insertReplicas } from '@keyferry/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adminToken, startForTest, type TestApi } from '../../../../test/harness/start-api.ts';
import { newResolved } from '../../../../test/models/plans/new-resolved.ts';

let api: TestApi;
let planId: string;
beforeAll(async () => {
  api = await startForTest();
  const spec = planSpecSchema.parse({ name: 'large', keys: ['mrk-1'], regions: ['eu-west-1'] });
  const plan = { spec, scope: everywhere, createdBy: 'anna', idempotency: null };
  ({ planId } = await insertPlan(api.store, plan));
  const rows = Array.from({ length: 2_500 }, (_, n) => newResolved({ key_id: `k-${n}`, region: 'eu-west-1' }));
  await insertReplicas(api.store, planId, rows);
  await finishResolving(api.store, planId, { preview: false, lowerBoundSeconds: 1 });
}, 120_000);
afterAll(() => api?.stop());

/** As it is sent: `fetch` would unpack it. `end`: false to leave after the head. */
async function ask(method: string, path: string, accept: string, { body = '', end = true } = {}) {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
  const sent = request(`${api.url}${path}`, { method, headers: { ...headers, 'accept-encoding': accept } });
  sent.end(body);
  const answer = await new Promise<import('node:http').IncomingMessage>((resolve, reject) =>
    sent.once('response', resolve).once('error', reject),
  );
  const { 'content-encoding': encoding = null, vary = '', 'content-length': length } = answer.headers;
  const bytes = end ? await buffer(answer) : Buffer.alloc(0);
  if (!end) sent.destroy();
  return { status: answer.statusCode, encoding, vary, length, bytes };
}

it('pages, reports and the document of the API are compressed as the caller accepts it, and say so to caches', async () => {
  for (const path of [`/v1/plans/${planId}/replicas`, '/openapi.json', `/v1/plans/${planId}/report?format=csv`]) {
    const plain = await ask('GET', path, 'identity');
    expect([plain.status, plain.encoding, plain.vary]).toEqual([200, null, expect.stringContaining('Accept-Encoding')]);
    const [gzip, brotli] = [await ask('GET', path, 'gzip'), await ask('GET', path, 'gzip, br')];
    expect([gzip.encoding, brotli.encoding]).toEqual(['gzip', 'br']);
    expect([gzip.vary, gzip.length]).toEqual([expect.stringContaining('Accept-Encoding'), undefined]);
    expect(gunzipSync(gzip.bytes).equals(plain.bytes)).toBe(true);
    expect(brotliDecompressSync(brotli.bytes).equals(plain.bytes)).toBe(true);
    expect(gzip.bytes.length).toBeLessThan(plain.bytes.length / 3);
  }
});

it('a report comes whole in every format, and is not gathered in memory listener by listener', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  for (const format of ['json', 'csv', 'html']) {
    const { bytes } = await ask('GET', `/v1/plans/${planId}/report?format=${format}`, 'gzip');
    expect(gunzipSync(bytes).toString().match(/k-\d+/g)?.length).toBeGreaterThanOrEqual(2_500);
  }
  process.off('warning', note);
  expect(warnings).toEqual([]);
});

it('what is small, a stream of events, and what a command answers are sent as they are', async () => {
  expect((await ask('GET', '/v1/region-groups', 'gzip')).encoding).toBe(null);
  const events = await ask('GET', `/v1/plans/${planId}/events`, 'gzip', { end: false });
  expect([events.status, events.encoding, events.vary]).toEqual([200, null, '']);
  const accounts = Array.from({ length: 100 }, (_, n) => String(100_000_000_000 + n));
  const body = JSON.stringify({ name: 'ci', role: 'viewer', accounts });
  const token = await ask('POST', '/v1/tokens', 'gzip', { body });
  expect([token.status, token.encoding]).toEqual([201, null]);
  expect(token.bytes.length).toBeGreaterThan(1_024);
});
