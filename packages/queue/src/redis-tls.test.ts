import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createServer, type Server } from 'node:tls';
import type { Log } from '@keyferry/log';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type PrivateServer, startRedis } from '../../../test/servers/index.ts';
import { selfSigned } from '../../../test/servers/self-signed.ts';
import { openQueues } from './index.ts';

let redis: PrivateServer;
/** TLS in front of the Redis, whether or not its own program was built with it. */
let tls: Server;
let url: string;
let certificate: { cert: string; key: string };

beforeAll(async () => {
  [redis, certificate] = await Promise.all([startRedis(), selfSigned()]);
  const { hostname, port } = new URL(redis.url);
  tls = createServer(certificate, (socket) => {
    const behind = connect(Number(port), hostname);
    for (const end of [socket, behind]) end.on('error', () => undefined);
    socket.pipe(behind).pipe(socket);
  });
  await once(tls.listen(0, 'localhost'), 'listening');
  url = `rediss://localhost:${(tls.address() as AddressInfo).port}`;
}, 240_000);
afterAll(async () => {
  tls?.close();
  await redis?.stop();
});

const warnings: string[] = [];
const log = {
  warn: ({ err }: { err: Error }) => void warnings.push(err.message),
  info: () => undefined,
} as unknown as Log;
const open = (redisUrl: string, redisCa: string | null) => openQueues({ redisUrl, redisCa, databaseUrl: '', log });

test('Redis over TLS is verified: by a CA that was given', async () => {
  const queues = await open(url, certificate.cert);
  await vi.waitFor(() => queues.ping(), { timeout: 8_000, interval: 20 });
  await queues.add('resolve', [{ planId: 'plan', epoch: 1 }]);
  expect((await queues.depths()).resolve).toEqual({ waiting: 1, active: 0 });
  await queues.close();
});

test.each([
  ['an unknown CA', () => url, null, /self-signed certificate/],
  ['another name', () => url.replace('localhost', '127.0.0.1'), 'ours', /does not match certificate's altnames/],
])('Redis over TLS is verified: nothing is sent to a server of %s', async (_what, address, ca, message) => {
  warnings.length = 0;
  const queues = await open(address(), ca === null ? null : certificate.cert);
  await vi.waitFor(() => expect(warnings.join('\n')).toMatch(message), { timeout: 8_000, interval: 20 });
  await expect(queues.ping()).rejects.toThrow();
  await queues.close();
});
