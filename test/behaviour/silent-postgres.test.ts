import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { newAccount } from '../harness/keyferry.ts';
import { runQuickKeyferry } from '../harness/quick-keyferry.ts';
import type { Keyferry } from '../harness/run-keyferry.ts';
import { until } from '../harness/until.ts';
import { type SilentProxy, startSilentProxy } from '../servers/silent-proxy.ts';

let proxy: SilentProxy;
let keyferry: Keyferry;
beforeAll(async () => {
  proxy = await startSilentProxy(inject('postgresUrl'), 5432);
  // The lease of production: what is tested is whether the worker keeps it.
  keyferry = await runQuickKeyferry(
    { postgresUrl: proxy.url, redisUrl: inject('redisUrl') },
    { KEYFERRY_LEASE_MS: '30000' },
  );
});
afterAll(async () => {
  await keyferry?.stop();
  await proxy?.stop();
});

it('goes on by itself, within seconds, when every connection to Postgres has died without a word', async () => {
  const keys = await keyferry.simulator.makeKeys({ count: 60, account: newAccount() });
  const { id } = await keyferry.client.request('POST /v1/plans', {
    body: {
      name: 'silent',
      keys: keys.map((key) => key.id),
      regions: ['eu-west-1', 'us-west-2'],
    },
  });
  await until(
    'calls are under way',
    () => keyferry.client.request('GET /v1/plans/{id}', { id }),
    ({ counts }) => counts.succeeded + counts.creating >= 10,
  );
  expect(proxy.open).toBeGreaterThan(3);
  const before = (await keyferry.simulator.ledger('replicate-key')).length;
  proxy.silence();
  const began = Date.now();
  await until(
    'replicas are made again',
    async () => (await keyferry.simulator.ledger('replicate-key')).filter(({ at }) => at > began + 3_000).length,
    (calls) => calls >= 3,
    { withinMs: 20_000, everyMs: 200 },
  );
  // What was asked on a dead connection is a 503 that says to try again.
  await until(
    'the API answers',
    () =>
      keyferry.client.request('GET /v1/plans/{id}', { id }).then(
        () => true,
        () => false,
      ),
    Boolean,
    { withinMs: 20_000 },
  );
  const plan = await keyferry.settled(id);
  expect(plan).toMatchObject({ state: 'succeeded', counts: { total: 120, succeeded: 120 } });
  expect((await keyferry.simulator.ledger('replicate-key')).length).toBeGreaterThan(before);
  const { workers } = await keyferry.client.request('GET /v1/overview');
  expect(workers.alive).toBe(1);
  expect(keyferry.workers[0]?.running).toBe(true);
});
