import { execFile } from 'node:child_process';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { bareEnvironment } from '../harness/bare-environment.ts';
import { newAccount } from '../harness/keyferry.ts';
import { adminToken, runQuickKeyferry } from '../harness/quick-keyferry.ts';
import type { Keyferry } from '../harness/run-keyferry.ts';
import { until } from '../harness/until.ts';
import { type PrivateServer, startRedis } from '../servers/index.ts';

let redis: PrivateServer;
let keyferry: Keyferry;
let admin: Redis;
beforeAll(async () => {
  redis = await startRedis();
  keyferry = await runQuickKeyferry({ postgresUrl: inject('postgresUrl'), redisUrl: redis.url });
  admin = new Redis(redis.url);
});
afterAll(async () => {
  await keyferry?.stop();
  admin?.disconnect();
  await redis?.stop();
});

/** What the health check of a worker's container says. */
const workerHealth = () =>
  new Promise<{ code: unknown; stderr: string }>((resolve) => {
    const env = { ...bareEnvironment, DATABASE_URL: keyferry.databaseUrl, REDIS_URL: keyferry.redisUrl ?? '' };
    execFile(process.execPath, ['apps/worker/src/health.ts'], { env }, (error, _stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stderr }),
    );
  });

const ready = async () => {
  const response = await fetch(`${keyferry.url}/readyz`);
  const { checks } = (await response.json()) as { checks: Record<string, string> };
  return { status: response.status, checks };
};

it.each([
  {
    what: 'a replica, after a failover',
    word: 'READONLY',
    begin: () => admin.call('REPLICAOF', '127.0.0.1', '1'),
    end: () => admin.call('REPLICAOF', 'NO', 'ONE'),
  },
  {
    what: 'out of memory',
    word: 'OOM',
    begin: () => admin.call('CONFIG', 'SET', 'maxmemory', '1'),
    end: () => admin.call('CONFIG', 'SET', 'maxmemory', '0'),
  },
])(
  'Redis that is $what: health says so, and plans go on by themselves once it takes writes',
  async ({ word, begin, end }) => {
    const keys = await keyferry.simulator.makeKeys({ count: 40, account: newAccount() });
    await begin();
    const { id } = await keyferry.client.request('POST /v1/plans', {
      body: {
        name: word,
        keys: keys.map((key) => key.id),
        regions: ['eu-west-1'],
      },
    });
    const broken = await until('readiness says so', ready, ({ status }) => status === 503, { withinMs: 30_000 });
    expect(broken.checks).toEqual({ postgres: 'ok', queue: `refuses writes (${word})` });
    const overview = await until(
      'health says so',
      () => keyferry.client.request('GET /v1/overview'),
      ({ health }) => health === 'broken',
      { withinMs: 30_000 },
    );
    expect(overview.reasons[0]).toMatchObject({ code: 'queue_refuses_writes', message: expect.stringContaining(word) });
    const stuck = await until(
      'the plan says why it stands still',
      () => keyferry.client.request('GET /v1/plans/{id}', { id }),
      ({ waiting }) => waiting !== null,
      { withinMs: 30_000 },
    );
    expect(stuck.waiting?.code).toBe('queue_down');
    expect(stuck.reason).toMatch(/^The queue has accepted no jobs since/);
    const metrics = await fetch(`${keyferry.url}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } });
    expect(await metrics.text()).toContain('keyferry_queue_writable{engine="redis"} 0');
    expect(await workerHealth()).toMatchObject({ code: 1, stderr: expect.stringContaining(`refuses writes: ${word}`) });
    await end();
    const began = Date.now();
    const plan = await keyferry.settled(id);
    expect(plan).toMatchObject({ state: 'succeeded', counts: { succeeded: 40 } });
    expect(Date.now() - began).toBeLessThan(60_000);
    expect(await workerHealth()).toMatchObject({ code: 0 });
    await until('readiness is back', ready, ({ status }) => status === 200, { withinMs: 30_000 });
  },
);
