import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadConfig } from '@keyferry/config';
import { createLog } from '@keyferry/log';
import type { Queues } from '@keyferry/queue';
import type { Store } from '@keyferry/store';
import express, { type Express } from 'express';
import { afterEach, expect, it } from 'vitest';
import { until } from '../../../../test/harness/until.ts';
import { createApp } from '../app.ts';
import { requestId } from './problem.ts';
import { requestLog } from './request-log.ts';

const plan = '0190a5c4-0000-7000-8000-000000000001';
const ends: (() => unknown)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function collectingLog(level = 'info') {
  const lines: string[] = [];
  return { lines, log: createLog('api', level, { write: (line) => lines.push(line) }) };
}
async function listen(app: Express): Promise<string> {
  const server = createServer(app).listen(0, '127.0.0.1');
  ends.push(() => server.close().closeAllConnections());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const app = (log: ReturnType<typeof createLog>) =>
  createApp({
    ...loadConfig({}),
    // No token is known but the admin's.
    store: { prisma: { $queryRaw: async () => [], $transaction: async () => undefined } } as unknown as Store,
    queues: {} as Queues,
    previewMaxAgeMs: 0,
    approvalMaxAgeMs: 0,
    signer: null,
    trustProxy: [],
    sessions: { idleSeconds: 60, mostSeconds: 60 },
    rateLimit: 0,
    adminToken: 'canary-token-of-32-characters-or-more',
    log,
  });

it('has one line a request, with its route, its plan, its caller, its status and its id', async () => {
  const { lines, log } = collectingLog();
  const steps = express().use(requestId, requestLog(log, ['/v1/plans', '/v1/plans/{id}/pause']));
  steps.post('/v1/plans/:id/pause', (_request, response) => {
    response.locals.caller = 'nightly';
    response.status(409).end();
  });
  const url = await listen(steps);
  const given = { method: 'POST', headers: { 'x-request-id': 'r-1' } };
  const answered = (await fetch(`${url}/v1/plans/${plan}/pause`, given)).headers.get('x-request-id');
  await until(
    'the request is logged',
    () => lines.length,
    (count) => count === 1,
  );
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    msg: 'request',
    requestId: answered,
    callerRequestId: 'r-1',
    caller: 'nightly',
    method: 'POST',
    route: '/v1/plans/{id}/pause',
    plan,
    status: 409,
    durationMs: expect.any(Number),
  });
});

it('says when the caller did not wait for the answer', async () => {
  const { lines, log } = collectingLog();
  const gone = new AbortController();
  const url = await listen(express().use(requestLog(log, ['/v1/plans']), () => gone.abort()));
  await expect(fetch(`${url}/v1/plans`, { signal: gone.signal })).rejects.toThrow();
  await until(
    'the request is logged',
    () => lines.length,
    (count) => count === 1,
  );
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ route: '/v1/plans', aborted: true });
});

it('repeats nothing of address, headers or body, whoever asks for what', async () => {
  const { lines, log } = collectingLog('trace');
  const url = await listen(app(log));
  const headers = { authorization: 'Bearer canary', cookie: 'canary', 'content-type': 'application/json' };
  await fetch(`${url}/v1/plans?name=canary`, { method: 'POST', headers, body: '{"canary":"canary"}' });
  await fetch(`${url}/canary/${plan}?canary`, { headers });
  await fetch(`${url}/v1/plans/canary/replicas?key=canary`, { headers });
  await until(
    'all requests are logged',
    () => lines.length,
    (count) => count === 3,
  );
  expect(lines.join('')).not.toContain('canary');
  expect(lines.map((line) => [JSON.parse(line).route, JSON.parse(line).status])).toEqual([
    ['/v1/plans', 401],
    [null, 404],
    ['/v1/plans/{id}/replicas', 401],
  ]);
});

it('tells of what is polled at debug only', async () => {
  const { lines, log } = collectingLog('debug');
  const url = await listen(app(log));
  await fetch(`${url}/healthz`);
  await fetch(`${url}/openapi.json`);
  await until(
    'both are logged',
    () => lines.length,
    (count) => count === 2,
  );
  expect(lines.map((line) => JSON.parse(line).level)).toEqual([20, 30]);
});
