import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTracing, type Tracing } from '@keyferry/tracing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OtlpReceiver, startOtlpReceiver } from '../../../test/harness/otlp-receiver.ts';
import { createCckmClient } from './index.ts';

let receiver: OtlpReceiver;
let tracing: Tracing;
let server: Server;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
  const url = `${receiver.url}/v1/traces`;
  tracing = await startTracing({ url, headers: {}, sampler: 'always_on', ratio: 1 }, 'test', () => undefined);
});
afterAll(() => {
  receiver.stop();
  server.close().closeAllConnections();
});

it('traces each exchange with what came of it and how often it was repeated, without ids, queries, headers or bodies', async () => {
  let reads = 0;
  let told: unknown;
  server = createServer((request, response) => {
    told ??= request.headers.traceparent;
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    request.resume();
    if (request.url?.endsWith('/auth/tokens')) return answer(200, { jwt: 'eyJ.canary-jwt.x', duration: 300 });
    if (request.method === 'POST') return answer(400, { codeDesc: 'NCERRBad: canary-message', message: 'canary-text' });
    reads += 1;
    return reads === 1 ? answer(503, {}) : answer(200, { id: 'canary-key', aws_param: {} });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const login = { username: 'canary-user', password: 'canary-password' };
  const client = createCckmClient({ url: `http://127.0.0.1:${port}`, ...login });
  await client.getKey('canary-key');
  const block = { aws_param: { Alias: 'canary-alias' } };
  await expect(client.replicateKey('canary-key', { region: 'eu-west-1', block, origin: null })).rejects.toThrow();
  await expect(client.findMembers('mrk-canary', { region: 'eu-west-1' })).rejects.toThrow();
  await client.close();
  await tracing.stop();

  const seen = receiver.spans.map(({ name, kind, failed, attributes }) => {
    const { 'http.response.status_code': status, 'http.request.resend_count': resends } = attributes;
    return [kind, name, failed, status, resends, attributes['error.type'], attributes['keyferry.cckm.error_code']];
  });
  const none = undefined;
  expect(seen).toEqual([
    ['client', 'POST /api/v1/auth/tokens', false, 200, none, none, none],
    ['client', 'GET /api/v1/cckm/aws/keys/{id}', true, 503, none, 'cckm_unavailable', none],
    ['client', 'GET /api/v1/cckm/aws/keys/{id}', false, 200, 1, none, none],
    ['client', 'POST /api/v1/cckm/aws/keys/{id}/replicate-key', true, 400, none, expect.any(String), 'NCERRBad'],
    ['client', 'GET /api/v1/cckm/aws/keys', false, 200, none, none, none],
  ]);
  expect(receiver.spans[0]?.attributes).toMatchObject({ 'server.address': '127.0.0.1', 'server.port': port });
  expect(receiver.text()).not.toContain('canary');
  expect(told).toBeUndefined();
});
